"""``migrate`` has the time that a large table takes, and nobody else has."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql_only]

LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")


def limits() -> list[str]:
    with connection.cursor() as cursor:
        found = []
        for limit in LIMITS:
            cursor.execute(f"SHOW {limit}")
            found += cursor.fetchone()
    return found


def test_a_migration_may_take_long_but_holds_nobody_up():
    seen = []

    def look(**_):
        seen.append(limits())

    pre_migrate.connect(look, dispatch_uid="look")
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(dispatch_uid="look")

    assert {tuple(one) for one in seen} == {("0", "0", "3s")}
    assert limits() == ["8s", "10s", "3s"]
