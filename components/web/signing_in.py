"""Signing in and out; repeated failures for one name from one address are held up."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from components.operation.logs import log_locked_sign_in

MOST_FAILURES = 10  # within the time below, after which the right password is refused too
LOCKED_SECONDS = 15 * 60


class SignInForm(AuthenticationForm):
    """Counts failures by name and address, so that a password cannot be guessed by trying."""

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username", "")
        key = failures_key(self.request, name)
        if cache.get(key, 0) >= MOST_FAILURES:
            log_locked_sign_in(name=name, request=self.request)
            raise ValidationError("Too many attempts. Try again in a quarter of an hour.", code="locked")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            cache.add(key, 0, LOCKED_SECONDS)
            cache.incr(key)
            raise
        cache.delete(key)
        return cleaned


def failures_key(request: HttpRequest | None, name: str) -> str:
    """Where the failures of a name from an address are counted."""
    address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    return f"sign-in-failures:{address}:{name.casefold().encode().hex()[:200]}"


class SignIn(LoginView):
    """The page to sign in on."""

    template_name = "components/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
