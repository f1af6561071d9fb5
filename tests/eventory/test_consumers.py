"""The proxy stands in front of Django, which answers all that is not the proxy's."""

import asyncio

import pytest

from eventory.consumers import EventoryProxy


def asked(path: str, scheme: str = "http", *headers: tuple[bytes, bytes]) -> list[str]:
    """What Django was asked for, and the statuses that the proxy answered itself."""
    seen: list[str] = []

    async def django(scope, receive, send) -> None:
        seen.append(scope["path"])

    async def receive() -> dict:
        return {"type": "http.request", "body": b""}

    async def send(message) -> None:
        if message["type"] == "http.response.start":
            seen.append(str(message["status"]))

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [*headers], "scheme": scheme, "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(EventoryProxy(django)(scope, receive, send))
    return seen


@pytest.mark.parametrize("path", ["/", "/logins", "/eventories/x", "/api/v1/shops"])
def test_django_answers_everything_else(path):
    assert asked(path) == [path]


@pytest.mark.parametrize("path", ["/eventory/x", "/eventory", "/api/eventory/x", "/eventory/../x"])
def test_the_proxy_answers_its_own(path, db):
    assert asked(path) == ["401"]


def test_a_token_in_the_clear_is_turned_away_as_everywhere(settings, db):
    settings.SECURE_SSL_REDIRECT = True
    told = (b"x-forwarded-proto", b"https")

    assert asked("/eventory/x") == ["/eventory/x"]
    assert asked("/eventory/x", "https") == ["401"]
    assert asked("/eventory/x", "http", told) == ["/eventory/x"]  # nobody of ours has said it
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert asked("/eventory/x", "http", told) == ["401"]
