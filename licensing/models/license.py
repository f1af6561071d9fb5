"""What a restaurant's own server knows of its licence."""

from django.db import models
from django.utils import timezone


class License(models.Model):
    """The licence of the site that this server is: one row, changed by signed words alone.

    Moments from ``heard_at`` to ``high_water_at`` are the vendor's time, which our own clock is
    compared with: ``skew_seconds`` is how far ours was ahead when the last verdict came. Grace
    runs from ``heard_at``. ``high_water_at`` is the latest it has ever been, and rises while this
    server runs, whatever its clock says; ``run_seconds`` is how long it has run since
    ``heard_at``, ``machine`` and ``machine_seconds`` where its steady clock stood then.

    ``must_check_in``: an older state was restored, so nothing in it counts before the next
    verdict. ``told`` is the state that screens were told of.
    """

    site_id = models.UUIDField(primary_key=True)
    contact_email = models.CharField(max_length=254, blank=True)

    # what the vendor said last
    seq = models.PositiveBigIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_locked = models.BooleanField(default=False)
    lock_reason = models.TextField(blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    license_expires_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    verdict = models.TextField(blank=True)
    signature = models.CharField(max_length=100, blank=True)
    key_id = models.CharField(max_length=64, blank=True)
    is_file = models.BooleanField(default=False)

    # the clock
    heard_at = models.DateTimeField()
    grace_seconds = models.PositiveBigIntegerField()
    skew_seconds = models.PositiveBigIntegerField(default=0)
    high_water_at = models.DateTimeField()
    run_seconds = models.FloatField(default=0)
    machine = models.CharField(max_length=64, blank=True)
    machine_seconds = models.FloatField(default=0)
    turned_back_at = models.DateTimeField(null=True, blank=True)
    turned_back_seconds = models.PositiveBigIntegerField(default=0)
    must_check_in = models.BooleanField(default=False)

    # whom it believes: keys named at the first check-in, verdicts that announced later ones
    trusted_keys = models.JSONField(default=list, blank=True)
    announcements = models.JSONField(default=list, blank=True)

    # how check-ins go
    tried_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    told = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"the licence of {self.site_id}"
