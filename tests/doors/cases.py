"""The case table: for every method of every address who may, what they send, what is answered.

Ids stand in braces, ``{order_id}``: the tests put our shop's in, another shop's, and unknown ones.
A name in angle brackets, ``<letter>``, is a secret of ours, which is no id.
"""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from tests.doors.houses import MANAGERS_PIN, PIN
from tests.factories import PASSWORD


@dataclass(frozen=True)
class Case:
    """One method of one address.

    ``who`` is a role in our shop, ``till`` its device, ``site`` its server, ``nobody`` a stranger.
    ``sysadmin``, who is of the vendor's, sees every shop by right. ``other`` is another
    body that is as good. ``creates``: it takes an ``Idempotency-Key``.
    """

    status: int
    body: dict[str, Any] | None = None
    who: str = "owner"
    query: dict[str, str] = field(default_factory=dict)
    other: dict[str, Any] | None = None
    creates: bool = False


ORDER = {
    "items": [
        {"product_id": "{product_id}", "quantity": 1, "modifiers": [{"id": "{modifier_id}"}]},
        {"product_id": "{other_product_id}", "quantity": 2, "note": "warm"},
    ],
    "payments": [{"method": "cash", "register_id": "{register_id}"}],
    "client_id": "approved",
    "approval_id": "{approval_id}",
}
CHANGED = {
    "add": [{"product_id": "{product_id}", "quantity": 1, "modifiers": [{"id": "{modifier_id}"}]}],
    "void": ["{line_id}"],
    "approval_id": "{order_approval_id}",
}
NEWCOMER = {"username": "newcomer", "password": PASSWORD, "shop_name": "Newcomer's"}
HIRED = {"username": "hired", "password": PASSWORD, "role": "cashier", "shop_id": "{shop_id}"}
PERIOD = {"since": "2026-01-01", "until": "2099-01-01"}
NEW = "quite another battery"

# POSTs that create nothing: they begin or end what is one's own, or a repeat changes nothing.
ACCOUNT: dict[tuple[str, str], Case] = {
    ("auth/register", "POST"): Case(
        201, NEWCOMER, "nobody", other=NEWCOMER | {"username": "another"}, creates=True
    ),
    ("auth/login", "POST"): Case(200, {"username": "ours-owner", "password": PASSWORD}, "nobody"),
    ("auth/refresh", "POST"): Case(200, {"refresh_token": "<refresh_token>"}, "nobody"),
    ("auth/logout", "POST"): Case(200, {}),
    ("auth/logout-all", "POST"): Case(200, {}),
    ("auth/me", "GET"): Case(200),
    ("auth/profile", "GET"): Case(200),
    ("auth/profile", "PUT"): Case(200, {"name": "Olga"}),
    ("auth/profile", "PATCH"): Case(200, {"phone": "1"}),
    ("auth/sessions", "GET"): Case(200),
    ("auth/sessions", "DELETE"): Case(200),
    ("auth/sessions/<uuid:session_id>", "GET"): Case(200),
    ("auth/sessions/<uuid:session_id>", "DELETE"): Case(200),
    ("auth/password/forgot", "POST"): Case(202, {"email": "a@example.com"}, "nobody"),
    ("auth/password/reset", "POST"): Case(
        200, {"token": "<letter>", "new_password": NEW}, "nobody"
    ),
    ("users/me", "GET"): Case(200),
    ("users", "GET"): Case(
        200, query={"q": "o", "shop_id": "{shop_id}", "role": "cashier", "is_active": "true"}
    ),
    ("users", "POST"): Case(201, HIRED, other=HIRED | {"username": "another"}, creates=True),
    ("users/<uuid:user_id>", "GET"): Case(200),
    ("users/<uuid:user_id>", "PATCH"): Case(200, {"role": "manager", "shop_id": "{shop_id}"}),
    ("users/<uuid:user_id>", "DELETE"): Case(200),
    ("account/profile", "GET"): Case(200),
    ("account/profile", "PUT"): Case(200, {"name": "Olga"}),
    ("account/profile", "PATCH"): Case(200, {"name": "Olga"}),
    ("account/password", "PATCH"): Case(200, {"current_password": PASSWORD, "new_password": NEW}),
    ("account/organization", "PATCH"): Case(200, {"organization": "Ours"}),
    ("settings", "GET"): Case(200),
    ("settings/notifications", "PATCH"): Case(200, {"mail": True}),
    ("settings/automation", "PATCH"): Case(200, {"mail": True}),
    ("otp/enrol", "POST"): Case(200, {}, other={"otp": "123456"}, creates=True),
    ("otp/confirm", "POST"): Case(200, {"otp": "<pending_otp>"}),
    ("otp/recovery-codes", "POST"): Case(
        200, {"otp": "<otp>"}, "manager", other={"otp": "123456"}, creates=True
    ),
}

SHOP = "shops/<uuid:shop_id>"
DEVICE = f"{SHOP}/devices/<uuid:device_id>"
TILL = {"kind": "till", "name": "Till 3"}
# What is approved is named by a text of the client's own, compared and never looked up.
APPROVAL = {
    "user_id": "{manager_id}", "pin": MANAGERS_PIN, "action": "void", "target": "the last one",
}  # fmt: skip
SHOPS: dict[tuple[str, str], Case] = {
    ("shops", "GET"): Case(200),
    ("shops", "POST"): Case(201, {"name": "Second"}, other={"name": "Third"}, creates=True),
    (SHOP, "GET"): Case(200, who="cashier"),
    (SHOP, "PUT"): Case(200, {"name": "Ours anew"}),
    (SHOP, "PATCH"): Case(200, {"day_starts_at": 4}),
    (f"{SHOP}/audit", "GET"): Case(
        200, query=PERIOD | {"action": "shop", "actor": "{user_id}"}, who="manager"
    ),
    (f"{SHOP}/presence", "GET"): Case(200, who="manager"),
    (f"{SHOP}/devices", "GET"): Case(200, who="manager"),
    (f"{SHOP}/devices", "POST"): Case(
        201, TILL, "manager", other=TILL | {"name": "Till 4"}, creates=True
    ),
    (DEVICE, "GET"): Case(200, who="manager"),
    (f"{DEVICE}/pairing-code", "POST"): Case(201, {}, "manager", other={"a": 1}, creates=True),
    (f"{DEVICE}/revoke", "POST"): Case(200, {}, "manager"),
    (f"{SHOP}/staff/<uuid:user_id>/pin", "PUT"): Case(200, {"pin": "5937"}, "manager"),
    (f"{SHOP}/approvals", "POST"): Case(
        201, APPROVAL, "cashier", other=APPROVAL | {"action": "refund"}, creates=True
    ),
    ("devices/pair", "POST"): Case(
        200, {"code": "<pairing_code>"}, "nobody", other={"code": "AAAA-BBBB"}, creates=True
    ),
    ("devices/me/staff", "GET"): Case(200, who="till"),
    ("devices/me/sign-in", "POST"): Case(200, {"user_id": "{user_id}", "pin": PIN}, "till"),
}


def picture(colour: str) -> bytes:
    """A small picture; bytes in a body make it a form."""
    written = BytesIO()
    Image.new("RGB", (2, 2), colour).save(written, "PNG")
    return written.getvalue()


PRODUCT = {
    "name": "Scone", "price": "3.00", "category_id": "{category_id}",
    "tax_rate_id": "{tax_rate_id}", "modifier_groups": [{"id": "{modifier_group_id}"}],
}  # fmt: skip
CHOICE = {"modifiers": [{"id": "{modifier_id}", "name": "Large", "price": "0.50"}]}
CATEGORY = f"{SHOP}/categories/<uuid:category_id>"
TAX_RATE = f"{SHOP}/tax-rates/<uuid:tax_rate_id>"
CHOICES = f"{SHOP}/modifier-groups/<uuid:modifier_group_id>"
REFUND = {
    "lines": [{"id": "{sale_line_id}", "quantity": 1}], "reason": "cold",
    "register_id": "{open_register_id}", "approval_id": "{refund_approval_id}",
}  # fmt: skip
COUNTER: dict[tuple[str, str], Case] = {
    (f"{SHOP}/orders", "GET"): Case(
        200, who="cashier", query=PERIOD | {"state": "open", "channel": "api", "q": "ORD"}
    ),
    (f"{SHOP}/orders", "POST"): Case(
        201, ORDER, "cashier", other=ORDER | {"table": "9"}, creates=True
    ),
    (f"{SHOP}/orders/<uuid:order_id>", "GET"): Case(200, who="cashier"),
    (f"{SHOP}/orders/<uuid:order_id>", "PUT"): Case(200, CHANGED, "cashier"),
    (f"{SHOP}/orders/<uuid:order_id>", "PATCH"): Case(200, CHANGED | {"table": "3"}, "cashier"),
    (f"{SHOP}/orders/<uuid:order_id>", "DELETE"): Case(200, who="cashier"),
    (f"{SHOP}/orders/<uuid:order_id>/void", "POST"): Case(
        200,
        {"reason": "Gone", "approval_id": "{void_approval_id}"},
        "cashier",
        other={"reason": "Left"},
        creates=True,
    ),
    (f"{SHOP}/orders/<uuid:order_id>/payments", "POST"): Case(
        201,
        {"method": "cash", "register_id": "{open_register_id}"},
        "cashier",
        other={"method": "cash", "amount": "1"},
        creates=True,
    ),
    (f"{SHOP}/orders/<uuid:sale_id>/refunds", "POST"): Case(
        201, REFUND, "cashier", other=REFUND | {"reason": "burnt"}, creates=True
    ),
    **{
        (f"{SHOP}/orders/<uuid:order_id>/receipt{ending}", "GET"): Case(
            200, who="cashier", query={"copy": "true"}
        )
        for ending in ("", ".html", ".txt", ".pdf", ".escpos")
    },
    (f"{SHOP}/orders/<uuid:order_id>/receipt", "POST"): Case(
        200, {}, "cashier", other={"a": 1}, creates=True
    ),
    (f"{SHOP}/products", "GET"): Case(
        200,
        who="cashier",
        query={"q": "tea", "barcode": "1", "category": "{category_id}", "active": "true"},
    ),
    (f"{SHOP}/products", "POST"): Case(
        201, PRODUCT, "manager", other=PRODUCT | {"name": "Bun"}, creates=True
    ),
    (f"{SHOP}/products/<uuid:product_id>", "GET"): Case(200, who="cashier"),
    (f"{SHOP}/products/<uuid:product_id>", "PUT"): Case(
        200, PRODUCT | {"name": "Green tea"}, "manager"
    ),
    (f"{SHOP}/products/<uuid:product_id>", "PATCH"): Case(
        200, PRODUCT | {"price": "9.00"}, "manager"
    ),
    (f"{SHOP}/products/<uuid:product_id>", "DELETE"): Case(200, who="manager"),
    (f"{SHOP}/products.csv", "GET"): Case(200, who="manager"),
    (f"{SHOP}/products/import", "POST"): Case(
        200,
        {"file": b"name,price\nPie,1\n"},
        "manager",
        other={"file": b"name,price\nPie,2\n"},
        creates=True,
    ),
    (f"{SHOP}/products/<uuid:product_id>/image", "POST"): Case(
        200, {"image": picture("red")}, "manager", other={"image": picture("blue")}, creates=True
    ),
    (f"{SHOP}/settings", "GET"): Case(200, who="manager"),
    (f"{SHOP}/settings", "PUT"): Case(200, {"tax_rate": "7"}, "manager"),
    (f"{SHOP}/categories", "GET"): Case(200, who="cashier", query={"active": "true"}),
    (f"{SHOP}/categories", "POST"): Case(
        201, {"name": "Cakes"}, "manager", other={"name": "Pies"}, creates=True
    ),
    (CATEGORY, "GET"): Case(200, who="cashier"),
    (CATEGORY, "PUT"): Case(200, {"name": "Soups"}, "manager"),
    (CATEGORY, "PATCH"): Case(200, {"position": 3}, "manager"),
    (CATEGORY, "DELETE"): Case(200, who="manager"),
    (f"{SHOP}/tax-rates", "GET"): Case(200, who="cashier", query={"active": "true"}),
    (f"{SHOP}/tax-rates", "POST"): Case(
        201,
        {"name": "GST", "percent": "18"},
        "manager",
        other={"name": "GST", "percent": "5"},
        creates=True,
    ),
    (TAX_RATE, "GET"): Case(200, who="cashier"),
    (TAX_RATE, "PUT"): Case(200, {"percent": "9"}, "manager"),
    (TAX_RATE, "PATCH"): Case(200, {"name": "VAT"}, "manager"),
    (TAX_RATE, "DELETE"): Case(200, who="manager"),
    (f"{SHOP}/modifier-groups", "GET"): Case(200, who="cashier", query={"active": "true"}),
    (f"{SHOP}/modifier-groups", "POST"): Case(
        201,
        {"name": "Milk", "modifiers": [{"name": "Oat"}]},
        "manager",
        other={"name": "Sugar"},
        creates=True,
    ),
    (CHOICES, "GET"): Case(200, who="cashier"),
    (CHOICES, "PUT"): Case(200, CHOICE, "manager"),
    (CHOICES, "PATCH"): Case(200, CHOICE, "manager"),
    (CHOICES, "DELETE"): Case(200, who="manager"),
    (f"{SHOP}/inventory", "GET"): Case(200, who="cashier", query={"low": "true"}),
    (f"{SHOP}/inventory/<uuid:item_id>", "GET"): Case(200, who="cashier"),
    (f"{SHOP}/inventory/<uuid:item_id>", "PUT"): Case(200, {"delta": 5}, "manager"),
    (f"{SHOP}/inventory/<uuid:item_id>/movements", "GET"): Case(200, who="cashier"),
}

SHIFT = f"{SHOP}/shifts/<uuid:shift_id>"
OPENING = {"register_id": "{register_id}", "float": "50.00"}
CASH = {"kind": "out", "amount": "2.50", "reason": "milk"}
DRAWER: dict[tuple[str, str], Case] = {
    (f"{SHOP}/registers", "GET"): Case(200, who="cashier"),
    (f"{SHOP}/registers", "POST"): Case(
        201, {"name": "Bar"}, "manager", other={"name": "Garden"}, creates=True
    ),
    (f"{SHOP}/shifts", "GET"): Case(
        200, who="cashier", query={"register_id": "{register_id}", "state": "open"}
    ),
    (f"{SHOP}/shifts", "POST"): Case(
        201, OPENING, "cashier", other=OPENING | {"float": "60.00"}, creates=True
    ),
    (f"{SHOP}/shifts/current", "GET"): Case(
        200, who="cashier", query={"register_id": "{open_register_id}"}
    ),
    (SHIFT, "GET"): Case(200, who="cashier"),
    (f"{SHIFT}/cash", "GET"): Case(200, who="cashier"),
    (f"{SHIFT}/cash", "POST"): Case(
        201, CASH, "cashier", other=CASH | {"kind": "drop"}, creates=True
    ),
    (f"{SHIFT}/close", "POST"): Case(
        200, {"counted": "100.00"}, "cashier", other={"counted": "99.00"}, creates=True
    ),
    (f"{SHIFT}/report", "GET"): Case(200, who="cashier"),
    # Not signed as the provider signs: tests/pos/test_callbacks.py has those that are.
    ("payments/callback", "POST"): Case(401, {"id": "{order_id}", "state": "captured"}, "nobody"),
}

LIVE: dict[tuple[str, str], Case] = {
    (f"{SHOP}/events", "GET"): Case(200, who="cashier", query={"after": "0", "wait": "0"}),
    ("live/tickets", "POST"): Case(
        201, {"shop_id": "{shop_id}"}, "cashier", other={"shop_id": "{user_id}"}, creates=True
    ),
}

PILOT = {"name": "Pia", "org": "Pia's", "email": "pia@example.com", "use_case": "Two tills"}
OWN = {"current_password": PASSWORD, "new_password": NEW}
PORTAL: dict[tuple[str, str], Case] = {
    ("waitlist", "POST"): Case(201, {"email": "wil@example.com"}, "nobody"),
    ("contact", "POST"): Case(
        201, {"name": "Coco", "email": "c@example.com", "message": "How much is it?"}, "nobody"
    ),
    ("investor_interest", "POST"): Case(
        201, {"name": "Ines", "email": "i@example.com", "amount": "10000"}, "nobody"
    ),
    ("pilot_request", "POST"): Case(201, PILOT, "nobody"),
    ("client_errors", "POST"): Case(202, {"message": "x is undefined"}, "nobody"),
    ("auth/forgot", "POST"): Case(202, {"email": "a@example.com"}, "nobody"),
    ("app/account/profile", "GET"): Case(200),
    ("app/account/profile", "PUT"): Case(200, {"name": "Olga"}),
    ("app/account/profile", "PATCH"): Case(200, {"name": "Olga"}),
    ("app/account/password", "PUT"): Case(200, OWN),
    ("app/account/password", "PATCH"): Case(200, OWN),
    ("app/account/organization", "PUT"): Case(200, {"organization": "Ours"}),
    ("app/account/organization", "PATCH"): Case(200, {"organization": "Ours"}),
    ("app/settings", "GET"): Case(200),
    ("app/settings/notifications", "PUT"): Case(200, {"mail": True}),
    ("app/settings/notifications", "PATCH"): Case(200, {"mail": True}),
    ("app/settings/automation", "PUT"): Case(200, {"mail": True}),
    ("app/settings/automation", "PATCH"): Case(200, {"mail": True}),
}

LOGIN = {"label": "Main", "username": "olga", "password": PASSWORD, "color": "#0a7"}
EVENTORY: dict[tuple[str, str], Case] = {
    ("logins", "GET"): Case(200),
    ("logins", "POST"): Case(201, LOGIN, other=LOGIN | {"label": "Second"}, creates=True),
    ("logins/<uuid:login_id>", "PUT"): Case(200, {"label": "Third", "password": PASSWORD}),
    ("logins/<uuid:login_id>", "DELETE"): Case(204),
}

WEBHOOK = f"{SHOP}/webhooks/<uuid:webhook_id>"
HOOK = {"url": "https://receiver.example.com/new", "events": ["order_created"]}
WEBHOOKS: dict[tuple[str, str], Case] = {
    (f"{SHOP}/webhooks", "GET"): Case(200, who="manager"),
    (f"{SHOP}/webhooks", "POST"): Case(
        201, HOOK, "manager", other=HOOK | {"events": ["*"]}, creates=True
    ),
    (WEBHOOK, "GET"): Case(200, who="manager"),
    (WEBHOOK, "PATCH"): Case(200, {"is_active": False}, "manager"),
    (WEBHOOK, "DELETE"): Case(204, who="manager"),
    (f"{WEBHOOK}/deliveries", "GET"): Case(200, who="manager"),
    (f"{WEBHOOK}/replay", "POST"): Case(
        200, {"after": 1}, "manager", other={"after": 2}, creates=True
    ),
}

SITE = "sites/<uuid:site_id>"
BEAT = {"version": "1.0", "uptime_seconds": 60, "nonce": "n", "applied_seq": 0}
DESK: dict[tuple[str, str], Case] = {
    ("heartbeat", "POST"): Case(200, BEAT, "site"),
    ("licensing/keys", "GET"): Case(200, who="nobody"),
    ("sites", "GET"): Case(200, who="sysadmin", query={"q": "Ours", "status": "active,never"}),
    ("sites", "POST"): Case(
        201,
        {"name": "Ours too", "shop_ids": ["{shop_id}"]},
        "sysadmin",
        other={"name": "Ours as well"},
        creates=True,
    ),
    (SITE, "GET"): Case(200, who="sysadmin"),
    (SITE, "PUT"): Case(200, {"name": "Ours anew", "shop_ids": ["{shop_id}"]}, "sysadmin"),
    (SITE, "PATCH"): Case(200, {"grace_days": 9, "shop_ids": ["{shop_id}"]}, "sysadmin"),
    (SITE, "DELETE"): Case(204, who="sysadmin"),
    (f"{SITE}/lock", "POST"): Case(
        200, {"reason": "Unpaid"}, "sysadmin", other={"reason": "Closed"}, creates=True
    ),
    (f"{SITE}/unlock", "POST"): Case(
        200, {"reason": "Paid"}, "sysadmin", other={"reason": "Open"}, creates=True
    ),
    (f"{SITE}/rotate-key", "POST"): Case(200, {}, "sysadmin", other={"a": 1}, creates=True),
}

CONSOLE: dict[tuple[str, str], Case] = {
    ("dashboard/summary", "GET"): Case(200, who="cashier"),
    ("admin/summary", "GET"): Case(200, who="developer"),
    ("admin/users/<uuid:user_id>", "GET"): Case(200, who="developer"),
    ("admin/users/<uuid:user_id>", "PATCH"): Case(200, {"is_active": "true"}, "developer"),
}
for form in ("", ".csv"):
    CONSOLE[f"admin/users{form}", "GET"] = Case(
        200, who="developer", query={"q": "o", "role": "user", "is_active": "true"}
    )
    CONSOLE[f"admin/logs{form}", "GET"] = Case(
        200, who="developer", query=PERIOD | {"action": "shop"}
    )
    for name in ("waitlist", "contacts", "pilot-requests", "investor-interest"):
        CONSOLE[f"admin/{name}{form}", "GET"] = Case(
            200, who="developer", query={"q": "a", "status": "new"}
        )

CASES = CONSOLE | EVENTORY | PORTAL | ACCOUNT | SHOPS | COUNTER | DRAWER | LIVE | WEBHOOKS | DESK
