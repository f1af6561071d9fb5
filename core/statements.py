"""Constant SQL: the hot verbs' statements, one text each, prepared once.

Composing SQL costs more than running it (docs/architecture.md). A hot verb therefore sends
named statements instead of ORM queries, and sends several in one go: on PostgreSQL they
travel in one pipeline, on SQLite they run in sequence. The texts hold for both databases;
a list of rows travels as one JSON parameter, so that one line and fifty lines are the same
statement.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import DatabaseError, DataError, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core import database, pipeline

#: The rows of one call's answer, in order; fields are named by ``Statement.returns``.
Answer = Sequence[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A statement with its parameters, ready to be sent; ``parts`` are those of ``as_one``."""

    statement: "Statement"
    params: Mapping[str, object]
    parts: tuple["Call", ...] = ()


class Statement:
    """One question to the database.

    ``sql`` uses ``%(name)s`` parameters. ``{name}`` stands for a list of rows given as the
    parameter ``name``; ``rows`` declares its columns, ``"id uuid, pieces integer"``.
    ``{lock[alias]}`` locks the rows of that table until the transaction ends, where the
    database locks rows. ``returns`` names and types the columns of the answer. ``sqlite``
    replaces ``sql`` where SQLite must be asked otherwise; a tuple is several statements with
    the same parameters, an empty one means that SQLite is not asked and answers nothing.
    ``busy`` is raised instead of a plain failure when a lock was not had in time.
    """

    def __init__(
        self,
        name: str,
        sql: str,
        *,
        sqlite: str | tuple[str, ...] = "",
        rows: Mapping[str, str] | None = None,
        returns: Mapping[str, type] | None = None,
        busy: type[Exception] | None = None,
    ) -> None:
        few = "" if "INSERT INTO" in sql else FEW
        lists = {each: _recordset(each, columns, few) for each, columns in (rows or {}).items()}
        spread = {each: _json_each(each, columns) for each, columns in (rows or {}).items()}
        self.kinds = kinds = list((returns or {}).values())
        self.name = name
        self.sql = sql
        self.busy = busy
        self.returns = bool(returns)
        self.row: Callable[..., Any] = namedtuple(name, returns or ())  # type: ignore[misc]
        self.text = sql.format(**lists, lock=RowLocks())
        self.prepared = pipeline.Prepared(name, self.text, returns=kinds, row=self.row)
        texts = (sqlite,) if isinstance(sqlite, str) else sqlite
        self.sqlite_texts = [(text or sql).format(**spread, lock=NoLocks()) for text in texts]
        self.readers = [FROM_SQLITE.get(kind, _same) for kind in kinds]

    def __call__(self, **params: object) -> Call:
        return Call(self, params)

    def read_sqlite(self, values: Sequence[object]) -> Any:
        """Type a row of SQLite, which keeps ids as text, moments as text, decimals as floats."""
        return self.row(
            *(
                value if value is None else reader(value)
                for reader, value in zip(self.readers, values, strict=True)
            )
        )


class Composed(Statement):
    """Several statements as one; the last one's answer is its own."""

    def __init__(self, parts: Sequence[Statement]) -> None:
        last = parts[-1]
        self.name, self.busy, self.returns = last.name, None, last.returns
        self.row, self.kinds, self.readers = last.row, last.kinds, last.readers
        texts = [part.text for part in parts]
        self.prepared = pipeline.Prepared(self.name, *texts, returns=self.kinds, row=self.row)
        self.sql = self.text = self.prepared.sql.decode()


_composed = lru_cache(maxsize=1024)(Composed)


class RowLocks:
    """``{lock[level]}`` on PostgreSQL."""

    def __getitem__(self, alias: str) -> str:
        return f"FOR UPDATE OF {alias}"


class NoLocks:
    """On SQLite the transaction is the only writer from its first statement (IMMEDIATE)."""

    def __getitem__(self, alias: str) -> str:
        return ""


# The limit takes nothing away. It tells the planner that the rows are few, not a hundred, so that
# a sale reads the wished products and not all of the shop's. What stores rows joins nothing.
FEW = "LIMIT (SELECT json_array_length(%({name})s))"


def _recordset(name: str, columns: str, few: str) -> str:
    given = f"json_to_recordset(%({name})s) AS {name}({columns})"
    return f"(SELECT * FROM {given} {few.format(name=name)}) AS {name}"  # noqa: S608 (constants)


def _json_each(name: str, columns: str) -> str:
    names = [column.split()[0] for column in columns.split(",")]
    picked = ", ".join(f"json_extract(value, '$.{column}') AS {column}" for column in names)
    return f"(SELECT {picked} FROM json_each(%({name})s)) AS {name}"  # noqa: S608 (constants)


def rows(items: Sequence[object]) -> str:
    """Encode a list of rows, dicts or structs, as the one parameter a statement takes for it."""
    return ROWS.encode(items).decode()


# Both databases take an id without its dashes; SQLite takes no other.
ROWS = msgspec.json.Encoder(uuid_format="hex", decimal_format="string")


def run(*calls: Call | None) -> list[Answer]:
    """Send the calls in order and return the answer of each; ``None`` is answered ``[]``.

    Raises Django's database errors, or the statement's ``busy``.
    """
    ours = connections["default"]  # Django's ``connection`` would look for it at every use
    if ours.connection is None:
        with ours.wrap_database_errors:
            ours.ensure_connection()
    send = _pipeline if ours.vendor == "postgresql" else _sequence
    return send(ours, calls)


def finish(*calls: Call | None) -> list[Answer]:
    """As ``run``, for a verb's last calls: on PostgreSQL its COMMIT travels with them.

    Inside another verb nothing is committed; the outermost one does that, as ever. What the
    verb does after commit still waits for Django, which finds its work done.
    """
    ours = connections["default"]
    if ours.vendor != "postgresql":
        return run(*calls)
    ours.validate_no_broken_transaction()
    is_outermost = ours.in_atomic_block and not ours.savepoint_ids
    return _pipeline(ours, calls, commits=is_outermost)


def ask(*calls: Call | None) -> list[Answer]:
    """As ``run``, for calls that only read: again on a new connection if the kept one was dropped."""
    try:
        return run(*calls)
    except (OperationalError, InterfaceError):
        ours = connections["default"]
        if ours.in_atomic_block or ours.is_usable():
            raise
        ours.close()
        return run(*calls)


def as_one(*calls: Call | None) -> Call:
    """Make several writes one call, which answers as the last of them.

    On PostgreSQL they are one statement, and none sees what another writes; no two may change
    the same row. On SQLite they run in sequence.
    """
    parts = tuple(call for call in calls if call is not None)
    return Call(_composed(tuple(part.statement for part in parts)), {}, parts)


def one(call: Call) -> Any:
    """Send one call and return the first row of its answer, or ``None``."""
    return next(iter(run(call)[0]), None)


# --- PostgreSQL -----------------------------------------------------------------------


def _pipeline(
    ours: BaseDatabaseWrapper, calls: Sequence[Call | None], *, commits: bool = False
) -> list[Answer]:
    asked = [call for call in calls if call is not None]
    if not asked:
        return [[] for _ in calls]
    if ours.queries_logged:  # Django sees only its own cursors
        ours.queries_log.extend({"sql": call.statement.sql, "time": "0"} for call in asked)
    packed = [(call.statement.prepared, _as_text(call)) for call in asked]
    try:
        with ours.wrap_database_errors:
            answers = iter(pipeline.send(ours.connection, packed, commits=commits))
    except DatabaseError as error:
        _explain(asked[getattr(error.__cause__, "place", 0)].statement, error)
        raise
    return [[] if call is None else next(answers) for call in calls]


def _explain(statement: Statement, error: DatabaseError) -> None:
    """Raise the statement's own refusal where a lock was not had in time."""
    if statement.busy is not None and database.sqlstate(error) == database.LOCK_TIMEOUT:
        raise statement.busy from error


def _as_text(call: Call) -> list[bytes | None]:
    """Every parameter as text: PostgreSQL infers the type, and a statement has one plan."""
    values = [
        None if (value := params[name]) is None else TEXT.get(type(value), _other)(value)
        for part in call.parts or (call,)
        for params in (part.params,)
        for name in part.statement.prepared.params
    ]
    if b"\0" in b"".join(filter(None, values)):  # where libpq would end the text unasked
        raise DataError("PostgreSQL's text holds no NUL.")
    return values


def _other(value: object) -> bytes:
    return str(value).encode()


TEXT: dict[type, Callable[[Any], bytes]] = {
    str: str.encode,
    int: b"%d".__mod__,
    bool: (b"f", b"t").__getitem__,
    bytes: lambda value: b"\\x" + value.hex().encode(),
    UUID: lambda value: b"%032x" % value.int,
    datetime: lambda value: value.isoformat(" ").encode(),
}


# --- SQLite ---------------------------------------------------------------------------


def _sequence(ours: BaseDatabaseWrapper, calls: Sequence[Call | None]) -> list[Answer]:
    answers: list[Answer] = []
    with ours.cursor() as cursor:
        for call in calls:
            if call is None:
                answers.append([])
                continue
            for part in call.parts or (call,):
                _execute(cursor, part)
            found = cursor.fetchall() if call.statement.returns else []
            answers.append([call.statement.read_sqlite(row) for row in found])
    return answers


def _execute(cursor: Any, call: Call) -> None:
    params = {name: TO_SQLITE.get(type(value), _same)(value) for name, value in call.params.items()}
    for text in call.statement.sqlite_texts:
        cursor.execute(text, params)


def _same(value: object) -> object:
    return value


def _moment(value: str | datetime) -> datetime:
    """Columns come as moments without a zone, expressions as text."""
    naive = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return naive.replace(tzinfo=UTC)


TO_SQLITE: dict[type, Callable[[Any], object]] = {
    UUID: lambda value: value.hex,
    bool: int,
    date: date.isoformat,
    Decimal: str,
    datetime: lambda value: value.astimezone(UTC).replace(tzinfo=None).isoformat(" "),
}

FROM_SQLITE: dict[type, Callable[[Any], object]] = {
    UUID: UUID,
    bool: bool,
    Decimal: lambda value: Decimal(str(value)),
    datetime: _moment,
}
