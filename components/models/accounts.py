"""People who sign in, and the tokens their programs use."""

import hashlib
import secrets
from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from components.choices import Role

TOKEN_PREFIX = "fx_"
TOKEN_BYTES = 32  # 256 bits: a plain SHA-256 of it cannot be searched for


class User(AbstractUser):
    """An account. Its role says what it may see and do."""

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VISITOR)
    password_set_at = models.DateTimeField(
        "password changed", null=True, editable=False, help_text="Empty while the account has its first password."
    )
    has_public_password = models.BooleanField(
        default=False,
        editable=False,
        help_text="The password of the demonstration, which everybody can read.",
    )

    class Meta(AbstractUser.Meta):
        constraints = [models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known")]

    @property
    def may_sign_in(self) -> bool:
        """Whether the account is active, and its password is nobody else's where others can reach the site."""
        return self.is_active and not (self.has_public_password and settings.OPEN_TO_OTHERS)

    def set_password(self, raw_password: str | None) -> None:
        """Tokens made before this moment no longer work, once the account is saved.

        Django calls this also to renew a hash of the same password, and then saves the hash alone: tokens stay.
        """
        super().set_password(raw_password)
        self.password_set_at = timezone.now()
        self.has_public_password = False


def token_digest(secret: str) -> str:
    """SHA-256 of a token, in hexadecimal; the token itself is never stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Reads of tokens."""

    def live(self, now: datetime) -> Self:
        """Tokens that have not expired, made since the last change of password, of accounts that may sign in."""
        since_password = Q(user__password_set_at=None) | Q(created_at__gte=F("user__password_set_at"))
        live = self.filter(since_password, expires_at__gt=now, user__is_active=True)
        return live.exclude(user__has_public_password=True) if settings.OPEN_TO_OTHERS else live


class ApiToken(models.Model):
    """A key for programs: stored as a digest, with an expiry and, if wished, for reading only."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="What the token is for.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    is_read_only = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_token_expires_after_creation")
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, *, user: User, name: str, expires_at: datetime, is_read_only: bool = True) -> tuple["ApiToken", str]:
        """Store a new token and return it with its secret, which is shown once and cannot be had again."""
        secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        token = cls.objects.create(
            user=user, name=name, expires_at=expires_at, is_read_only=is_read_only, digest=token_digest(secret)
        )
        return token, secret
