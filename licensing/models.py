"""The vendor's view of a restaurant: is it licensed, is it locked."""

from django.db import models

from core import ids


class Site(models.Model):
    """A restaurant the vendor has registered. Its shops may sell while it is in order."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    site_id = models.UUIDField(unique=True, default=ids.new, editable=False)
    name = models.CharField(max_length=255)
    owner_name = models.CharField(max_length=255, blank=True)
    contact_email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_locked = models.BooleanField(default=False)
    lock_reason = models.CharField(max_length=500, blank=True)
    license_expires_at = models.DateTimeField(null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField(default=7)
    shops = models.ManyToManyField("accounts.Shop", blank=True, related_name="sites")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
