"""PostgreSQL's pipeline, spoken through libpq itself: prepared statements, one flush, one read.

The driver's cursors cost more than the statements they carry; parameters that are text already
and answers of known types need none of what they do. Transactions stay with the driver and
Django: only ``BEGIN`` rides along where the driver would have sent it. One statement alone, known
to the connection and outside of a transaction, needs no pipeline.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from psycopg import OperationalError, errors
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

__all__ = ["Prepared", "send"]

#: Which statements a connection has prepared.
_known: WeakKeyDictionary[Any, set[bytes]] = WeakKeyDictionary()
_names = count()

# Plain numbers: comparing members of an enumeration costs more than the answers they tell of.
TUPLES_OK, COMMAND_OK = int(ExecStatus.TUPLES_OK), int(ExecStatus.COMMAND_OK)
FATAL_ERROR, BAD = int(ExecStatus.FATAL_ERROR), int(ConnStatus.BAD)

PARAMETER = re.compile(r"%\((\w+)\)s")


class Prepared:
    """A statement's text with numbered parameters, the name it is prepared by, its answer.

    Of several ``texts`` the last answers, and those before it are parts of its ``WITH``.
    ``params`` names each text's own parameters, one text's after the other's.
    """

    def __init__(
        self, name: str, *texts: str, returns: Sequence[type], row: Callable[..., Any]
    ) -> None:
        self.name = f"{name}_{next(_names)}".encode()
        self.params: list[str] = []
        *parts, last = [self._numbered(text) for text in texts]
        self.sql = (_with(parts, last) if parts else last).encode()
        self.columns = list(enumerate(READ[kind] for kind in returns))
        self.row = row

    def _numbered(self, text: str) -> str:
        names = list(dict.fromkeys(PARAMETER.findall(text)))
        places = {name: f"${place}" for place, name in enumerate(names, len(self.params) + 1)}
        self.params += names
        return PARAMETER.sub(lambda found: places[found[1]], text).replace("%%", "%")

    def read(self, result: Any) -> list[Any]:
        """Type the rows of an answer, which come as text."""
        value, columns = result.get_value, self.columns
        return [
            self.row(
                *[
                    None if (text := value(place, column)) is None else reader(text)
                    for column, reader in columns
                ]
            )
            for place in range(result.ntuples)
        ]


def _with(parts: Sequence[str], last: str) -> str:
    before = ", ".join(f"part_{place} AS ({text})" for place, text in enumerate(parts))
    own = re.match(r"\s*WITH\b", last)
    return f"WITH {before}, {last[own.end() :]}" if own else f"WITH {before} {last}"


def send(
    raw: Any, asked: Sequence[tuple[Prepared, Sequence[bytes | None]]], *, commits: bool = False
) -> list[list[Any]]:
    """Send statements with their parameters in one go and return each one's rows.

    ``raw`` is the driver's connection. ``commits``: the transaction ends with them. Raises the
    driver's errors, with the place of the statement that failed as ``place``.
    """
    pgconn = raw.pgconn
    known = _known.setdefault(raw, set())
    if len(asked) == 1 and raw.autocommit and not commits and asked[0][0].name in known:
        return [_alone(raw, *asked[0])]
    sent = set(known)  # a statement may stand twice in one batch, and is prepared once
    expected: list[tuple[bytes, int]] = []
    pgconn.enter_pipeline_mode()
    try:
        if not raw.autocommit and pgconn.transaction_status == TransactionStatus.IDLE:
            pgconn.send_query_params(b"BEGIN", None)
            expected.append((b"", 0))
        for place, (statement, values) in enumerate(asked):
            if statement.name not in sent:
                sent.add(statement.name)
                pgconn.send_prepare(statement.name, statement.sql)
                expected.append((statement.name, place))
            pgconn.send_query_prepared(statement.name, values)
            expected.append((b"", place))
        if commits:
            pgconn.send_query_params(b"COMMIT", None)
            expected.append((b"", 0))
        pgconn.pipeline_sync()
        _flush(pgconn)
        answers, failed = _collect(pgconn, expected, asked, known)
        pgconn.exit_pipeline_mode()
    except BaseException:
        raw.close()  # half a conversation cannot be continued
        raise
    if failed is not None:
        raise failed
    return answers


def _alone(raw: Any, statement: Prepared, values: Sequence[bytes | None]) -> list[Any]:
    """One prepared statement and its answer, for which libpq needs no pipeline.

    It waits inside libpq, where other threads go on with their work.
    """
    pgconn = raw.pgconn
    result = pgconn.exec_prepared(statement.name, values)
    if pgconn.status == BAD:
        raw.close()
        raise OperationalError(pgconn.get_error_message() or "the connection is lost")
    if result.status == FATAL_ERROR:
        failed = errors.error_from_result(result)
        if failed.sqlstate is None:
            # libpq complains itself: a server that crashed has left a last warning and is gone.
            raw.close()
            raise OperationalError(str(failed))
        failed.place = 0  # type: ignore[attr-defined]
        raise failed
    return statement.read(result)


def _collect(
    pgconn: Any,
    expected: Sequence[tuple[bytes, int]],
    asked: Sequence[tuple[Prepared, Any]],
    known: set[bytes],
) -> tuple[list[list[Any]], Exception | None]:
    """Read what every sent command answers, up to the end of the pipeline."""
    answers: list[list[Any]] = [[] for _ in asked]
    failed: Exception | None = None
    results = _results(pgconn, len(expected))  # which ``strict`` reads to the very end
    for (prepared, place), result in zip(expected, results, strict=True):
        status = result.status
        if status == TUPLES_OK:
            answers[place] = asked[place][0].read(result)
        elif status == COMMAND_OK:
            if prepared:
                known.add(prepared)
        elif status == FATAL_ERROR and failed is None:
            failed = errors.error_from_result(result)
            failed.place = place  # type: ignore[attr-defined]
    return answers, failed


def _results(pgconn: Any, count: int) -> Iterator[Any]:
    """The result of each sent command, up to and with the end of the pipeline."""
    is_busy, take = pgconn.is_busy, pgconn.get_result
    for _ in range(count):
        if is_busy():
            _wait(pgconn)
        result = take()
        if result is None or pgconn.status == BAD:
            raise OperationalError(pgconn.get_error_message() or "the connection is lost")
        yield result
        if is_busy():
            _wait(pgconn)
        take()  # the end of this command
    if is_busy():
        _wait(pgconn)
    take()  # the end of the pipeline


def _wait(pgconn: Any) -> None:
    """Wait for the next result without keeping other threads from their work."""
    ready = poll()
    ready.register(pgconn.socket, POLLIN)
    while pgconn.is_busy():
        ready.poll()
        pgconn.consume_input()


def _flush(pgconn: Any) -> None:
    if not pgconn.flush():
        return
    ready = poll()
    ready.register(pgconn.socket, POLLIN | POLLOUT)
    while pgconn.flush():
        for _, what in ready.poll():
            if what & POLLIN:
                pgconn.consume_input()


def _id(text: bytes) -> UUID:
    return _read_id(b'"%b"' % text)


_read_id = msgspec.json.Decoder(UUID).decode  # three times as fast as the class itself


def _moment(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode()).astimezone(UTC)


READ: dict[type, Callable[[bytes], Any]] = {
    int: int,
    str: bytes.decode,
    bool: b"t".__eq__,
    UUID: _id,
    Decimal: lambda text: Decimal(text.decode()),
    bytes: lambda text: bytes.fromhex(text[2:].decode()),
    datetime: _moment,
}
