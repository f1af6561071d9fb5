"""The console's name and menu, as its theme wants them."""

from typing import Any

from django.templatetags.static import static
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
    "Licences": [("Sites", "domain", "licensing_site")],
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
}

#: The green of the screens, from its lightest to its darkest.
GREENS = {
    "50": "#effaf5", "100": "#d9efe4", "200": "#b5e0cb", "300": "#7fcfab", "400": "#42d39b",
    "500": "#14a06c", "600": "#0b6b4a", "700": "#08573c", "800": "#074631", "900": "#063a29",
    "950": "#03211a",
}  # fmt: skip


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
        "COLORS": {"primary": GREENS},
        "STYLES": [
            lambda request: static("css/desk.css"),
            lambda request: static("css/fleet.css"),
        ],
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
