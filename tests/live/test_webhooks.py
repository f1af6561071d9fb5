"""Webhooks as managers keep them: added, changed, replayed, removed, and never shown to others."""

import ast
import re
from pathlib import Path

import pytest

from accounts import vault
from accounts.models import AuditEvent
from core.errors import Invalid
from live import outbox, receivers, webhooks
from live.models import Delivery, Event, Webhook
from tests.live.conftest import publish

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
URL = "https://receiver.example.com/hook"


@pytest.fixture
def hook(shop, owner) -> Webhook:
    fact = webhooks.add(shop=shop, actor=owner, url=URL)
    return Webhook.objects.get(pk=fact.id)


def at(shop, rest: str = "") -> str:
    return f"/shops/{shop.pk}/webhooks{rest}"


# --- adding -------------------------------------------------------------------------------


def test_a_new_one_begins_with_now_and_shows_its_secret_once(shop, manager, api):
    cursor = publish(shop, "order_created")
    client = api(manager)
    answer = client.post(at(shop), {"url": URL, "events": ["order_created", "stock_changed"]})

    made = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(r"whsec_[\w-]{43}", made.pop("secret"))
    assert answer["Cache-Control"] == "no-store"
    row = Webhook.objects.get()
    assert (row.cursor, row.events, row.is_active) == (
        cursor, ["order_created", "stock_changed"], True,
    )  # fmt: skip
    assert client.get(at(shop, f"/{row.pk}")).json() == made
    assert client.get(at(shop)).json() == [made]
    assert made["state"] == "active"


def test_the_secret_is_sealed_in_the_database_and_absent_from_the_trail(shop, owner):
    fact = webhooks.add(shop=shop, actor=owner, url=URL, secret="a secret of our own")
    row = Webhook.objects.get()
    line = AuditEvent.objects.get(action="webhook.added")

    assert "a secret of our own" not in row.secret
    assert webhooks.secret_of(row) == fact.secret == "a secret of our own"
    assert fact.secret not in f"{line.before}{line.after}"


def test_the_same_request_again_gets_the_same_secret(shop, manager, api):
    client = api(manager)
    first, second = (
        client.post(at(shop), {"url": URL, "client_id": "one"}).content for _ in range(2)
    )

    assert first == second
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "example.com", "https://", "javascript:alert(1)", "http://a b/",
        "https://user:word@example.com/", "https://example.com/#part", "http://localhost:8000/",
        "http://127.0.0.1/", "http://10.0.0.8/", "http://169.254.169.254/latest", "http://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://0.0.0.0/",
        "http://100.64.0.1/", "http://168.63.129.16/", "http://[fe80::1]/", "http://[fd00::1]/",
        "http://[2002:7f00:1::]/", "http://224.0.0.1/", "http://192.168.1.1/", "http://x.localhost/",
        "http://example.com:99999/", "http://exa\nmple.com/", "h" * 2001,
    ],
)  # fmt: skip
def test_an_address_that_must_not_be_called_is_refused(shop, manager, api, url):
    answer = api(manager).post(at(shop), {"url": url})

    assert answer.status_code == 400
    assert [*answer.json()["errors"]] == ["url"]
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("172.32.0.1", True), ("172.16.0.1", False),
        ("255.255.255.255", False), ("::", False), ("2001::1", False), ("fec0::1", False),
        ("64:ff9b::808:808", True), ("::ffff:8.8.8.8", True), ("198.18.0.1", False),
        ("192.0.2.1", False), ("fe80::1%eth0", False), ("::127.0.0.1", False), ("240.0.0.1", False),
    ],
)  # fmt: skip
def test_what_counts_as_public(address, is_public):
    assert receivers.is_public(address) is is_public


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"events": ["order_created"]}, "url"),
        ({"url": URL, "events": ["order_eaten"]}, "events"),
        ({"url": URL, "events": "order_created"}, "events"),
        ({"url": URL, "secret": "short"}, "secret"),
        ({"url": URL, "secret": "a" * 256}, "secret"),
        ({"url": URL, "secret": "with\nbreak in it, long"}, "secret"),
        ({"url": URL, "shop": "x"}, "shop"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(shop, manager, api, body, field):
    answer = api(manager).post(at(shop), body)

    assert answer.status_code == 400
    assert [*answer.json()["errors"]] == [field]


def test_a_shop_has_ten_at_most(shop, owner, manager, api):
    for number in range(webhooks.MOST):
        webhooks.add(shop=shop, actor=owner, url=f"{URL}/{number}")
    answer = api(manager).post(at(shop), {"url": URL})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")
    assert Webhook.objects.count() == webhooks.MOST


def test_every_event_that_is_published_can_be_asked_for():
    """The names stand in the code: where rows are announced, and where changes are made."""
    published = set()
    for path in ROOT.glob("[a-z]*/**/*.py"):
        if path.relative_to(ROOT).parts[0] in ("tests", "bench", "config"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = ast.unparse(node.func)
                if name.removeprefix("outbox.") in ("Change", "Change.of"):
                    published.add(ast.unparse(node.args[0]).strip("f'\""))
                if name == "ledger.tell":
                    published |= named(node)
    plain = {kind for kind in published if re.fullmatch(r"[a-z_]+", kind) and kind != "kind"}

    assert {"order_created", "webhook_disabled", "stock_changed"} <= plain
    assert {"order_updated", "order_deleted"} <= plain
    assert plain - webhooks.KINDS == set()
    assert "product_{happened}" in published
    ends = ("created", "updated", "deleted")
    assert {f"product_{end}" for end in ends} <= webhooks.KINDS


def named(call: ast.Call) -> set[str]:
    """The kinds that a call may give as its ``kind``."""
    given = [one.value for one in call.keywords if one.arg == "kind"]
    found = [node for value in given for node in ast.walk(value)]
    return {node.value for node in found if isinstance(node, ast.Constant)}


# --- changing -----------------------------------------------------------------------------


def test_changing_it_lets_a_failing_one_try_at_once(hook, shop, manager, api):
    Webhook.objects.update(tries=7, failing_since=hook.created_at, next_try_at=hook.created_at)
    answer = api(manager).patch(
        at(shop, f"/{hook.pk}"), {"url": f"{URL}/new", "events": ["*"]}, "application/json"
    )

    assert answer.status_code == 200
    fact = answer.json()
    assert (fact["url"], fact["events"], fact["state"]) == (f"{URL}/new", [], "active")
    assert (fact["tries"], fact["next_try_at"], fact["failing_since"]) == (0, None, None)
    line = AuditEvent.objects.get(action="webhook.changed")
    assert line.before["url"] == URL


def test_pausing_and_going_on(hook, shop, owner):
    assert webhooks.change(hook.pk, shop=shop, actor=owner, fields={"is_active": False}).state == (
        "paused"
    )
    assert webhooks.change(hook.pk, shop=shop, actor=owner, fields={"is_active": True}).state == (
        "active"
    )


def test_a_secret_can_be_changed_and_the_key_ring_too(hook, shop, owner, settings):
    webhooks.change(hook.pk, shop=shop, actor=owner, fields={"secret": "another secret entirely"})
    settings.CREDENTIAL_KEYS = ["new" * 12, *settings.CREDENTIAL_KEYS]
    assert webhooks.reseal() == 1
    assert webhooks.reseal() == 0
    settings.CREDENTIAL_KEYS = ["new" * 12]
    hook.refresh_from_db()

    assert vault.is_current(hook.secret, purpose=webhooks.PURPOSE)
    assert webhooks.secret_of(hook) == "another secret entirely"


def test_an_address_is_checked_when_it_changes_too(hook, shop, owner):
    with pytest.raises(Invalid):
        webhooks.change(hook.pk, shop=shop, actor=owner, fields={"url": "http://[::1]/"})
    hook.refresh_from_db()
    assert hook.url == URL


def test_removing_it_takes_its_log_along(hook, shop, manager, api):
    Delivery.objects.create(
        shop=shop, webhook=hook, delivery_id=hook.pk, seq=1, kind="x", attempt=1, ms=1
    )
    client = api(manager)

    assert client.delete(at(shop, f"/{hook.pk}")).status_code == 204
    assert not Webhook.objects.exists()
    assert not Delivery.objects.exists()
    assert client.get(at(shop, f"/{hook.pk}")).status_code == 404
    assert AuditEvent.objects.filter(action="webhook.removed").exists()


# --- replaying ----------------------------------------------------------------------------


def test_a_replay_goes_back_to_where_it_is_told(hook, shop, manager, api):
    newest = publish(shop, *["order_created"] * 5)
    Webhook.objects.update(cursor=newest, version=3)
    answer = api(manager).post(at(shop, f"/{hook.pk}/replay"), {"after": newest - 4})

    assert (answer.status_code, answer.json()["cursor"]) == (200, newest - 4)
    hook.refresh_from_db()
    assert (hook.cursor, hook.version, hook.replays) == (newest - 4, 4, 1)


@pytest.mark.parametrize(
    ("after", "status", "code"),
    [(0, 410, "resync"), (1, 200, None), (10**6, 400, "invalid"), (-1, 400, "invalid")],
)
def test_a_replay_of_what_is_forgotten_or_to_come_is_refused(
    hook, shop, manager, api, after, status, code
):
    newest = publish(shop, *["order_created"] * 5)
    Event.objects.filter(shop=shop, seq=1).delete()
    before = outbox.cursor(shop.pk), hook.cursor
    answer = api(manager).post(at(shop, f"/{hook.pk}/replay"), {"after": after})

    assert (answer.status_code, answer.json().get("code")) == (status, code), newest
    hook.refresh_from_db()
    if status != 200:
        assert (outbox.cursor(shop.pk), hook.cursor) == before


# --- whose they are -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_another_shops_is_unknown(hook, shop, other_shop, api, method):
    path = at(other_shop, f"/{hook.pk}")
    answer = getattr(api(other_shop.owner), method)(path, content_type="application/json")

    assert answer.status_code == 404
    assert str(shop.pk).encode() not in answer.content
    assert Webhook.objects.filter(pk=hook.pk).exists()


def test_cashiers_have_no_business_with_them(hook, shop, cashier, api):
    client = api(cashier)

    assert client.get(at(shop)).status_code == 403
    assert client.post(at(shop), {"url": URL}).status_code == 403
    assert client.get(at(shop, f"/{hook.pk}/deliveries")).status_code == 403
