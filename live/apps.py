from django.apps import AppConfig


class LiveConfig(AppConfig):
    """What happened, told to every screen."""

    name = "live"
