"""The console's pages of sites."""

from django.contrib import admin
from django.utils import timezone

from accounts.console import ReadOnly
from licensing import policy
from licensing.models import Site


@admin.register(Site)
class SiteAdmin(ReadOnly):
    """Registered restaurants and how they stand."""

    list_display = ["name", "standing", "owner_name", "contact_email", "license_expires_at"]
    list_filter = ["is_active", "is_locked"]
    search_fields = ["name", "owner_name", "contact_email", "shops__name", "=site_id"]
    ordering = ["-created_at"]
    fields = [
        "site_id", "name", "standing", "owner_name", "contact_email", "is_active", "is_locked",
        "lock_reason", "license_expires_at", "grace_days", "shops", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["standing"]

    @admin.display(description="state")
    def standing(self, site: Site) -> str:
        return policy.state(site, timezone.now()).value
