"""A person's dashboard as a page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.principals import Principal
from accounts.views import ROLES, for_people
from portal import dashboard

__all__ = ["page"]

#: What a licence's state means to people.
LICENSES = {
    "active": _("In order"),
    "warning": _("Look at it soon"),
    "restricted": _("No new orders"),
    "locked": _("Locked"),
}
GRADES = {"active": "good", "warning": "warn", "restricted": "danger", "locked": "danger"}


@require_safe
@for_people
def page(request: HttpRequest, person: Principal) -> HttpResponse:
    """Shops, licence, alerts, today and what was done last."""
    found = dashboard.of(person.pk)
    shops = [
        {
            "row": row,
            "role": ROLES.get(row.role, row.role),
            "license": LICENSES[row.license],
            "grade": GRADES[row.license],
        }
        for row in found.shops
    ]
    about = {
        "person": person,
        "day": found,
        "shops": shops,
        "currency": found.shops[0].currency if found.shops else "",
        "license": LICENSES[found.license.state],
        "grade": GRADES[found.license.state],
    }
    return render(request, "portal/dashboard.html", about)
