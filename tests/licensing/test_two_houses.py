"""A vendor's server and a restaurant's own, two processes with two databases, and whoever cheats.

The whole life of a licence over the wire: register, heartbeat, lock, unlock, extend, a new key, a
lost line and its return; clocks turned back, forward and stopped; answers forged and replayed;
an older database restored. What it may never do is sell under a lock or beyond its grace.
"""

import json
import os
import shutil
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from licensing.verdicts import SigningKey
from pos import catalog
from pos.models import Product
from tests import factories
from tests.licensing.vendor import OTHER_SEED, Vendor, sent
from tests.licensing.wire import Wire
from tests.services import processes
from tests.services.processes import Process
from tests.services.servers import ROOT

HOUR, DAY = 3600, 86400
SEED = "c" * 42 + "A"
SECONDS = 20  # nothing takes so long unless it never comes


class House:
    """A server of ours, on a port and with a database of its own."""

    def __init__(self, home: Path, database: Path, **environment: str) -> None:
        home.mkdir()
        (home / "static").mkdir()
        self.home, self.database = home, home / "db.sqlite3"
        shutil.copy(database, self.database)
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "VAR_DIR": str(home),
            "REDIS_URL": "",
            "LOG_LEVEL": "WARNING",
            **environment,
        }
        self.token = ""

    def start(self) -> None:
        self.process = Process(
            self.command(), log=self.home / "log", environment=self.environment, cwd=ROOT
        )
        self.process.wait_until(lambda: processes.listening(self.port))

    def stop(self) -> None:
        self.process.stop()

    def command(self) -> list[str]:
        daphne = ["daphne", "-b", "127.0.0.1", "-p", str(self.port), "config.asgi:application"]
        return [sys.executable, "-m", *daphne]

    def ask(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"{self.url}/api/v1/{path}", method=method, data=data, headers=headers
        )
        try:
            with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def sign_in(self, person: str) -> None:
        self.token = ""
        status, said = self.ask(
            "POST", "auth/login", {"username": person, "password": factories.PASSWORD}
        )
        assert status == 200, said
        self.token = said["access_token"]

    def row(self, table: str) -> dict:
        with closing(sqlite3.connect(self.database)) as file:
            file.row_factory = sqlite3.Row
            return dict(file.execute(f"SELECT * FROM {table}").fetchone() or {})


class Restaurant(House):
    """A restaurant's own server, its clocks and its till."""

    def __init__(self, home: Path, database: Path, shop, product, **environment: str) -> None:
        super().__init__(home, database, COUNTERTOP_ROLE="shop", **environment)
        self.shop, self.product = f"shops/{shop.pk}", str(product.pk)
        self.clocks = {"shift": 0, "frozen": False, "ran": 0}
        self.control = home / "clocks.json"
        self.control.write_text(json.dumps(self.clocks))

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.licensing.clocked", str(self.control), str(self.port)]

    def turn(self, **clocks) -> None:
        """Turn its clocks, and let it look at them."""
        self.clocks |= clocks
        new = self.control.with_suffix(".new")
        new.write_text(json.dumps(self.clocks))
        new.replace(self.control)
        done = self.control.with_suffix(".done")
        until(lambda: done.exists() and json.loads(done.read_text()) == self.clocks)
        seen = self.licence["high_water_at"]
        until(lambda: self.licence["high_water_at"] != seen)
        self.sign_in("manu")

    @property
    def licence(self) -> dict:
        return self.row("licensing_license")

    def next_verdict(self, since: int) -> None:
        until(lambda: self.licence.get("seq", 0) > since)

    def sells(self) -> bool:
        """Whether it takes a new order; if not, that is a 423 and nothing else."""
        status, said = self.order()
        assert status in (201, 423), said
        return status == 201

    def order(self, **more) -> tuple[int, dict]:
        items = [{"product_id": self.product, "quantity": 1}]
        return self.ask("POST", f"{self.shop}/orders", {"items": items} | more)


def until(true) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.fixture
def database(transactional_db, tmp_path, shop, manager, sysadmin):
    """A migrated database with people, a shop and a product, as both houses begin."""
    fields = {"name": "Tea", "price": 250, "stock_policy": "allow"}
    catalog.add(shop=shop, actor=manager, fields=fields)
    with closing(sqlite3.connect(tmp_path / "begin.sqlite3")) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    return tmp_path / "begin.sqlite3"


@pytest.fixture
def cloud(database, tmp_path):
    house = House(tmp_path / "cloud", database, COUNTERTOP_ROLE="cloud", LICENSE_SIGNING_KEY=SEED)
    house.start()
    house.sign_in("sam")
    yield house
    house.stop()


@pytest.fixture
def site(cloud):
    """A registered site, with the key that is shown once."""
    status, said = cloud.ask("POST", "sites", {"name": "Corner", "contact_email": "c@example.com"})
    assert status == 201, said
    return said


@pytest.fixture
def wire(cloud):
    """The restaurant's line to the vendor."""
    line = Wire(cloud.port)
    yield line
    line.close()


@pytest.fixture
def restaurant(database, tmp_path, wire, site, shop):
    house = Restaurant(
        tmp_path / "shop",
        database,
        shop,
        Product.objects.get(),
        CLOUD_URL=wire.url,
        SITE_ID=site["site_id"],
        SITE_KEY=site["secret_key"],
        LICENSE_CONTACT="desk@example.com",
    )
    house.start()
    house.sign_in("manu")
    yield house
    house.stop()


@pytest.mark.sqlite_only
def test_the_life_of_a_licence(cloud, site, wire, restaurant):
    where = f"sites/{site['site_id']}"
    restaurant.next_verdict(0)
    assert cloud.ask("GET", where)[1]["connection"] == "online"

    # An open sale, a paid one, an open drawer: then the lock.
    held = restaurant.order()[1]
    paid = restaurant.order(payment_method="cash")[1]
    register = restaurant.ask("POST", f"{restaurant.shop}/registers", {"name": "Front"})[1]
    drawer = {"register_id": register["id"], "float": "50.00"}
    shift = restaurant.ask("POST", f"{restaurant.shop}/shifts", drawer)[1]
    backup(restaurant.database, restaurant.home / "before.sqlite3")

    assert cloud.ask("POST", f"{where}/lock", {"reason": "Unpaid."})[0] == 200
    until(lambda: restaurant.licence["is_locked"])
    status, said = restaurant.order()
    assert (status, said["code"]) == (423, "site_locked")
    assert (said["lock_reason"], said["contact_email"]) == ("Unpaid.", "desk@example.com")
    product = {"name": "Cake", "price": "1.00"}
    assert restaurant.ask("POST", f"{restaurant.shop}/products", product)[0] == 423
    orders = f"{restaurant.shop}/orders"
    cash = {"method": "cash", "amount": held["total"]}
    assert restaurant.ask("POST", f"{orders}/{held['id']}/payments", cash)[0] == 201
    refund = {"amount": paid["total"], "reason": "Cold"}
    assert restaurant.ask("POST", f"{orders}/{paid['id']}/refunds", refund)[0] == 201
    closing_up = f"{restaurant.shop}/shifts/{shift['id']}/close"
    assert restaurant.ask("POST", closing_up, {"counted": "50.00"})[0] in (200, 201)

    # It gets a new key. An older database comes back, without a line; then liars answer.
    old, new = site["secret_key"], cloud.ask("POST", f"{where}/rotate-key", {})[1]["secret_key"]
    assert heartbeat(cloud, site["site_id"], old)[0] == 200
    restaurant.environment["SITE_KEY"] = new
    wire.lead(None)
    known = restart(restaurant, database=restaurant.home / "before.sqlite3")
    assert not restaurant.sells()
    assert restaurant.licence["seq"] == known["seq"]
    hear_lies(site, wire, restaurant)
    wire.lead(cloud.port)

    restaurant.next_verdict(known["seq"])
    assert not restaurant.sells()
    assert cloud.ask("GET", where)[1]["is_locked"] is True
    assert cloud.ask("POST", f"{where}/unlock", {})[0] == 200
    until(lambda: not restaurant.licence["is_locked"])
    assert restaurant.sells()
    assert heartbeat(cloud, site["site_id"], old)[0] == 401
    assert heartbeat(cloud, site["site_id"], new)[0] == 200

    # The licence ends, and is extended.
    assert cloud.ask("PUT", where, {"license_expires_at": "2026-01-01T00:00:00Z"})[0] == 200
    until(lambda: restaurant.licence["license_expires_at"] is not None)
    assert restaurant.order()[1]["code"] == "site_restricted"
    assert cloud.ask("PUT", where, {"license_expires_at": None})[0] == 200
    until(lambda: restaurant.licence["license_expires_at"] is None)
    assert restaurant.sells()

    lose_the_line(cloud, wire, restaurant)
    turn_the_clock_by_mistake(cloud, wire, restaurant)
    commands = cloud.ask("GET", where)[1]["commands"]
    assert [one["kind"] for one in commands] == ["unlock", "lock"]
    for one in commands:
        assert one["requested_at"] < one["delivered_at"] < one["acknowledged_at"]


def lose_the_line(cloud, wire, restaurant):
    """Grace by the wall clock and by run time, whoever turns which clock."""
    wire.lead(None)
    restaurant.turn(shift=6 * DAY)
    assert restaurant.sells()
    backup(restaurant.database, restaurant.home / "grace.sqlite3")
    restaurant.turn(frozen=True, ran=HOUR)
    assert restaurant.sells()
    restaurant.turn(ran=DAY + HOUR)  # the clock stands still, and the machine goes on
    assert not restaurant.sells()
    restaurant.turn(frozen=False, shift=-30 * DAY)
    assert not restaurant.sells()
    restart(restaurant, database=restaurant.home / "grace.sqlite3")
    assert not restaurant.sells()
    assert restaurant.licence["turned_back_seconds"] > 30 * DAY

    known = restaurant.licence
    wire.lead(cloud.port)
    restaurant.next_verdict(known["seq"])
    assert restaurant.sells()  # whatever its clock says


def turn_the_clock_by_mistake(cloud, wire, restaurant):
    """Forward a year and back, without a line; then the line comes back."""
    restaurant.turn(shift=0)
    assert restaurant.sells()
    wire.lead(None)
    restaurant.turn(shift=365 * DAY)
    assert not restaurant.sells()
    restaurant.turn(shift=0)
    assert not restaurant.sells()
    known = restaurant.licence
    wire.lead(cloud.port)
    restaurant.next_verdict(known["seq"])
    assert restaurant.sells()
    assert restaurant.licence["turned_back_at"] is None


def hear_lies(site, wire, restaurant):
    """Somebody answers in the vendor's place: an old verdict, an unsigned one, one of his own."""
    stranger = Vendor(site["site_id"])
    wire.lead(stranger.server.server_port)
    try:
        for lie in (old_verdict(restaurant), unsigned, own_key(stranger)):
            stranger.answer = lie
            refused = restaurant.licence["refused"]
            until(lambda refused=refused: restaurant.licence["refused"] > refused + 1)
            assert not restaurant.sells()
    finally:
        stranger.stop()


def old_verdict(restaurant):
    with closing(sqlite3.connect(restaurant.home / "before.sqlite3")) as file:
        [kept] = file.execute("SELECT verdict, signature, key_id FROM licensing_license")
    said = dict(zip(("verdict", "signature", "key_id"), kept, strict=True))
    return lambda asked: (200, {}, json.dumps(said).encode())


def unsigned(asked):
    return 200, {}, json.dumps({"licensed": True, "locked": False, "lock_reason": ""}).encode()


def own_key(stranger):
    def answer(asked):
        if asked is None:  # the site wants a line, too
            return 404, {}, b""
        said = stranger.said(nonce=asked["nonce"], seq=10**6)
        return sent(stranger.sign(said, SigningKey.of(OTHER_SEED)))

    return answer


def restart(restaurant, database=None) -> dict:
    """Stop it, perhaps restore a database, start it; the licence as it was before."""
    known = restaurant.licence
    restaurant.stop()
    if database is not None:
        for ending in ("", "-wal", "-shm"):
            Path(f"{restaurant.database}{ending}").unlink(missing_ok=True)
        shutil.copy(database, restaurant.database)
    restaurant.start()
    seen = restaurant.licence["machine_seconds"]
    until(lambda: restaurant.licence["machine_seconds"] != seen)
    restaurant.sign_in("manu")
    return known


def backup(database, to):
    with closing(sqlite3.connect(database)) as file, closing(sqlite3.connect(to)) as copy:
        file.backup(copy)


def heartbeat(cloud, site_id, key) -> tuple[int, dict]:
    asked = urllib.request.Request(
        f"{cloud.url}/api/v1/heartbeat",
        method="POST",
        data=b'{"version": "1.0", "uptime_seconds": 1}',
        headers={"Content-Type": "application/json", "X-Site-ID": site_id, "X-Site-Key": key},
    )
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())
