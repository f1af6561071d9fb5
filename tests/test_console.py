"""The sysadmin's console: its one door, every page of it, and what it cannot do."""

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from accounts import audit, authenticators, middleware, seals, sessions
from accounts.models import AuditEvent, AuthSession, Device, Membership, Shop, User
from eventory import logins
from eventory.models import Login
from licensing.models import Site
from live import webhooks
from live.models import Delivery, Event, Webhook
from portal import leads
from portal.models import Lead
from pos import catalog
from pos.models import (
    Category,
    Order,
    OrderLine,
    Payment,
    Product,
    StockLevel,
    StockMovement,
    TaxRate,
)
from tests import factories

PAGES = [model for model in admin.site._registry if model is not ContentType]


def sign_in(client, user):
    """Name a new session of ``user`` in the client's cookie."""
    from django.conf import settings
    from django.core import signing

    session = sessions.begin(user=user)
    client.cookies[settings.SESSION_COOKIE_NAME] = signing.dumps(
        {middleware.SID: session.pk.hex},
        compress=True,
        salt="django.contrib.sessions.backends.signed_cookies",
    )
    return client


@pytest.fixture
def console(client, sysadmin):
    return sign_in(client, sysadmin)


@pytest.fixture
def soup(shop, owner):
    fields = {"name": "Soup", "price": 450, "cost": 120, "sku": "S-1", "category": "Starters"}
    fact = catalog.add(shop=shop, actor=owner, fields=fields)
    return Product.objects.get(pk=fact.id)


@pytest.fixture
def rows(shop, owner, soup, sysadmin):
    """One row of every model of the console."""
    Device.objects.create(shop=shop, kind="till", name="Till 1")
    logins.add(owner=owner, label="Main", username="olga", password="canary-word")
    site = Site.objects.create(name="Corner", contact_email="desk@example.com")
    site.shops.add(shop)
    TaxRate.objects.create(shop=shop, name="Food", percent=7)
    order = Order.objects.create(
        shop=shop, business_day="2026-03-01", day_number=1, number="ORD-20260301-0001",
        call_number="1", channel="till", includes_tax=True, subtotal=900, tax=59, total=900,
        paid=900, state="paid", cashier=owner,
    )  # fmt: skip
    OrderLine.objects.create(
        order=order, product=soup, position=1, name="Soup", quantity=2, unit_price=450,
        tax_rate=7, net=841, tax=59,
    )  # fmt: skip
    Payment.objects.create(
        shop=shop, order=order, method="cash", amount=900, tendered=1000, change=100,
        taken_by=owner,
    )  # fmt: skip
    StockMovement.objects.create(
        shop=shop, product=soup, order=order, actor=owner, delta=-2, reason="sale"
    )
    hook = webhooks.add(shop=shop, actor=owner, url="https://receiver.example.com/x-canary")
    Delivery.objects.create(
        shop=shop, webhook_id=hook.id, delivery_id=hook.id, seq=1, kind="order_created",
        attempt=1, status=500, ms=12,
    )  # fmt: skip
    leads.take(
        kind=Lead.Kind.CONTACT,
        fields={"name": "Ada", "email": "ada@example.com", "message": "How much is a till?"},
    )
    return {model: model._default_manager.all()[0] for model in PAGES}


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_the_console_shows_these_and_no_others():
    assert set(PAGES) == {
        AuditEvent, AuthSession, Category, Delivery, Device, Lead, Login, Membership, Order, Payment,
        Product, Shop, Site, StockLevel, StockMovement, TaxRate, User, Webhook,
    }  # fmt: skip


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_every_list_and_every_row_opens(console, rows, model):
    row = rows[model]
    listed = console.get(url(model, "changelist"))
    opened = console.get(url(model, "change", row.pk))

    assert (listed.status_code, opened.status_code) == (200, 200)
    assert str(row.pk) in listed.text
    assert "'unsafe-eval'" in opened["Content-Security-Policy"]


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
@pytest.mark.parametrize("words", ["soup", "0198f000-0000-7000-8000-000000000000", "'%_\"<"])
def test_every_list_can_be_searched(console, rows, model, words):
    assert console.get(url(model, "changelist"), {"q": words}).status_code == 200


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_a_list_asks_as_often_for_many_rows_as_for_one(
    console, rows, model, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        console.get(url(model, "changelist"))


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_nothing_is_added_or_deleted(console, rows, model):
    row = rows[model]

    assert console.post(url(model, "add"), {}).status_code == 403
    assert console.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    "model", [m for m in PAGES if m not in (User, Shop, Product, Lead)], ids=lambda m: m.__name__
)
def test_what_the_verbs_own_cannot_be_changed(console, rows, model):
    row = rows[model]
    response = console.post(url(model, "change", row.pk), {"name": "x", "quantity": 7})

    assert response.status_code == 403


def test_a_login_shows_neither_its_password_nor_what_seals_it(console, rows):
    row = Login.objects.get()
    for page in (url(Login, "changelist"), url(Login, "change", row.pk)):
        shown = console.get(page).text
        assert "olga" in shown
        assert "canary" not in shown
        assert row.secret not in shown


def test_a_webhook_shows_neither_its_secret_nor_all_of_its_address(console, rows):
    row = Webhook.objects.get()
    for page in (url(Webhook, "changelist"), url(Webhook, "change", row.pk)):
        shown = console.get(page).text
        assert "receiver.example.com" in shown
        assert "canary" not in shown
        assert row.secret not in shown
        assert webhooks.secret_of(row) not in shown


def test_webhooks_are_turned_on_and_replayed_by_their_verbs(console, rows, sysadmin):
    row = Webhook.objects.get()
    Webhook.objects.update(is_active=False, disabled_at=timezone.now(), cursor=9)
    chosen = {"_selected_action": [row.pk]}
    page = url(Webhook, "changelist")
    console.post(page, {"action": "enable", **chosen})
    assert Webhook.objects.get().is_active
    assert AuditEvent.objects.get(action="webhook.changed").actor == sysadmin

    shown = console.post(page, {"action": "replay", **chosen}, follow=True).text
    assert "Say after which seq." in shown
    console.post(page, {"action": "replay", "after": "0", **chosen})
    assert Webhook.objects.get().cursor == 0
    shown = console.post(page, {"action": "replay", "after": "999", **chosen}, follow=True).text
    assert "The newest event is" in shown


def test_a_stranger_is_sent_to_the_one_door_and_back(client, db):
    page = url(User, "changelist")

    response = client.get(page, follow=True)

    assert response.redirect_chain[-1] == (f"/sign-in/?next={page}", 302)


@pytest.mark.parametrize("who", ["owner", "cashier"])
def test_no_shop_role_gets_in(client, request, who):
    sign_in(client, request.getfixturevalue(who))

    response = client.get("/admin/", follow=True)

    assert response.status_code == 403
    assert client.get(url(User, "changelist"), follow=True).status_code == 403


def test_a_demoted_sysadmin_is_out_at_once(console, sysadmin):
    assert console.get("/admin/").status_code == 200
    User.objects.filter(pk=sysadmin.pk).update(role="user")

    assert console.get("/admin/", follow=True).status_code == 403


def test_leaving_ends_the_session(console):
    assert console.post("/admin/logout/").status_code == 302
    assert AuthSession.objects.get().revoked_at is not None
    assert console.get("/admin/").status_code == 302


def test_djangos_own_password_form_is_closed(console, sysadmin):
    response = console.post("/admin/password_change/", {"old_password": "x"})

    assert response["Location"] == "/admin/"


def test_money_is_shown_in_the_shops_currency(console, rows):
    page = console.get(url(Order, "change", rows[Order].pk)).text

    for shown in ("9.00 EUR", "4.50 EUR", "0.59 EUR", "1.00 EUR"):
        assert shown in page


def test_a_price_is_changed_by_the_catalogues_verb(console, soup, shop, sysadmin):
    form = {
        "name": "Soup", "sku": "S-1", "barcode": "", "description": "", "price": "4.75",
        "cost": "", "category": str(soup.category_id), "is_active": "on",
    }  # fmt: skip

    response = console.post(url(Product, "change", soup.pk), form)

    assert response.status_code == 302
    soup.refresh_from_db()
    assert (soup.price, soup.cost, soup.version) == (475, None, 2)
    line = AuditEvent.objects.get(action="product.updated", shop=shop)
    assert line.actor == sysadmin
    assert shop.events.filter(kind="product_updated").count() == 1


@pytest.mark.parametrize("price", ["4.755", "-1", "x", ""])
def test_a_wrong_price_changes_nothing(console, soup, price):
    form = {"name": "Soup", "sku": "S-1", "price": price, "is_active": "on"}

    assert console.post(url(Product, "change", soup.pk), form).status_code == 200
    soup.refresh_from_db()
    assert (soup.price, soup.version) == (450, 1)


def test_a_refusal_of_the_verb_is_shown_and_changes_nothing(console, soup, shop):
    Site.objects.create(name="Corner", is_locked=True, lock_reason="Unpaid").shops.add(shop)
    form = {"name": "Soup", "sku": "S-1", "price": "9.00", "is_active": "on"}

    response = console.post(url(Product, "change", soup.pk), form, follow=True)

    assert "This site is locked: Unpaid." in response.text
    soup.refresh_from_db()
    assert soup.price == 450


def test_another_shops_category_cannot_be_chosen(console, soup):
    rival = factories.shop_of(factories.person("rival"), "Rival's Bar")
    category = Category.objects.create(shop=rival, name="Theirs")
    page = url(Product, "change", soup.pk)
    form = {"name": "Soup", "price": "9.00", "category": str(category.pk)}

    assert console.post(page, form).status_code == 200
    assert "Theirs" not in console.get(page).text
    soup.refresh_from_db()
    assert soup.price == 450


def test_a_person_and_a_shop_are_changed_by_their_verbs(console, shop, owner):
    lines = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    console.post(url(User, "change", owner.pk), lines | {"name": "Olga B.", "role": "sysadmin"})
    wish = {"name": "Corner", "timezone": "Europe/Berlin", "day_starts_at": "4", "currency": "USD"}
    console.post(url(Shop, "change", shop.pk), lines | wish)

    owner.refresh_from_db()
    shop.refresh_from_db()
    assert (owner.name, owner.role) == ("Olga B.", "user")
    assert (shop.name, shop.timezone, shop.day_starts_at, shop.currency) == (
        "Corner", "Europe/Berlin", 4, "EUR",
    )  # fmt: skip
    assert AuditEvent.objects.get(action="user.changed").after == {"name": "Olga B."}
    assert AuditEvent.objects.get(action="shop.changed").before == {
        "name": "Corner Café",
        "timezone": "UTC",
        "day_starts_at": 0,
    }
    told = Event.objects.get(shop=shop)
    assert (told.kind, "Europe/Berlin" in told.data) == ("settings_changed", True)


def test_sessions_are_ended_by_their_verb(console, owner, sysadmin):
    session = sessions.begin(user=owner)

    console.post(
        url(AuthSession, "changelist"), {"action": "end", "_selected_action": [session.pk]}
    )

    session.refresh_from_db()
    assert session.revoked_at is not None
    assert AuditEvent.objects.get(action="session.ended").actor == sysadmin


def test_access_is_taken_and_given_by_its_verb_which_may_refuse(console, owner, cashier, sysadmin):
    chosen = [owner.pk, cashier.pk, sysadmin.pk]
    people = url(User, "changelist")

    page = console.post(
        people, {"action": "shut_out", "_selected_action": chosen}, follow=True
    ).text

    assert "Carla may not sign in any more." in page
    assert "would be without an owner" in page
    assert "You cannot do this to yourself" in page
    active = User.objects.filter(is_active=True)
    assert set(active.values_list("username", flat=True)) == {"olga", "sam"}
    console.post(people, {"action": "let_in", "_selected_action": chosen})
    assert User.objects.get(pk=cashier.pk).is_active
    assert AuditEvent.objects.get(action="user.activated").actor == sysadmin


def test_a_lost_app_is_forgotten_by_its_verb(console, owner, sysadmin):
    factories.enrolled(owner)

    page = console.get(url(User, "changelist")).text
    console.post(
        url(User, "changelist"), {"action": "forget_codes", "_selected_action": [owner.pk]}
    )

    assert "Forget a lost app" in page
    assert not authenticators.is_enrolled(owner.pk)
    assert AuditEvent.objects.get(action="authenticator.forgotten").actor == sysadmin


def test_sessions_are_found_by_whether_they_open_doors(console, owner, cashier):
    open_one, ended, raised = (sessions.begin(user=owner) for _ in range(3))
    sessions.end(session_id=ended.pk, actor=None)
    AuthSession.objects.filter(pk=raised.pk).update(token_version=0)
    AuthSession.objects.filter(pk=sessions.begin(user=cashier).pk).update(expires_at=timezone.now())
    page = url(AuthSession, "changelist")

    alive = console.get(page, {"alive": "yes"}).text
    over = console.get(page, {"alive": "no"}).text

    assert str(open_one.pk) in alive
    assert str(open_one.pk) not in over
    for session in (ended, raised):
        assert str(session.pk) not in alive
        assert str(session.pk) in over
    assert "Carla" in over
    assert "Carla" not in alive


def test_a_session_shows_what_its_person_did_last(console, shop, owner):
    session = sessions.begin(user=owner)
    audit.record("menu.printed", None, shop=shop, actor=owner)

    assert "menu.printed" in console.get(url(AuthSession, "change", session.pk)).text


def test_the_audit_says_what_is_sealed_and_what_not_yet(console, shop, owner):
    audit.record("menu.printed", None, shop=shop, actor=owner)
    seals.seal()
    audit.record("menu.burnt", None, shop=shop, actor=owner)
    page = url(AuditEvent, "changelist")

    sealed = console.get(page, {"sealed": "yes"}).text
    tail = console.get(page, {"sealed": "no"}).text

    assert "menu.printed" in sealed
    assert "menu.printed" not in tail
    assert "menu.burnt" in tail
    assert "menu.burnt" not in sealed
    printed = AuditEvent.objects.get(action="menu.printed")
    burnt = AuditEvent.objects.get(action="menu.burnt")
    shown = f"{printed.seal.position} in the chain of Corner Café: {printed.seal.digest}"
    assert shown in console.get(url(AuditEvent, "change", printed.pk)).text
    assert "unsealed tail" in console.get(url(AuditEvent, "change", burnt.pk)).text


def test_no_hash_is_shown(console, owner, rows):
    Membership.objects.update(pin="argon2$hash-of-a-pin")
    for model in (User, Membership, Device):
        assert "argon2" not in console.get(url(model, "change", rows[model].pk)).text


def test_other_pages_keep_the_strict_policy(client, db):
    assert "unsafe" not in client.get("/sign-in/")["Content-Security-Policy"]


def test_a_sysadmin_works_in_a_browser_within_the_policy(sysadmin, soup, open_page):
    page = open_page("/admin/")
    page.get_by_label("E-mail or username").fill("sam")
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/admin/")

    page.goto(url(Product, "changelist"))
    page.get_by_role("link", name="Soup").click()
    page.locator("input[name=price]").fill("5.25")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/pos/product/")

    assert "5.25 EUR" in page.content()
