from django.apps import AppConfig


class EventoryConfig(AppConfig):
    """Logins at Eventory that people keep with us, and the way to its API."""

    name = "eventory"
    verbose_name = "Eventory"
