"""How django-allauth behaves here: nobody signs up, and what it says is said in the words of this site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase

from components.models import User
from components.operation.logs import log_locked_sign_in


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by invitation, in the administration or on the command line."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "Please enter a correct username and password. Capital letters matter in the "
        "password.",
        "too_many_login_attempts": "Too many attempts. Try again in a quarter of an hour.",
        "rate_limited": "Too many attempts. Try again in a few minutes.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raises ValidationError where too many attempts failed before, and logs it."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            log_locked_sign_in(name=str(credentials.get("username", "")), request=request)
            raise

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponseBase | None:
        """Whichever way a person proves who they are: an account that may not sign in gets no further."""
        answer: HttpResponseBase | None
        if user.may_sign_in:
            answer = super().pre_login(request, user, **kwargs)
        else:
            answer = self.respond_user_inactive(request, user)
        return answer


def password_link(request: HttpRequest, user: User) -> str:
    """An address at which the account's password can be set, once and within PASSWORD_RESET_TIMEOUT."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return str(AccountAdapter(request).get_reset_password_from_key_url(key))
