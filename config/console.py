"""The console's name and menu, as its theme wants them."""

from typing import Any

from django.urls import reverse_lazy
from django.utils.module_loading import import_string

from config.roles import CLOUD, does

__all__ = ["dashboard", "settings"]

#: What the first page shows, from the top: who serves it, the template, and what fills it.
FIRST_PAGE = [
    (CLOUD, "licensing/fleet.html", "licensing.desk.first_page"),
    (CLOUD, "portal/newest_leads.html", "portal.admin.newest_leads"),
]

MENU = {
    "People": [
        ("Users", "person", "accounts_user"),
        ("Shops", "storefront", "accounts_shop"),
        ("Memberships", "badge", "accounts_membership"),
        ("Devices", "point_of_sale", "accounts_device"),
        ("Sessions", "login", "accounts_authsession"),
        ("Audit", "history", "accounts_auditevent"),
    ],
    "Counter": [
        ("Orders", "receipt_long", "pos_order"),
        ("Payments", "payments", "pos_payment"),
        ("Products", "lunch_dining", "pos_product"),
        ("Categories", "menu_book", "pos_category"),
        ("Tax rates", "percent", "pos_taxrate"),
        ("Stock", "inventory_2", "pos_stocklevel"),
        ("Movements", "swap_vert", "pos_stockmovement"),
    ],
    "Eventory": [("Logins", "key", "eventory_login")],
    "Webhooks": [
        ("Webhooks", "webhook", "live_webhook"),
        ("Deliveries", "outbox", "live_delivery"),
    ],
    "Leads": [("Inbox", "inbox", "portal_lead")],
    "Licences": [("Sites", "domain", "licensing_site")],
}


def settings(*, name: str) -> dict[str, Any]:
    """The theme's settings for a product called ``name``."""
    return {
        "SITE_TITLE": name,
        "SITE_HEADER": name,
        "SITE_SYMBOL": "storefront",
        "SITE_URL": "/shops/",
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "SHOW_BACK_BUTTON": True,
        "DASHBOARD_CALLBACK": "config.console.dashboard",
        "SIDEBAR": {
            "show_search": True,
            "navigation": [
                {"title": title, "items": [_item(*item) for item in items]}
                for title, items in MENU.items()
            ],
        },
    }


def dashboard(request: Any, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the parts of the first page; the theme calls it."""
    parts = [
        {"template": template, "filled": import_string(fill)()}
        for role, template, fill in FIRST_PAGE
        if does(role)
    ]
    return context | {"parts": parts}


def _item(title: str, icon: str, page: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{page}_changelist")}
