"""Lines are JSON, belong to their request, and hold no secret."""

import io
import json
import logging
import logging.config

import pytest
import structlog
from django.test import Client

from config import logs
from core import context, redaction

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
OPAQUE = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWo4Sg"
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ID = "0199a1b2-aaaa-7bbb-8ccc-0123456789ab"


@pytest.fixture
def written():
    """What a logger of the house writes, as text."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Formatter(json=True))
    logger = logging.getLogger("countertop.test")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream.getvalue
    logger.removeHandler(handler)


log = logging.getLogger("countertop.test")


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_json_and_names_its_request(written):
    with context.entered(request_id="r1", address="9.9.9.9", device_id="d1"):
        log.info("Sold %s", "tea", extra={"total": 300, "order_id": ID})

    (line,) = lines(written())
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "countertop.test",
        "event": "Sold tea",
        "request_id": "r1",
        "address": "9.9.9.9",
        "device_id": "d1",
        "total": 300,
        "order_id": ID,
    }


def test_structlog_writes_the_same_lines(written):
    structlog.stdlib.get_logger("countertop.test").warning("Sold", order_id=ID, token="canary1")

    (line,) = lines(written())
    assert (line["level"], line["event"], line["order_id"]) == ("warning", "Sold", ID)
    assert line["token"] == redaction.HIDDEN


def test_a_line_break_makes_no_second_line(written):
    log.info('one\n{"level":"forged"}\r\n')

    assert len(written().splitlines()) == 1


def test_what_cannot_be_encoded_is_written_as_text(written):
    log.info("odd", extra={"thing": object(), "kinds": {1, 2}})

    assert lines(written())[0]["thing"].startswith("<object")


CANARIES = [
    ("password=%s", "canary-hunter2"),
    ("Authorization: Bearer %s", "canary.short"),
    ("header %s", JWT),
    ("token: %s", "canary-x"),
    ("got '%s' from it", OPAQUE),
    ("digest %s", HEX),
    ("url postgresql://user:%s@db/x", "canary-pw"),
    ('body {"otp": "%s"}', "424242"),
    ("?ticket=%s&x=1", "canary-t"),
    ("SECRET_KEY=%s", "canary-key"),
    ("X-Site-Key: %s", "canary-site"),
]


@pytest.mark.parametrize(("text", "canary"), CANARIES)
def test_a_secret_in_a_text_is_hidden(written, text, canary):
    log.info(text, canary)
    log.info("nested", extra={"facts": [{"said": text % canary}]})
    try:
        raise ValueError(text % canary)
    except ValueError:
        log.exception("It failed")

    assert canary not in written()
    assert written().count(redaction.HIDDEN) >= 3


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "refresh_token",
        "tokens",
        "otp",
        "pin",
        "secret",
        "client_secret",
        "Authorization",
        "X-Backend-Authorization",
        "X-Site-Key",
        "api_key",
        "signing-key",
        "Idempotency-Key",
        "Cookie",
        "csrfmiddlewaretoken",
        "ticket",
        "pairing_code",
        "digest",
        "signature",
    ],
)
@pytest.mark.parametrize("value", ["canary", 424242, ["canary"], {"is": b"canary"}])
def test_a_value_under_a_secret_name_is_hidden(written, name, value):
    if isinstance(value, dict):
        value = {name: b"canary"}
    log.info("x", extra={"facts": {name: value}})

    assert "canary" not in written()
    assert "424242" not in written()


@pytest.mark.parametrize(
    "text",
    [
        f"/api/v1/shops/{ID}/orders",
        "shop_name=Café",
        "keys 5, pins 3, a monkey",
        "File /usr/lib/python3.11/site-packages/django/core/handlers/exception.py",
        "test_an_order_beyond_stock_changes_nothing_at_all_2",
        "2026-01-31T12:00:00.000000+00:00",
        "",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redaction.text(text) == text


def test_harmless_names_stay():
    facts = {"key": "k", "monkey": "m", "spinach": "s", "count": 3, "ok": True, "none": None}

    assert redaction.values(facts) == facts


def test_a_long_text_is_searched_in_no_time():
    for text in ("a-" * 100_000, "token" * 50_000, "eyJ" * 70_000, ":" * 200_000, "A" * 200_000):
        redaction.text(text)


@pytest.mark.urls("tests.core.urls")
def test_no_secret_of_a_request_reaches_the_log(caplog):
    """Whatever a request carries, in its query, headers or body, its lines do not."""
    caplog.handler.setFormatter(logs.Formatter(json=True))
    with caplog.at_level(logging.DEBUG):
        Client(raise_request_exception=False).post(
            f"/api/fails/bug?ticket=canary-q&next={JWT}",
            {"password": "canary-b", "otp": "424242"},
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {OPAQUE}",
            HTTP_COOKIE="countertop=canary-c",
        )
        Client(raise_request_exception=False).get(f"/api/fails/bug?ticket=canary-q&next={JWT}")

    assert '"status":405' in caplog.text
    assert '"status":500' in caplog.text
    for canary in ("canary", JWT, OPAQUE, "424242"):
        assert canary not in caplog.text


def test_a_person_at_a_terminal_reads_words(capsys):
    record = logging.makeLogRecord(
        {"levelname": "INFO", "name": "x", "msg": "Sold", "args": (), "order": 5, "token": "canary"}
    )

    assert logs.Formatter(json=False).format(record)[9:] == "info    Sold order=5 token=[hidden]"


def test_the_handler_follows_standard_output(capsys):
    handler = logs.Standard()
    handler.emit(logging.makeLogRecord({"msg": "here"}))

    assert capsys.readouterr().out == "here\n"


def test_the_settings_are_a_logging_configuration():
    before = logging.root.handlers[:], logging.root.level
    try:
        logging.config.dictConfig(logs.settings(level="warning"))
        assert logging.root.level == logging.WARNING
        assert type(logging.root.handlers[0]) is logs.Standard
    finally:
        logging.root.handlers[:], logging.root.level = before
