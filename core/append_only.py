"""Tables that only grow: the database itself refuses to change or delete a row."""

from typing import Any

from django.db.migrations.operations.base import Operation

__all__ = ["AppendOnly"]

POSTGRESQL = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

SQLITE = """
CREATE TRIGGER {table}_append_only_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""


class AppendOnly(Operation):
    """Migration step: from now on rows of ``table`` can be added and never changed."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models know nothing of it."""

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(POSTGRESQL.format(table=self.table), params=None)
            return
        for verb in ("UPDATE", "DELETE"):
            editor.execute(SQLITE.format(table=self.table, verb=verb), params=None)

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER {self.table}_append_only ON {self.table}")
            return
        for verb in ("UPDATE", "DELETE"):
            editor.execute(f"DROP TRIGGER {self.table}_append_only_{verb}")

    def describe(self) -> str:
        return f"Make {self.table} append-only"
