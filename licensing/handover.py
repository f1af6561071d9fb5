"""What is handed over with a site: the settings of its own server."""

from uuid import UUID

from django.conf import settings

from licensing import signet

__all__ = ["settings_of"]


def settings_of(site_id: UUID, secret_key: str) -> dict[str, str]:
    """The settings by their names; the key is nowhere else."""
    keys = ",".join(each.public_key for each in signet.published())
    found = {
        "COUNTERTOP_ROLE": "shop",
        "CLOUD_URL": settings.PUBLIC_URL,
        "SITE_ID": str(site_id),
        "SITE_KEY": secret_key,
    }
    return found | ({"LICENSE_PUBLIC_KEYS": keys} if keys else {})
