"""The vendor's view of a restaurant: is it licensed, is it locked, was it heard of."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core import ids


class SiteQuerySet(models.QuerySet["Site"]):
    """Questions about sites. What is deleted answers as if it had never been."""

    def known(self) -> "SiteQuerySet":
        """Those that were not deleted."""
        return self.filter(deleted_at=None)


class Site(models.Model):
    """A restaurant the vendor has registered. Its shops may sell while it is in order.

    ``is_locked`` is what the vendor wants; a ``Command`` says how far the site has got with it.
    ``watched_until``: it is asked to call every quarter of an hour until then.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    site_id = models.UUIDField(unique=True, default=ids.new, editable=False)
    name = models.CharField(max_length=255)
    owner_name = models.CharField(max_length=255, blank=True)
    contact_email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_locked = models.BooleanField(default=False)
    lock_reason = models.CharField(max_length=500, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    license_expires_at = models.DateTimeField(null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField(default=7)
    watched_until = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    shops = models.ManyToManyField("accounts.Shop", blank=True, related_name="sites")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="site_grace_at_most_a_year", condition=Q(grace_days__lte=366)
            ),
        ]
        indexes = [
            models.Index(fields=["license_expires_at"], name="site_by_expiry"),
            # The few of many that the desk looks for.
            models.Index(fields=["id"], name="site_locked", condition=Q(is_locked=True)),
            models.Index(fields=["id"], name="site_inactive", condition=Q(is_active=False)),
        ]

    def __str__(self) -> str:
        return self.name


class SiteKey(models.Model):
    """What a site shows to be itself, kept as SHA-256: 256 random bits cannot be guessed.

    A site has one key, or two while they change: the old one until the new one is first used,
    or until ``retires_at``.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="keys", db_index=False)
    digest = models.BinaryField(max_length=32, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    first_used_at = models.DateTimeField(null=True, blank=True)
    retires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("site", "digest", name="site_key_once_per_site"),
        ]

    def __str__(self) -> str:
        return f"a key of {self.site_id}"


class SiteContact(models.Model):
    """When a site was last heard of, and what it was told: one narrow row, rewritten in place.

    No column but the key has an index, or a heartbeat would rewrite the index as well.

    ``revision`` rises with every change of what a verdict says, and a heartbeat writes only on
    the revision it has read: so a verdict with a higher ``seq`` never says older things.
    ``has_command``: a lock or unlock waits for the site's word. ``told`` is the state that
    people were told of. ``is_counted``: its silence is news. ``calls`` are those since
    ``hour_at``. ``is_licensed`` and ``is_locked`` are what the last verdict said.
    """

    #: ``seq`` goes on so far where something else is said than before, which is beyond all that a
    #: crash of the database may have taken (docs/decisions/0022).
    LEAP = 1000

    class Told(models.IntegerChoices):
        ONLINE = 0
        LATE = 1
        OFFLINE = 2
        DARK = 3

    site = models.OneToOneField(
        Site, on_delete=models.CASCADE, primary_key=True, related_name="contact"
    )
    revision = models.PositiveIntegerField(default=0)
    seq = models.PositiveBigIntegerField(default=0)
    applied_seq = models.PositiveBigIntegerField(default=0)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    address = models.CharField(max_length=45, blank=True)
    version = models.CharField(max_length=60, blank=True)
    uptime_seconds = models.PositiveBigIntegerField(default=0)
    site_time = models.DateTimeField(null=True, blank=True)
    clock_skew_seconds = models.BigIntegerField(
        null=True, blank=True, help_text="How far the site's clock is ahead of ours."
    )
    told = models.PositiveSmallIntegerField(choices=Told, default=Told.ONLINE)
    is_counted = models.BooleanField(default=True)
    has_command = models.BooleanField(default=False)
    is_licensed = models.BooleanField(default=True)
    is_locked = models.BooleanField(default=False)
    hour_at = models.DateTimeField(null=True, blank=True)
    calls = models.PositiveIntegerField(default=0)
    sampled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.site_id} at {self.seq}"


class CommandQuerySet(models.QuerySet["Command"]):
    """Questions about locks and unlocks."""

    def pending(self) -> "CommandQuerySet":
        """Those that their sites have not acknowledged, and nothing has superseded."""
        return self.filter(acknowledged_at=None, superseded_at=None)


class Command(models.Model):
    """A lock or an unlock on its way: asked for, delivered in a verdict, acknowledged by the site.

    ``seq`` is that of the first verdict that carried it. ``superseded_at``: another command came
    before this one was acknowledged.
    """

    class Kind(models.TextChoices):
        LOCK = "lock"
        UNLOCK = "unlock"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="commands")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    seq = models.PositiveBigIntegerField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = CommandQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two locks at once: the second finds the first.
            models.UniqueConstraint(
                "site",
                condition=Q(acknowledged_at=None, superseded_at=None),
                name="command_one_pending_per_site",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.site_id}"

    @property
    def is_pending(self) -> bool:
        """Whether the site has not acknowledged it, and nothing has superseded it."""
        return self.acknowledged_at is None and self.superseded_at is None


class Heartbeat(models.Model):
    """A sample of a site's heartbeats: one a day, and each that changed something."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name="heartbeats", db_index=False
    )
    at = models.DateTimeField()
    seq = models.PositiveBigIntegerField()
    version = models.CharField(max_length=60, blank=True)
    uptime_seconds = models.PositiveBigIntegerField()
    clock_skew_seconds = models.BigIntegerField(null=True, blank=True)
    is_licensed = models.BooleanField()
    is_locked = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["site", "-at"], name="heartbeat_of_site"),
            models.Index(fields=["at"], name="heartbeat_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} at {self.at}"
