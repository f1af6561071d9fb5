"""A flood of forms from everywhere, in front of the server that people run."""

import http.client
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from portal.models import Lead
from pos import catalog, stock
from pos.stock import Step
from tests.eventory.conftest import token_of

FLOOD = 10_000
SENDERS = 8

Call = Callable[..., int]
Times = dict[str, list[float]]


@contextmanager
def calling(url: str, **headers: str) -> Iterator[Call]:
    """One line to the server: ``call(method, path, body)`` answers the status."""
    place = urlsplit(url)
    with closing(http.client.HTTPConnection(place.hostname, place.port, timeout=60)) as line:

        def call(method: str, path: str, body: object = None, **more: str) -> int:
            sent = None if body is None else json.dumps(body)
            line.request(method, path, sent, {"Content-Type": "application/json"} | headers | more)
            answer = line.getresponse()
            answer.read()
            return answer.status

        yield call


def address(number: int) -> str:
    """Each from a network of its own, of both kinds."""
    if number % 2:
        return f"2001:db8:{number >> 8:x}:{number & 255:x}::7"
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def flood(url: str, numbers: Iterator[int]) -> Counter[int]:
    """Send forms until there are enough of them; answers how often which status came."""
    found: Counter[int] = Counter()
    with calling(url) as call:
        while (number := next(numbers)) < FLOOD:
            form = {"name": "Ada", "email": f"a{number}@x.example", "message": f"Question {number}"}
            found[call("POST", "/contact", form, **{"X-Forwarded-For": address(number)})] += 1
    return found


def look(acts: dict[str, Callable[[], int]], seconds: Times) -> None:
    """Do each once, and keep how long it took."""
    for name, act in acts.items():
        began = time.perf_counter()
        assert act() in (200, 201), name
        seconds.setdefault(name, []).append(time.perf_counter() - began)


def told(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    at = [ordered[min(len(ordered) - 1, len(ordered) * part // 100)] for part in (50, 95)]
    return "p50 {:.0f} ms, p95 {:.0f} ms of {}".format(*(1000 * one for one in at), len(ordered))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_10_000_forms_trip_the_breaker_and_the_rest_goes_on(serve, shop, owner, capsys):
    """The times are printed; that everybody else is served, and how few forms are, is asserted."""
    tea = catalog.add(shop=shop, actor=owner, fields={"name": "Tea", "price": 250})
    step = Step("receive", pieces=100_000)
    stock.change(product_id=tea.id, step=step, shop=shop, actor=owner)
    server = serve(TRUSTED_PROXY_COUNT="1")
    base = f"/api/v1/shops/{shop.pk}"
    sale = {"items": [{"product_id": str(tea.id), "quantity": 1}], "order_type": "takeaway"}
    alone: Times = {}
    during: Times = {}
    numbers = itertools.count()
    with calling(server.url, Authorization=f"Bearer {token_of(owner)}") as me:
        acts = {
            "GET /health": lambda: me("GET", "/health"),
            "GET auth/me": lambda: me("GET", "/api/v1/auth/me"),
            "GET orders": lambda: me("GET", f"{base}/orders?limit=20"),
            "GET dashboard/summary": lambda: me("GET", "/api/v1/dashboard/summary"),
            "POST orders": lambda: me("POST", f"{base}/orders", sale),
        }
        for _ in range(50):
            look(acts, alone)
        began = time.monotonic()
        with ThreadPoolExecutor(SENDERS) as crowd:
            senders = [crowd.submit(flood, server.url, numbers) for _ in range(SENDERS)]
            while not all(map(Future.done, senders)):
                look(acts, during)
            statuses = sum((one.result() for one in senders), Counter())
        took = time.monotonic() - began

    with capsys.disabled():
        print(f"\n{FLOOD} forms in {took:.0f} s: {dict(statuses)}")  # noqa: T201
        for name in acts:
            print(f"{name}: alone {told(alone[name])}; meanwhile {told(during[name])}")  # noqa: T201
    assert {*statuses} == {201, 429}
    # 200 a minute, from however many addresses; a minute begins when it begins.
    assert 200 <= statuses[201] <= 200 * (int(took // 60) + 2)
    assert Lead.objects.count() == statuses[201]
