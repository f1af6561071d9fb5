"""What the vendor's people are told of the fleet."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core import ids
from licensing.models.sites import Site


class Alert(models.Model):
    """A message about a site, or about the whole fleet where ``site`` is ``None``.

    It is open until ``closed_at``; ``mailed_at`` is when it went out in a letter.
    """

    class Kind(models.TextChoices):
        LATE = "late"
        OFFLINE = "offline"
        DARK = "dark"
        BACK = "back"
        INCIDENT = "incident"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    message = models.CharField(max_length=500)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "site", condition=Q(closed_at=None), name="alert_one_open_per_site"
            ),
            models.UniqueConstraint(
                "kind",
                condition=Q(closed_at=None, kind="incident"),
                name="alert_one_open_incident",
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at"], name="alert_unmailed", condition=Q(mailed_at=None)),
            models.Index(fields=["-opened_at"], name="alert_newest"),
        ]

    def __str__(self) -> str:
        return self.message


class FleetHour(models.Model):
    """The fleet in one hour: how many sites were heard of in it, and how the others stood."""

    hour = models.DateTimeField(primary_key=True)
    sites = models.PositiveIntegerField()
    seen = models.PositiveIntegerField()
    late = models.PositiveIntegerField()
    offline = models.PositiveIntegerField()
    dark = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.seen} of {self.sites} at {self.hour}"


class FleetCount(models.Model):
    """How many sites stood as ``word`` says when a large fleet was last counted."""

    word = models.CharField(max_length=20, primary_key=True)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number} {self.word} at {self.at}"
