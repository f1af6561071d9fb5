"""What a sysadmin does at the desk, as forms send it."""

import uuid

from django.urls import reverse

from licensing import sites

LIST = "/admin/licensing/site/"
REGISTER = LIST + "register/"


def made(name="Corner", **fields):
    return sites.register(actor=None, fields={"name": name} | fields).site


def page_of(site):
    return f"{LIST}{site.pk}/change/"


def of(site, act):
    return reverse(f"admin:licensing_site_{act}_one", args=[site.pk])


def filled(**fields):
    """A form as its own page sends it; ``ticket`` is what keeps it from happening twice."""
    return {"confirmed": "yes", "ticket": uuid.uuid4().hex} | fields


def sent(act, chosen, **fields):
    """The same for many sites."""
    keys = [site.pk for site in chosen]
    return filled(action=act, _selected_action=keys) | fields
