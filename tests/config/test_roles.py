"""Roles: what the vendor's server and a restaurant's own server answer, each started for real."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.urls import get_resolver

from config import jobs, roles
from core import ids
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
SHOP = f"/api/v1/shops/{ids.new()}"

#: Addresses that tell the roles apart: method, address, and what answers where it is served.
COUNTER = [
    ("POST", f"{SHOP}/orders", 401),
    ("POST", f"{SHOP}/orders/", 401),
    ("GET", f"{SHOP}/products".replace("/v1", ""), 401),
    ("POST", "/api/v1/devices/pair", 400),
    ("POST", "/api/v1/live/tickets", 401),
    ("GET", f"{SHOP}/till/".replace("/api/v1", ""), 302),
]
DESK = [
    ("GET", "/api/v1/sites", 401),
    ("POST", "/api/v1/sites", 401),
    ("POST", "/api/v1/heartbeat", 401),
    ("GET", "/api/v1/licensing/keys", 200),
    ("GET", "/api/v1/dashboard/summary", 401),
    ("POST", "/waitlist", 400),
    ("GET", "/logins", 401),
]
EVERYWHERE = [
    ("GET", "/health", 200),
    ("GET", "/api/v1/auth/me", 401),
    ("POST", "/auth/login", 400),
    ("GET", SHOP, 401),
    ("GET", "/sign-in/", 200),
    ("GET", "/", 200),
    ("GET", "/admin/", 302),
]
SERVES = {
    "all": [*EVERYWHERE, *COUNTER, *DESK],
    "cloud": [*EVERYWHERE, *DESK],
    "shop": [*EVERYWHERE, *COUNTER],
}


class AsIs(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *given):
        return None


ask = urllib.request.build_opener(AsIs).open


def answer(url, method):
    sent = b"{}" if method == "POST" else None
    headers = {"Content-Type": "application/json"} if sent else {}
    wanted = urllib.request.Request(url, method=method, data=sent, headers=headers)
    try:
        with ask(wanted, timeout=30) as said:
            return said.status, said.read()
    except urllib.error.HTTPError as said:
        return said.code, said.read()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("role", ["cloud", "shop"])
def test_each_role_answers_what_it_serves_and_nothing_else(role, serve):
    server = serve(COUNTERTOP_ROLE=role)

    for method, address, status in SERVES["all"]:
        got, body = answer(f"{server.url}{address}", method)
        wanted = status if (method, address, status) in SERVES[role] else 404
        assert (got, address) == (wanted, address)
        if wanted == 404 and address.startswith("/api/"):
            assert json.loads(body)["code"] == "not_found"

    document = json.loads(answer(f"{server.url}/api/v1/openapi.json", "GET")[1])
    assert ("/api/v1/shops/{shop_id}/orders" in document["paths"]) is (role == "shop")
    assert ("/api/v1/heartbeat" in document["paths"]) is (role == "cloud")


@pytest.mark.parametrize("role", ["cloud", "shop"])
def test_pages_can_name_what_is_served_elsewhere(role, settings):
    settings.ROLE = role
    [page, *_] = [one for one in get_resolver().url_patterns if getattr(one, "name", "") == "till"]
    closed = roles.only(roles.CLOUD if role == "shop" else roles.SHOP, [page])

    assert [one.name for one in closed] == ["till"]
    assert closed[0].callback is roles.absent
    assert roles.only(role, [page]) == [page]


@pytest.mark.parametrize(("role", "shown"), [("all", True), ("shop", True), ("cloud", False)])
def test_a_server_without_a_counter_opens_no_doors_to_it(
    role, shown, settings, owner, client, shop
):
    settings.ROLE = role
    client.post("/sign-in/", {"name": owner.username, "password": factories.PASSWORD})
    page = client.get("/shops/").content.decode()
    assert shop.name in page
    assert ("/till/" in page) is shown


def test_an_unknown_role_is_refused_by_name():
    tried = manage("check", COUNTERTOP_ROLE="kiosk")
    assert tried.returncode != 0
    assert "COUNTERTOP_ROLE: kiosk is none. Say all, cloud or shop." in tried.stderr


def test_a_site_without_an_id_of_its_own_is_refused_by_name():
    tried = manage("check", COUNTERTOP_ROLE="shop", SITE_ID="corner")
    assert tried.returncode != 0
    assert "SITE_ID: corner is no id." in tried.stderr


def test_a_worker_has_the_jobs_of_its_role():
    listing = "from config.jobs import JOBS; print(*(job.name for job in JOBS), sep='\\n')"

    said = manage("shell", "-v0", "-c", listing, COUNTERTOP_ROLE="cloud").stdout.splitlines()

    assert said == [job.name for job in [*jobs.EVERYWHERE, *jobs.CLOUDS]]
    assert "tell who is there" not in said
    assert [job.name for job in jobs.JOBS] == [*said, *(job.name for job in jobs.SHOPS)]


def manage(*command, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
