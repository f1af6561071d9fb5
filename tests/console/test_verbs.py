"""What a sysadmin does in the console is done by the house's verbs, which may refuse."""

import pytest
from django.utils import timezone

from accounts import authenticators, sessions
from accounts.models import AuditEvent, AuthSession, Shop, User
from licensing.models import Site
from live.models import Event, Webhook
from pos.models import Category, Product
from tests import factories
from tests.console.conftest import url


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
