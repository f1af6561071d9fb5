"""What production refuses to start with, and what to do about each."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from eventory import targets
from licensing import verdicts

SHORTEST_SECRET = 32
LOCAL = ("localhost", "127.0.0.1", "::1")


def problems(given: Mapping[str, Any], *, dev_master_otp: str, processes: int) -> list[str]:
    """Every reason not to start, each naming the variable and the remedy.

    ``given`` are the settings; ``processes`` is how many will serve at once.
    """
    return [
        *_secrets(given),
        *_doors(given, dev_master_otp),
        *_servers(given, processes),
        *_roles(given),
        *_payments(given),
        *_eventory(given),
    ]


def _secrets(given: Mapping[str, Any]) -> Iterator[str]:
    for name in ("SECRET_KEY", "JWT_SECRET_KEY"):
        if len(given[name]) < SHORTEST_SECRET:
            yield f"{name}: missing or shorter than 32 characters. Set a long random text."
    if given["SECRET_KEY"] == given["JWT_SECRET_KEY"]:
        yield "JWT_SECRET_KEY: the same as SECRET_KEY. Set another random text."
    keys = given["CREDENTIAL_KEYS"]
    if min(map(len, keys), default=0) < SHORTEST_SECRET:
        yield "CREDENTIAL_KEYS: missing or shorter than 32 characters. Set a long random text."
    if not {given["SECRET_KEY"], given["JWT_SECRET_KEY"]}.isdisjoint(keys):
        yield "CREDENTIAL_KEYS: the same as another secret. Set another random text."
    if 0 < len(given["AUDIT_KEY"]) < SHORTEST_SECRET:
        yield "AUDIT_KEY: shorter than 32 characters. Set a long random text, or none."


def _doors(given: Mapping[str, Any], dev_master_otp: str) -> Iterator[str]:
    if given["DEBUG"]:
        yield "DEBUG: it shows code to strangers. Unset it."
    if not given["ALLOWED_HOSTS"] or "*" in given["ALLOWED_HOSTS"]:
        yield "ALLOWED_HOSTS: empty, or any name at all. List the names this server has."
    if any("*" in origin for origin in given["ALLOWED_ORIGINS"]):
        yield "ALLOWED_ORIGINS: a wildcard lets any page call us. List the origins."
    if dev_master_otp:
        yield "DEV_MASTER_OTP: it opens accounts without a code. Unset it in production."
    if not (given["SESSION_COOKIE_SECURE"] and given["CSRF_COOKIE_SECURE"]):
        yield "SESSION_COOKIE_SECURE: cookies would travel in the clear. Leave it on."


def _servers(given: Mapping[str, Any], processes: int) -> Iterator[str]:
    if processes > 1 and not given["REDIS_URL"]:
        yield "REDIS_URL: several processes need it to wake each other's screens. Set it."
    if processes > 1 and given["DATABASES"]["default"]["ENGINE"].endswith("sqlite3"):
        yield "DATABASE_URL: SQLite serves one process. Use PostgreSQL, or WEB_WORKERS=1."


def _payments(given: Mapping[str, Any]) -> Iterator[str]:
    address = urlsplit(given["PAYMENT_API_URL"])
    if not given["PAYMENT_API_URL"]:
        return
    if address.scheme != "https" and address.hostname not in LOCAL:
        yield "PAYMENT_API_URL: the key would travel in the clear. Use the https address."
    if not given["PAYMENT_API_KEY"]:
        yield "PAYMENT_API_KEY: the provider does not know us without it. Set it."
    if 0 < len(given["PAYMENT_CALLBACK_SECRET"]) < SHORTEST_SECRET:
        yield "PAYMENT_CALLBACK_SECRET: shorter than 32 characters. Agree on a long random text."


def _eventory(given: Mapping[str, Any]) -> Iterator[str]:
    try:
        there = targets.origin(given["EVENTORY_API_URL"])
    except ImproperlyConfigured as problem:
        yield str(problem)
        return
    if there.scheme != "https" and there.host not in LOCAL:
        yield "EVENTORY_API_URL: passwords would travel in the clear. Use the https address."


def _roles(given: Mapping[str, Any]) -> Iterator[str]:
    yield from _signing(given)
    if given["ROLE"] != "shop":
        return
    address = urlsplit(given["CLOUD_URL"])
    if address.scheme != "https" and address.hostname not in LOCAL:
        yield "CLOUD_URL: the vendor's server, at which this site checks in. Set its https address."
    for name in ("SITE_ID", "SITE_KEY"):
        if not given[name]:
            yield f"{name}: the vendor's server names this site by it. Set what it gave you."


def _signing(given: Mapping[str, Any]) -> Iterator[str]:
    if given["ROLE"] == "cloud" and not given["LICENSE_SIGNING_KEY"]:
        yield (
            "LICENSE_SIGNING_KEY: sites believe what it signs. Set the base64url of 32 random "
            "bytes, and keep it safe: another key is not believed."
        )
    for name in ("LICENSE_SIGNING_KEY", "LICENSE_NEXT_SIGNING_KEY"):
        try:
            if given[name]:
                verdicts.SigningKey.of(given[name])
        except verdicts.BadKey:
            yield f"{name}: no signing key. Set the base64url of 32 random bytes."
