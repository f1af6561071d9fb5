from django.apps import AppConfig


class LicensingConfig(AppConfig):
    """Which sites may sell."""

    name = "licensing"
