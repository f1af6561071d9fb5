from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who may speak: people, shops, memberships, devices, sessions, audit."""

    name = "accounts"
