"""Logs: one JSON object a line on standard output, with the request's id and without secrets.

``logging.getLogger`` and ``structlog.get_logger`` both end here.
"""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
import structlog

from core import context, redaction

__all__ = ["Formatter", "settings"]

#: What every record carries; anything beyond it was given with ``extra``.
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_encode: Callable[[object], bytes] = msgspec.json.Encoder(enc_hook=str).encode


class Formatter(logging.Formatter):
    """The way from a record to a line, from whichever library it comes."""

    def __init__(self, *, json: bool = True) -> None:
        super().__init__()
        self.write = _encode if json else speak

    def format(self, record: logging.LogRecord) -> str:
        """Write the record with its facts, its request and its trace; secrets are replaced."""
        now = context.current()
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redaction.text(record.getMessage()),
        }
        if now.request_id:
            line["request_id"] = now.request_id
        if now.address:
            line["address"] = now.address
        if now.device_id:
            line["device_id"] = now.device_id
        facts = {key: value for key, value in vars(record).items() if key not in USUAL}
        line |= redaction.values(facts)
        if record.exc_info:
            line["trace"] = redaction.text(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = redaction.text(record.stack_info)
        written = self.write(line)
        return written if isinstance(written, str) else written.decode()


def speak(line: dict[str, Any]) -> str:
    """Write the line for a person at a terminal."""
    at, level, _, event = (line.pop(key) for key in ("at", "level", "logger", "event"))
    line.pop("request_id", None)
    rest = [str(line.pop(key)) for key in ("trace", "stack") if key in line]
    facts = " ".join(f"{key}={value}" for key, value in line.items())
    return "\n".join([f"{at:%H:%M:%S} {level:<7} {event} {facts}".rstrip(), *rest])


class Standard(logging.StreamHandler[TextIO]):
    """Writes to whatever standard output is at the moment of writing."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    @property
    def stream(self) -> TextIO:
        """Standard output, also after somebody replaced it."""
        return sys.stdout

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """Keep to the present one."""


def settings(*, level: str = "INFO", json: bool = True) -> dict[str, Any]:
    """Return Django's ``LOGGING`` and set structlog up to go through it.

    ``json`` is for machines; without it lines are for a person at a terminal.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.render_to_log_kwargs,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    quiet = {"level": "WARNING", "propagate": True, "handlers": []}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Formatter, "json": json}},
        "handlers": {"out": {"()": Standard, "formatter": "line"}},
        "root": {"handlers": ["out"], "level": level.upper()},
        "loggers": {
            "django": {"level": "INFO", "propagate": True, "handlers": []},
            # Django's own line for every 4xx; ours says more (core.middleware).
            "django.request": quiet | {"level": "ERROR"},
            "django.server": quiet,
            "httpx": quiet,
            "httpcore": quiet,
            "asyncio": quiet,
        },
    }
