from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AccountsConfig(AppConfig):
    """Who may speak: people, shops, memberships, devices, sessions, audit."""

    name = "accounts"
    default = True


class ConsoleConfig(admin.AdminConfig):
    """Django's admin with our one door."""

    default = False
    default_site = "accounts.console.Console"
