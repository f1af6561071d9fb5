"""Finding rows by parts of the words in their texts: at once on PostgreSQL, however many there are.

PostgreSQL is given an index of the trigrams of those texts. SQLite reads every row.
"""

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.db.migrations.operations.base import Operation
from django.db.models import Func, Q, TextField
from django.db.models.lookups import IContains

__all__ = ["SearchIndex", "holds"]

TOGETHER = " || ' ' || "
#: More words than so many are not looked at: nobody types them, and SQLite takes no thousand.
MOST = 50
#: Of so many texts PostgreSQL keeps how often their parts occur; of the usual 100 it would take
#: a word of few rows for one of many, and read them all from the newest on.
SAMPLE = 1000


def holds(words: str, *columns: str) -> Q:
    """Rows whose columns, taken together, hold each word or a part of one so spelt, in any case
    (on SQLite: of the letters A to Z).

    No column may be null.
    """
    text = Func(*columns, template="(%(expressions)s)", arg_joiner=TOGETHER)
    text.output_field = TextField()
    return Q(*(Q(IContains(text, word)) for word in words.split(maxsplit=MOST)[:MOST]))


class SearchIndex(Operation):
    """Migration step: index what ``holds`` asks of these columns of ``table``."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, table: str, *columns: str) -> None:
        self.name, self.table, self.columns = name, table, columns

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models know nothing of it."""

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        if editor.connection.vendor != "postgresql":
            return
        TrigramExtension().database_forwards(app_label, editor, before, after)
        text = TOGETHER.join(self.columns)
        index = f"USING gin (upper(({text})::text) gin_trgm_ops)"
        editor.execute(f"CREATE INDEX {self.name} ON {self.table} {index}")
        editor.execute(f"ALTER INDEX {self.name} ALTER COLUMN 1 SET STATISTICS {SAMPLE}")

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP INDEX {self.name}")  # the extension may be somebody else's, too

    def describe(self) -> str:
        return f"Index the words of {self.table}"
