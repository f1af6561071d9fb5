"""Who may speak: people, shops, memberships, devices, sessions and the audit trail."""

from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import currencies, idleness
from core import ids

# iexact compares UPPER(…), which the unique indexes on LOWER(…) cannot answer.
models.CharField.register_lookup(Lower)


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail or username, whatever the case."""

    def named(self, name: str) -> models.QuerySet["User"]:
        """People whose username or e-mail is ``name``; the username wins."""
        name = name.lower()
        return self.filter(Q(username__lower=name) | Q(email__lower=name)).order_by(
            models.Case(models.When(username__lower=name, then=0), default=1)
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        found = self.named(username or "").first()
        if found is None:
            raise self.model.DoesNotExist
        return found


class User(AbstractBaseUser):
    """A person. ``role`` is what they may do on the platform; shops have memberships.

    Raising ``token_version`` ends every access token issued before.
    """

    class Role(models.TextChoices):
        USER = "user"
        DEV = "dev"
        SYSADMIN = "sysadmin"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    email = models.EmailField(max_length=254, blank=True)
    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    organization = models.CharField(max_length=255, blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.USER)
    is_active = models.BooleanField(default=True)
    is_verified = models.BooleanField(default=False)
    token_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    last_login_at = models.DateTimeField(null=True, blank=True)
    last_login = None

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="user_email_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_staff(self) -> bool:
        """Only the vendor's sysadmins may open the console; no shop role ever does."""
        return self.is_active and self.role == self.Role.SYSADMIN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Shop(models.Model):
    """A tenant: one restaurant, one currency, one time zone, one order book."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=255)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_shops")
    currency = models.CharField(max_length=3, default="EUR")
    timezone = models.CharField(max_length=64, default="UTC")
    day_starts_at = models.PositiveSmallIntegerField(
        default=0, help_text="The hour, 0 to 12 in its zone, at which its business day begins."
    )
    lock_minutes = models.PositiveSmallIntegerField(
        default=5, help_text="A paired till left alone so long asks for a PIN; 0: never."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    members = models.ManyToManyField(User, through="Membership", related_name="shops")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shop_day_starts_by_noon", condition=Q(day_starts_at__lte=12)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def business_day(self, moment: datetime) -> date:
        """The day a sale at ``moment`` belongs to: the shop's zone, from its own first hour."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        return (local - timedelta(hours=self.day_starts_at)).date()

    @property
    def digits(self) -> int:
        """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
        return currencies.digits(self.currency)


class Membership(models.Model):
    """What a person may do in one shop. A role may do what the one before it may."""

    class Role(models.TextChoices):
        CASHIER = "cashier"
        MANAGER = "manager"
        OWNER = "owner"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    pin = models.CharField(max_length=128, blank=True, help_text="Argon2 hash, never the PIN.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", "user", name="membership_once_per_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role} of {self.shop}"


class Device(models.Model):
    """A till, kiosk or screen that a shop has paired. Its token is kept as a digest."""

    class Kind(models.TextChoices):
        TILL = "till"
        KIOSK = "kiosk"
        KDS = "kds"
        BOARD = "board"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="devices")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120)
    token_digest = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    paired_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    service_mode = models.BooleanField(default=False)
    service_message = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


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


class AuditEvent(models.Model):
    """Who did what to what, from where. Append-only: the database refuses to change it."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    at = models.DateTimeField(default=timezone.now)
    shop = models.ForeignKey(
        Shop,
        on_delete=models.PROTECT,
        null=True,
        related_name="audit",
        db_index=False,
        db_constraint=False,
    )
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="acts", db_constraint=False
    )
    action = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index("shop", "id", name="audit_of_shop"),  # its id rises with time
            models.Index("target_id", name="audit_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_kind} {self.target_id}".strip()


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


class Preference(models.Model):
    """How a person likes to be told and helped: two objects that belong to their front end."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="preference"
    )
    notifications = models.JSONField(default=dict)
    automation = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Preferences of {self.user}"


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


#: The chain of the lines that belong to no shop; a shop's chain has the shop's id.
PLATFORM = UUID(int=0)


class AuditSeal(models.Model):
    """A line's place in its chain: an HMAC over the line and over the seal before it.

    ``address_digest`` stands for the line's address in that HMAC, so that the chain holds after
    the address was erased. Append-only. No constraint on ``event``: a copy of the database that
    has lost lines can be loaded, so that ``audit_verify`` names them.
    """

    event = models.OneToOneField(
        AuditEvent,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="seal",
        db_constraint=False,
    )
    chain = models.UUIDField()
    position = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    address_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint("chain", "position", name="seal_position_unique_in_chain"),
        ]

    def __str__(self) -> str:
        return f"Seal {self.position} of {self.chain}"


class AuditChain(models.Model):
    """How far a chain reaches: its last seal, and the proof that nobody shortened it."""

    id = models.UUIDField(primary_key=True, editable=False)
    length = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    proof = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Chain {self.id}, {self.length} long"


class PairingCode(models.Model):
    """Pairs a device, once and within minutes. Only a digest with the server's key is kept."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="pairing_codes")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Pairing code of {self.device}"


class Approval(models.Model):
    """A manager's word for one act of a cashier: this act, on this target, once, for a minute.

    ``target`` names what it is done to: an order's id, or the ``client_id`` of one to be placed.
    """

    class Action(models.TextChoices):
        VOID = "void"
        REFUND = "refund"
        DISCOUNT = "discount"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="approvals")
    action = models.CharField(max_length=20, choices=Action)
    target = models.CharField(max_length=255)
    cashier = models.ForeignKey(User, on_delete=models.CASCADE, related_name="approvals_had")
    approver = models.ForeignKey(User, on_delete=models.CASCADE, related_name="approvals_given")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.approver} approves {self.action} of {self.target}"
