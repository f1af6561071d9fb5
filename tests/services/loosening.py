"""Changing rows that the database itself protects, to see whether somebody notices.

Inside the test's transaction, so that the protection is back when it ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from django.db import connection, models


def change(row: models.Model, setting: str) -> None:
    """``UPDATE`` the row behind the house's back: ``change(order, "total = total + 1")``."""
    where = " AND ".join(
        f"{field.column} = '{_text(getattr(row, field.attname))}'" for field in row._meta.pk_fields
    )
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {setting} WHERE {where}")
        assert cursor.rowcount == 1


@contextmanager
def loosened(row: models.Model) -> Iterator[None]:
    """The row's table without its triggers, checks and unique indexes."""
    loosen = _sqlite if connection.vendor == "sqlite" else _postgresql
    loosen(row._meta.db_table)
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA ignore_check_constraints = OFF")


def _sqlite(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, name FROM sqlite_master WHERE tbl_name = %s "
            "AND (type = 'trigger' OR sql LIKE 'CREATE UNIQUE INDEX%%')",
            [table],
        )
        for kind, name in cursor.fetchall():
            cursor.execute(f"DROP {kind} {name}")
        cursor.execute("PRAGMA ignore_check_constraints = ON")


def _postgresql(table: str) -> None:
    with connection.cursor() as cursor:
        # What is still to be checked at commit would keep the table from being altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass "
            "AND contype IN ('c', 'u')",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexrelid::regclass FROM pg_index "
            "WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")


def _text(value: object) -> str:
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat() if isinstance(value, date) else str(value)
