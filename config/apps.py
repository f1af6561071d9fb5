from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The house itself: how the parts are put together and started."""

    name = "config"
