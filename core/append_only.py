"""Tables that only grow: the database itself refuses to change or delete a row."""

from typing import Any

from django.db.migrations.operations.base import Operation

__all__ = ["AppendOnly", "Erasing"]

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

# The same, but for emptying one column of old rows: what the law wants forgotten.
ERASING_POSTGRESQL = """
CREATE OR REPLACE FUNCTION refuse_change_but_erasing_{column}() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        OLD.{column} := '';
        IF OLD.at < now() - interval '{days} days' AND NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER {table}_append_only ON {table};
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change_but_erasing_{column}();
"""

ERASING_SQLITE = """
CREATE TRIGGER {table}_append_only_UPDATE BEFORE UPDATE ON {table}
WHEN NOT (NEW.{column} = '' AND OLD.at < datetime('now', '-{days} days') AND {same})
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


class Erasing(Operation):
    """Migration step: of rows older than ``days``, by their ``at``, this column may be emptied.

    The table is ``AppendOnly`` already, and stays so in all else.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, column: str, *, days: int) -> None:
        self.table, self.column, self.days = table, column, days

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models know nothing of it."""

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        names = {"table": self.table, "column": self.column, "days": self.days}
        if editor.connection.vendor == "postgresql":
            editor.execute(ERASING_POSTGRESQL.format(**names), params=None)
            return
        with editor.connection.cursor() as cursor:
            table = editor.connection.introspection.get_table_description(cursor, self.table)
        kept = [one.name for one in table if one.name != self.column]
        same = " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in kept)
        editor.execute(f"DROP TRIGGER {self.table}_append_only_UPDATE")
        editor.execute(ERASING_SQLITE.format(**names, same=same), params=None)

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        strict = AppendOnly(self.table)
        strict.database_backwards(app_label, editor, before, after)
        strict.database_forwards(app_label, editor, before, after)

    def describe(self) -> str:
        return f"Let {self.column} of {self.table} be emptied after {self.days} days"
