"""What earlier pages call the account and the settings; ``PUT`` there means ``PATCH``."""

from accounts.api import account

__all__ = ["Automation", "Notifications", "OrganizationName", "Password", "Profile", "Settings"]

Profile, Settings = account.Profile, account.Settings


class Password(account.Password):
    """PUT and PATCH change one's own password."""

    put = account.Password.patch


class OrganizationName(account.OrganizationName):
    """PUT and PATCH change the organization."""

    put = account.OrganizationName.patch


class Notifications(account.Notifications):
    """PUT and PATCH say what a person wants to be told."""

    put = account.Notifications.patch


class Automation(account.Automation):
    """PUT and PATCH say what may happen by itself."""

    put = account.Automation.patch
