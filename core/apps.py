from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The floor of the house: it knows no other app."""

    name = "core"
