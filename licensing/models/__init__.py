"""What licensing remembers: the vendor's sites and what is told of them."""

from licensing.models.alerts import Alert, FleetCount, FleetHour
from licensing.models.license import License
from licensing.models.sites import Command, Heartbeat, Site, SiteContact, SiteKey

__all__ = [
    "Alert",
    "Command",
    "FleetCount",
    "FleetHour",
    "Heartbeat",
    "License",
    "Site",
    "SiteContact",
    "SiteKey",
]
