"""Lets the test framework empty append-only tables on SQLite.

Tests that commit are cleaned up after by deleting every row, which the triggers on
movements, payments and audit refuse, as they should. They are dropped for the
clean-up and put back in the same transaction. (PostgreSQL truncates instead.)
"""

from django.db.backends.sqlite3.base import DatabaseOperations

TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
emptying = DatabaseOperations.sql_flush


def sql_flush(self, style, tables, **options):
    statements = emptying(self, style, tables, **options)
    with self.connection.cursor() as cursor:
        triggers = cursor.execute(TRIGGERS).fetchall()
    dropped = [f"DROP TRIGGER {self.quote_name(name)}" for name, _ in triggers]
    return [*dropped, *statements, *(sql for _, sql in triggers)]


def forgive_append_only_tables() -> None:
    DatabaseOperations.sql_flush = sql_flush
