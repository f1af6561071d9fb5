"""Sign-ins, and what proves them: tokens, one-time codes, letters."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import idleness
from accounts.models.devices import Device
from accounts.models.people import User
from core import ids


class AuthSession(models.Model):
    """One sign-in of one person. Revoking it ends its tokens, cookies and sockets.

    ``token_version`` is the person's at that time: raising theirs ends the session too.
    ``proven_at`` is when this session last proved a one-time code; ``None``: never. ``is_told``:
    screens were told that its person is at its device, and not yet that they left.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="auth_sessions")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, blank=True)
    device_name = models.CharField(max_length=120, blank=True)
    scope = models.CharField(max_length=20, blank=True)
    token_version = models.PositiveIntegerField(default=1)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)
    is_told = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        indexes = [
            models.Index("user", "revoked_at", name="session_of_user"),
            models.Index(
                "device",
                condition=Q(device__isnull=False) & (Q(revoked_at=None) | Q(is_told=True)),
                name="session_at_device",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.device_name or 'a browser'}"

    def is_alive(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    def is_left_alone(self, now: datetime) -> bool:
        """Whether it is on a device that has locked itself; reads the device and its shop."""
        minutes = 0 if self.device is None else self.device.shop.lock_minutes
        return idleness.is_left_alone(self.last_used_at, minutes, now)

    @staticmethod
    def opens_doors() -> Q:
        """The condition of sessions that speak for somebody now."""
        return Q(
            revoked_at=None,
            expires_at__gt=timezone.now(),
            token_version=models.F("user__token_version"),
            user__is_active=True,
        )


class RefreshToken(models.Model):
    """One link of a session's chain of refresh tokens; only the digest is kept."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    session = models.ForeignKey(
        AuthSession, on_delete=models.CASCADE, related_name="refresh_tokens"
    )
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    parent = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="child"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("expires_at", name="refresh_token_expiry")]

    def __str__(self) -> str:
        return f"Refresh token of {self.session}"


class Authenticator(models.Model):
    """A person's app that shows one-time codes, by the secret it shares with us, sealed.

    ``secret`` counts once ``confirmed_at`` is set. ``pending`` is a secret that no code has
    confirmed yet, beside the one it will replace. ``last_step`` is the time step of the last
    code taken: a code of that step or one before is never taken again.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    secret = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)
    pending = models.TextField(blank=True)
    pending_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="authenticator_confirmed_has_a_secret",
                condition=Q(confirmed_at=None) | ~Q(secret=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Authenticator of {self.user}"


class RecoveryCode(models.Model):
    """Stands in for a one-time code, once; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "digest", name="recovery_code_once_per_person"),
        ]

    def __str__(self) -> str:
        return f"Recovery code of {self.user}"


class PasswordReset(models.Model):
    """A wish for a letter that opens a new password: one row whoever asked, known or not.

    The worker looks the person up and sends the letter; only the token's digest is kept.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=254)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="password_resets"
    )
    sent_to = models.EmailField(max_length=254, blank=True)
    digest = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("due_at", condition=Q(sent_at=None), name="password_reset_waiting"),
        ]

    def __str__(self) -> str:
        return f"Password reset for {self.sent_to or self.name}"
