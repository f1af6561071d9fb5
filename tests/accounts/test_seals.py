"""The trail's chains: what is sealed stays provable, and the first row that was touched is named."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import audit, chain, proofs, seals
from accounts.models import PLATFORM, AuditChain, AuditEvent, AuditSeal
from core import context, ids

EVENT, SEAL = "accounts_auditevent", "accounts_auditseal"


@pytest.fixture
def lines(shop, owner):
    """Six lines of the shop, sealed; what made the shop is sealed too."""
    with context.entered(address="192.0.2.7", request_id="r-1", device_id="till"):
        for n in range(6):
            audit.record(
                "price.changed",
                ("product", n),
                shop=shop,
                actor=owner,
                before={"b": 1, "a": [1.5, None, "ü"]},
                after={"n": n},
            )
    seals.seal()
    return list(AuditEvent.objects.filter(action="price.changed").order_by("pk"))


def run(sql, *params):
    """Do what the triggers forbid, as somebody would who owns the database's files."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in (EVENT, SEAL):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
            cursor.execute(sql, params)
            for table in (EVENT, SEAL):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql, params)
        for _, text in triggers:
            cursor.execute(text)


def key(value):
    return value if connection.vendor == "postgresql" else value.hex


def place(line):
    return AuditSeal.objects.get(event=line).position


def broken(shop, **more):
    return proofs.verify(shop.pk, **more).broken


def test_each_shop_has_its_chain_and_the_platform_one(shop, other_shop, owner, lines):
    audit.record("user.seen", owner, shop=None, actor=owner)

    assert seals.is_due()
    assert seals.seal() == 1
    assert not seals.is_due()
    assert seals.seal() == 0
    assert proofs.chains() == [PLATFORM, *sorted([shop.pk, other_shop.pk])]
    for one in (PLATFORM, shop.pk, other_shop.pk):
        report = proofs.verify(one)
        found = AuditEvent.objects.filter(shop=None if one == PLATFORM else one)
        assert (report.broken, report.unsealed, report.erased) == (None, 0, 0)
        assert report.length == found.count() == AuditChain.objects.get(pk=one).length
        assert [*found.order_by("seal__position")] == [*found.order_by("pk")]


def test_lines_are_sealed_in_batches_the_oldest_first(shop, owner, lines):
    for n in range(5):
        audit.record(f"batch.{n}", None, shop=shop, actor=owner)

    assert [seals.seal(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert broken(shop) is None
    order = AuditEvent.objects.filter(action__startswith="batch").order_by("seal__position")
    assert [line.action for line in order] == [f"batch.{n}" for n in range(5)]


def test_the_tail_without_seals_is_counted(shop, owner, lines):
    before = timezone.now()
    audit.record("price.changed", None, shop=shop, actor=owner)

    report = proofs.verify(shop.pk)

    assert (report.unsealed, report.broken) == (1, None)
    assert before <= report.unsealed_since <= timezone.now()


CHANGES = {
    "at": timezone.now() - timedelta(days=1),
    "shop_id": None,
    "actor_id": None,
    "action": "price.kept",
    "target_kind": "order",
    "target_id": "7",
    "before": None,
    "after": '{"n": 8}',
    "address": "192.0.2.8",
    "device": "till-2",
    "request_id": "r-2",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_line_changed_in_any_column_is_named(shop, lines, column):
    run(f"UPDATE {EVENT} SET {column} = %s WHERE id = %s", CHANGES[column], key(lines[2].pk))

    found = broken(shop)

    assert (found.kind, found.position, found.event_id) == (
        "changed",
        place(lines[2]),
        lines[2].pk,
    )
    assert "changed after it was sealed" in found.sentence


def test_every_column_is_among_those(lines):
    assert {*CHANGES, "id"} == {field.column for field in AuditEvent._meta.concrete_fields}


def test_an_address_that_is_gone_too_early_is_a_change(shop, lines):
    run(f"UPDATE {EVENT} SET address = '' WHERE id = %s", key(lines[2].pk))

    assert (broken(shop).kind, broken(shop).event_id) == ("changed", lines[2].pk)


def test_an_address_erased_in_time_leaves_the_chain_whole(shop, owner):
    long_ago = timezone.now() - proofs.ADDRESSES_KEPT - timedelta(days=1)
    line = AuditEvent.objects.create(
        shop=shop, actor=owner, action="long.ago", at=long_ago, address="192.0.2.7"
    )
    seals.seal()
    run(f"UPDATE {EVENT} SET address = '' WHERE id = %s", key(line.pk))

    report = proofs.verify(shop.pk)

    assert (report.broken, report.erased) == (None, 1)


def test_a_line_that_is_missing_is_named(shop, lines):
    position = place(lines[3])
    run(f"DELETE FROM {EVENT} WHERE id = %s", key(lines[3].pk))

    assert broken(shop) == proofs.Broken(position, "missing", lines[3].pk)


def test_a_line_missing_with_its_seal_is_named_by_its_place(shop, lines):
    position = place(lines[3])
    run(f"DELETE FROM {EVENT} WHERE id = %s", key(lines[3].pk))
    run(f"DELETE FROM {SEAL} WHERE position = %s AND chain = %s", position, key(shop.pk))

    assert broken(shop) == proofs.Broken(position, "missing")


@pytest.mark.parametrize("other", [2, 4], ids=["neighbours", "apart"])
def test_two_lines_that_changed_places_are_named(shop, lines, other):
    first, second = lines[1], lines[other]
    here, there = place(first), place(second)
    for line, position in ((first, 900), (second, here), (first, there)):
        run(f"UPDATE {SEAL} SET position = %s WHERE event_id = %s", position, key(line.pk))

    assert broken(shop) == proofs.Broken(here, "swapped", second.pk)


def test_two_lines_under_each_others_seals_are_named(shop, lines):
    first, second = lines[1], lines[4]
    position, spare = place(first), ids.new()
    for old, new in ((first.pk, spare), (second.pk, first.pk), (spare, second.pk)):
        run(f"UPDATE {SEAL} SET event_id = %s WHERE event_id = %s", key(new), key(old))

    assert broken(shop) == proofs.Broken(position, "swapped", second.pk)


def test_a_line_put_between_is_named(shop, owner, lines):
    position = place(lines[2])
    forged = AuditEvent.objects.create(shop=shop, actor=owner, action="was.always")
    for line in reversed(lines[2:]):
        run(f"UPDATE {SEAL} SET position = position + 1 WHERE event_id = %s", key(line.pk))
    AuditSeal.objects.create(
        event=forged, chain=shop.pk, position=position, digest="0" * 64, address_digest="0" * 64
    )

    assert broken(shop) == proofs.Broken(position, "inserted", forged.pk)


def test_a_chain_cut_off_at_its_end_is_named(shop, lines):
    position = place(lines[4])
    for line in lines[4:]:
        run(f"DELETE FROM {SEAL} WHERE event_id = %s", key(line.pk))
        run(f"DELETE FROM {EVENT} WHERE id = %s", key(line.pk))

    assert broken(shop) == proofs.Broken(position, "truncated")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM accounts_auditchain",
        "UPDATE accounts_auditchain SET length = length - 2",
        "UPDATE accounts_auditchain SET digest = proof",
        "UPDATE accounts_auditchain SET proof = digest",
    ],
)
def test_a_changed_end_is_named_and_never_sealed_on(shop, owner, lines, sql):
    length = place(lines[-1])
    run(f"{sql} WHERE id = %s", key(shop.pk))
    audit.record("shop.left", shop, shop=shop, actor=owner)

    assert broken(shop) == proofs.Broken(length, "head")


def test_a_broken_chain_holds_up_no_other(shop, other_shop, owner, lines):
    run("UPDATE accounts_auditchain SET length = 2 WHERE id = %s", key(shop.pk))
    for n in range(3):
        audit.record(f"mine.{n}", None, shop=shop, actor=owner)
    audit.record("theirs", None, shop=other_shop, actor=owner)

    with pytest.raises(seals.ChainBroken, match=str(shop.pk)):
        seals.seal(limit=2)

    assert AuditSeal.objects.filter(event__action="theirs").exists()
    assert not AuditSeal.objects.filter(event__action__startswith="mine").exists()


def test_an_earlier_report_shows_what_the_database_alone_cannot(shop, owner, lines):
    """Whoever has the key can seal anew; not without another seal at a place noted elsewhere."""
    noted = proofs.Point(proofs.verify(shop.pk).length, proofs.verify(shop.pk).digest)
    assert broken(shop, noted=noted) is None
    run(f"UPDATE {EVENT} SET action = 'x' WHERE id = %s", key(lines[0].pk))
    run(f"DELETE FROM {SEAL}")
    run("DELETE FROM accounts_auditchain")
    seals.seal()

    assert broken(shop) is None
    assert broken(shop, noted=noted).kind == "rewritten"
    longer = proofs.Point(noted.length + 1, noted.digest)
    assert broken(shop, noted=longer) == proofs.Broken(noted.length + 1, "truncated")


def test_another_key_proves_nothing_and_seals_nothing(shop, owner, lines, settings):
    settings.AUDIT_KEY = "another-key"
    audit.record("shop.left", shop, shop=shop, actor=owner)

    assert broken(shop).kind == "changed"
    with pytest.raises(seals.ChainBroken):
        seals.seal()


def test_without_a_key_of_its_own_the_servers_is_the_source(settings, lines):
    line = type("Line", (), {"id": lines[0].pk, "address": ""})
    of_server = chain.address_digest(line)
    settings.AUDIT_KEY = settings.SECRET_KEY

    assert chain.address_digest(line) != of_server


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"b": 1, "a": 2}', '{ "a":2,"b":1 }'),
        ("1e2", "100"),
        ("100.0", "100"),
        ("-0.0", "0"),
        ("12345678901234567890.10", "12345678901234567890.1"),
        ('"ü"', '"\\u00fc"'),
    ],
)
def test_two_databases_write_one_fact_in_two_ways(one, other):
    assert chain._facts(one) == chain._facts(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", '"1"'), ("null", None), ("[]", "{}"), ("0.1", "0.10000000000000000001")],
)
def test_different_facts_stay_different(one, other):
    assert chain._facts(one) != chain._facts(other)


def test_a_line_that_came_late_is_sealed_by_a_longer_look(shop, owner, lines):
    for days in (2, 200):
        long_ago = timezone.now() - timedelta(days=days)
        AuditEvent.objects.create(id=ids.since(long_ago), shop=shop, actor=owner, action="late")

    assert not seals.is_due()
    assert [seals.seal(), seals.seal(reach=timedelta(days=3)), seals.seal(reach=None)] == [0, 1, 1]
    assert broken(shop) is None


def test_pages_follow_each_other(shop, owner, lines, monkeypatch):
    monkeypatch.setattr(proofs, "PAGE", 3)
    read = []

    assert broken(shop, read=read.append) is None
    assert sum(read) == place(lines[-1])
    run(f"UPDATE {EVENT} SET action = 'x' WHERE id = %s", key(lines[5].pk))
    assert broken(shop).event_id == lines[5].pk


def test_nothing_sealed_is_nothing_broken(db):
    report = proofs.verify(PLATFORM)

    assert (report.length, report.unsealed, report.broken) == (0, 0, None)
    assert seals.seal() == 0


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_fork_a_chain(shop, owner):
    for n in range(60):
        audit.record(f"line.{n}", None, shop=shop if n % 2 else None, actor=owner)
    start = threading.Barrier(4)
    sealed, failed = [], []

    def work():
        start.wait()
        try:
            while done := seals.seal(limit=7):
                sealed.append(done)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failed == []
    assert sum(sealed) == AuditEvent.objects.count() == AuditSeal.objects.count()
    assert broken(shop) is None
    assert proofs.verify(PLATFORM).broken is None
