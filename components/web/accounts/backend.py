"""Which accounts may sign in; asked at every sign-in and again at every request of a session."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend


class AccountBackend(AuthenticationBackend):
    """Names and passwords. An account whose password everybody knows opens nothing on a site that is open to others."""

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.may_sign_in)
