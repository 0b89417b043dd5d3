"""One's own API tokens: the secret is shown once, on the page that answers its making."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from components.models import ApiToken

LIVES = ((7, "A week"), (30, "30 days"), (90, "90 days"), (365, "A year"))
USUAL_DAYS = 90


class TokenForm(forms.Form):
    """What a token is for, and how much and how long it may."""

    name = forms.CharField(max_length=80, label="What it is for", help_text="Such as “notebook on my laptop”.")
    days = forms.TypedChoiceField(label="Valid for", choices=LIVES, coerce=int, initial=USUAL_DAYS)
    may_write = forms.BooleanField(
        label="May change records", required=False, help_text="Otherwise it can only read what you can see."
    )


class TokensPage(LoginRequiredMixin, View):
    """The tokens of the account, and a form for one more."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(TokenForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TokenForm(request.POST)
        if not form.is_valid():
            return self.page(form, status=400)
        token, secret = ApiToken.issue(
            user=request.user,  # type: ignore[arg-type]
            name=form.cleaned_data["name"],
            expires_at=timezone.now() + timedelta(days=form.cleaned_data["days"]),
            is_read_only=not form.cleaned_data["may_write"],
        )
        return self.page(TokenForm(), secret=secret, made=token)

    def page(self, form: TokenForm, *, status: int = 200, **context: Any) -> HttpResponse:
        """Never kept by any cache: it may show a secret."""
        tokens = ApiToken.objects.filter(user=self.request.user.pk)
        shown = {"form": form, "tokens": tokens, "now": timezone.now(), **context}
        response = render(self.request, "components/tokens.html", shown, status=status)
        response["Cache-Control"] = "no-store"
        return response


class RevokeToken(LoginRequiredMixin, View):
    """Ends one of one's own tokens at once."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = get_object_or_404(ApiToken, pk=pk, user=request.user.pk)
        token.delete()
        messages.success(request, f"The token “{token.name}” no longer works.")
        return HttpResponseRedirect(reverse("web:token-list"))
