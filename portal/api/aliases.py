"""What earlier pages call the account and the settings; ``PUT`` there means ``PATCH``."""

from typing import Any

from django.http import HttpResponse

from accounts.api import account

__all__ = ["Automation", "Notifications", "OrganizationName", "Password", "Profile", "Settings"]

Profile, Settings = account.Profile, account.Settings


class Password(account.Password):
    """PUT and PATCH change one's own password."""

    def put(self, request: Any) -> HttpResponse:
        return self.patch(request)


class OrganizationName(account.OrganizationName):
    """PUT and PATCH change the organization."""

    def put(self, request: Any) -> HttpResponse:
        return self.patch(request)


class Notifications(account.Notifications):
    """PUT and PATCH say what a person wants to be told."""

    def put(self, request: Any) -> HttpResponse:
        return self.patch(request)


class Automation(account.Automation):
    """PUT and PATCH say what may happen by itself."""

    def put(self, request: Any) -> HttpResponse:
        return self.patch(request)
