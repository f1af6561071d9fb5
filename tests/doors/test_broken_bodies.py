"""Nonsense in every form at every address of the API: a refusal in JSON, never a page or a 500."""

import json
import random

import pytest

from tests.doors import houses, routes
from tests.doors.asking import browser_of, client_of, filled
from tests.doors.cases import CASES

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "x")
KINDS = (
    "application/json", "application/json; charset=utf-16", "application/JSON", "text/html", "",
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
    "text/plain; charset=\"", "application/xml", "a/b; charset=nonsense", "/", ";",
    "application/json; charset=nonsense",
)  # fmt: skip
VALUES = (
    None, True, 0, -1, 1.5, 10**19, -(10**40), 1e300, "", " ", "\0", "é\u202e", "x" * 5000,
    "<script>alert(1)</script>", "=1+1", "１２", "1_0", "1e3", "NaN", "-0.00", "0.001", [], {},
    [None], [[]], {"a": {"b": []}}, "018f0000-0000-7000-8000-000000000000", "2026-02-30",
    "../../etc/passwd", "' OR 1=1 --", "{{7*7}}", "%s%n",
)  # fmt: skip
RAW = (
    b"", b"{", b"[]", b"null", b"1", b'"x"', b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":"\\u0000"}',
    b'{"a":"\\ud800"}', b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 6000, b'{"a":' * 3000, b"{}{}",
    b'{"a":1e999999999}', b'{"a":' + b"9" * 4000 + b"}", b"a=1&a=2", b"--x\r\n\r\n", b"<html>",
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../x"\r\n\r\n1\r\n--x--',
    b"{" + b" " * (1024 * 1024) + b"}",
)  # fmt: skip
ROUTES = routes.api()


def bent(chance: random.Random, body):
    """A good body with one place of it wrong."""
    if not isinstance(body, dict) or not body:
        return chance.choice(VALUES)
    key = chance.choice([*body])
    how = chance.randrange(4)
    if how == 0:
        return {name: value for name, value in body.items() if name != key}
    if how == 1:
        return body | {chance.choice(["extra", "__proto__", "", "shopId", key.title()]): 1}
    if isinstance(body[key], list) and body[key] and how == 2:
        return body | {key: [bent(chance, body[key][0]), *body[key][1:]]}
    return body | {key: chance.choice(VALUES)}


def tried(chance: random.Random, route, house):
    """One try: method, content type, body, query and headers."""
    methods = [method for path, method in CASES if path == route.path]
    method = chance.choice(methods if chance.random() < 0.6 else METHODS)
    case = CASES.get((route.path, method))
    good = filled(case.body, house.ids, house.secrets) if case and case.body else {}
    if chance.random() < 0.65:
        kind, raw = "application/json", json.dumps(bent(chance, good), default=repr).encode()
    else:
        kind, raw = chance.choice(KINDS), chance.choice(RAW)
    names = ("limit", "cursor", "skip", "page", "q", "state", "since", "until", "x\0")
    query = {}
    if chance.random() < 0.4:
        asked = chance.choice([*names, *(case.query if case else ())])
        query = {asked: str(chance.choice(VALUES))}
    headers = {}
    if chance.random() < 0.3:
        name = chance.choice(
            ["Idempotency-Key", "If-Match", "If-None-Match", "Accept", "X-Request-ID"]
        )
        headers = {name: chance.choice(["x" * 300, "é", "*/*", '"1"', "text/html", "\0", "a,b"])}
    return method, kind, raw, query, headers


#: Addresses that answer with something else than JSON.
PAPERS = {
    "products.csv": "text/csv; charset=utf-8",
    "receipt.html": "text/html; charset=utf-8",
    "receipt.txt": "text/plain; charset=utf-8",
    "receipt.pdf": "application/pdf",
    "receipt.escpos": "application/octet-stream",
}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_nonsense_is_refused_in_json(street, route, request):
    seed = f"seed 1 {route.path}"
    chance = random.Random(seed)
    house = street.ours
    clients = [client_of(house, who) for who in ("owner", "manager", "cashier", "till", "nobody")]
    clients.append(browser_of(house.people["owner"]))
    if route.path.startswith("admin/"):
        clients += [client_of(house, "developer")] * 6
    rounds = 120 if request.config.getoption("long") else 12
    for number in range(rounds):
        method, kind, raw, query, headers = tried(chance, route, house)
        client = clients[number % len(clients)]
        ids = dict(house.ids)
        url = route.url(ids, chance.choice(["api/v1/", "api/"]))
        url += chance.choice(["", "/"])
        response = client.generic(
            method, url, raw, content_type=kind, query_params=query, headers=headers
        )
        said = (seed, number, method, url, kind, raw[:200], query, headers, response)
        assert response.status_code < 500, said
        if response.status_code >= 400:
            check_refusal(response, method, said)
        elif b"".join(response):
            assert response["Content-Type"] in kinds(route, method), said


def kinds(route, method: str) -> set[str]:
    """What an address may answer with where it refuses nothing."""
    place = route.path.rpartition("/")[2]
    if place == "receipt" and method in ("GET", "HEAD"):
        return {PAPERS["receipt.html"], PAPERS["receipt.txt"]}
    if place.endswith(".csv"):
        return {"text/csv; charset=utf-8"}
    return {PAPERS.get(place, "application/json")}


def check_refusal(response, method, said) -> None:
    assert response["Content-Type"] == "application/json", said
    if method == "HEAD":
        return
    body = response.json()
    assert body["detail"] == body["error"], said
    assert isinstance(body["detail"], str), said
    assert {"code", "request_id"} <= body.keys(), said
    for trace in ("Traceback", "<html", "<!doctype", "SELECT ", "site-packages"):
        assert trace.lower() not in response.text.lower() or trace.encode() in said[5], said


PATHS = (
    "/api/v1/../admin/", "/api/v1/shops/%2e%2e/x", "/api/v1//shops", "/api/v1/shops\\x",
    "/api/v1/shops/%00", "/api/v1/shops/x", "/api/v1/users/%2F", "/api/v1/users/1",
    "/api/v1/shops/018f0000000070008000000000000000", "/api/v2/shops", "/api/v1/http://x/",
    "/api/v1/%ff", "/auth/x", "/auth/../admin", "/api", "/auth", "/logins/x", "/eventory/x",
    "/api/v1/shops/" + "a" * 3000, "/api/v1/shops;x=1", "/api/v1/docs/x", "/api/v1/openapi.json/x",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.django_db
def test_an_unknown_address_is_refused_in_json(path, method):
    response = client_of(None, "nobody").generic(method, path, b"", content_type="text/html")

    assert response.status_code in (401, 404, 405), response
    check_refusal(response, method, ("", 0, method, path, "", b""))


def test_the_database_of_a_fuzz_is_whole(street):
    assert houses.everything()
