"""One's own tokens: make one, list them, delete one. The secret is told once."""

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from components.api import fields
from components.api.parsers import StrictJSONParser
from components.api.permissions import SignedIn
from components.api.records import WHOLE_NUMBER
from components.api.renderers import JSONAlways
from components.models import ApiToken

LONGEST_LIFE = timedelta(days=366)
USUAL_LIFE = timedelta(days=90)
SHOWN = ("id", "name", "is_read_only", "created_at", "expires_at")


class NewToken(serializers.Serializer[Any]):
    """What a token is for, and how much and how long it may."""

    name = fields.Text(max_length=80, help_text="What the token is for.")
    is_read_only = fields.Flag(default=True, help_text="A token that reads cannot change anything.")
    expires_at = serializers.DateTimeField(
        required=False, help_text="At most 366 days ahead; 90 if left out. A token made with a token ends with it."
    )

    def validate_expires_at(self, value: datetime) -> datetime:
        """Between now and a year ahead."""
        if not timezone.now() < value <= timezone.now() + LONGEST_LIFE:
            raise serializers.ValidationError(f"Expected a time within the next {LONGEST_LIFE.days} days.")
        return value


class TokenViewSet(ViewSet):
    """The tokens of the account that asks."""

    permission_classes = (SignedIn,)
    content_negotiation_class = JSONAlways
    parser_classes = (StrictJSONParser,)
    lookup_value_regex = WHOLE_NUMBER

    def list(self, request: Request) -> Response:
        """One's own tokens, without their secrets, which are not kept."""
        return Response({"results": list(ApiToken.objects.filter(user=request.user.pk).values(*SHOWN))})

    def create(self, request: Request) -> Response:
        """Make a token. `secret` is in this answer and nowhere else."""
        given = NewToken(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        expires_at = min(values.get("expires_at", timezone.now() + USUAL_LIFE), self.latest_end(request))
        token, secret = ApiToken.issue(
            user=request.user,  # type: ignore[arg-type]
            name=values["name"],
            is_read_only=values["is_read_only"],
            expires_at=expires_at,
        )
        shown = {name: getattr(token, name) for name in SHOWN}
        return Response(shown | {"secret": secret}, status=status.HTTP_201_CREATED)

    def latest_end(self, request: Request) -> datetime:
        """A stolen token must not be able to prolong itself."""
        by_token = isinstance(request.auth, ApiToken)
        return request.auth.expires_at if by_token else timezone.now() + LONGEST_LIFE  # type: ignore[union-attr]

    def destroy(self, request: Request, pk: Any) -> Response:
        """Delete a token: it stops working at once."""
        deleted, _ = ApiToken.objects.filter(user=request.user.pk, pk=pk).delete()
        if not deleted:
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)
