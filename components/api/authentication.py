"""Who is asking: tokens of programs. Sessions of browsers are Django REST framework's own, with CSRF."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from components.models import ApiToken, User
from components.models.accounts import token_digest

SCHEME = "Bearer"
EXPECTED = "Expected “Authorization: Bearer fx_…” with a token of the page “API tokens”."
REFUSED = "This token is not known, or it has expired."


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer fx_…`; anything else under that name, or an expired token, is refused, not ignored."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != SCHEME.lower():
            raise AuthenticationFailed(EXPECTED)
        live = ApiToken.objects.live(timezone.now()).select_related("user")
        token = live.filter(digest=token_digest(secret.strip())).first()
        if token is None:
            raise AuthenticationFailed(REFUSED)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'
