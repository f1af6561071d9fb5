"""What the operator of a restaurant's own server types about its licence."""

import json
import threading
from datetime import timedelta
from io import StringIO

import msgspec
import pytest
from django.core.management import CommandError, call_command

from licensing import client, licences, policy
from licensing.keeper import Keeper
from licensing.management.commands import heartbeat
from licensing.models import License
from licensing.policy import State

pytestmark = pytest.mark.django_db(transaction=True)


def typed(*command):
    """What it says, and the code it ends with."""
    said, code = StringIO(), 0
    try:
        call_command(*command, stdout=said)
    except SystemExit as end:
        code = end.code
    return said.getvalue(), code


def test_a_heartbeat(home, vendor, shop):
    assert typed("heartbeat") == ("Accepted verdict 1: this site is licensed.\n", 0)
    vendor.says = {"locked": True, "lock_reason": "Unpaid"}
    said = json.loads(typed("heartbeat", "--json")[0])
    assert said == {
        "accepted": True,
        "seq": 2,
        "licensed": True,
        "locked": True,
        "lock_reason": "Unpaid",
        "expires_at": None,
        "next_heartbeat_seconds": 21600,
    }


def test_a_dry_run_changes_nothing(home, vendor, shop):
    client.check_in()
    before = License.objects.values().get()
    vendor.says = {"locked": True}
    assert typed("heartbeat", "--dry-run")[0] == "Would accept verdict 2: this site is locked.\n"
    home.CLOUD_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError):
        typed("heartbeat", "--dry-run")
    assert License.objects.values().get() == before


def test_a_heartbeat_without_a_verdict_says_why(home, vendor):
    home.CLOUD_URL = "http://127.0.0.1:9"
    with pytest.raises(
        CommandError, match=r"There is no line to CLOUD_URL: ConnectError\. Nothing was changed\."
    ):
        typed("heartbeat")


@pytest.mark.parametrize("command", ["heartbeat", "license_status", "install_unlock_file"])
def test_only_a_site_that_knows_itself_has_a_licence(home, command):
    more = ["x"] if command == "install_unlock_file" else []
    home.SITE_KEY = ""
    with pytest.raises(CommandError, match="Not set: SITE_KEY"):
        typed(command, *more)
    home.ROLE = "cloud"
    with pytest.raises(CommandError, match="COUNTERTOP_ROLE=shop"):
        typed(command, *more)


@pytest.mark.parametrize(("text", "n"), [("90", 90), ("90s", 90), ("15m", 900), ("6h", 21600)])
def test_how_often(text, n):
    assert heartbeat.seconds(text) == n


@pytest.mark.parametrize("text", ["", "0", "-5", "6d", "soon", "1e3"])
def test_what_is_no_length_of_time(text):
    with pytest.raises(CommandError, match="Say how often"):
        heartbeat.seconds(text)


def test_the_status_says_what_stands_and_fails_where_nothing_new_is_sold(home, vendor):
    client.check_in()
    said, code = typed("license_status")
    assert (said.splitlines()[0], code) == ("This site is active: in order.", 0)
    assert "  licence ends: never" in said.splitlines()

    vendor.says = {"locked": True, "lock_reason": "Unpaid"}
    client.check_in()
    said, code = typed("license_status")
    assert said.splitlines()[:2] == [
        "This site is locked: locked by the vendor.",
        "  reason: Unpaid",
    ]
    assert code == 1
    facts = json.loads(typed("license_status", "--json")[0])
    assert (facts["state"], facts["cause"], facts["sells"], facts["seq"]) == (
        "locked", "locked", False, 2,
    )  # fmt: skip


def test_a_file_is_installed(home, vendor, shop, tmp_path):
    vendor.says = {"locked": True}
    client.check_in()
    place = tmp_path / "unlock.json"
    place.write_bytes(msgspec.json.encode(vendor.file(days=30)))

    assert typed("install_unlock_file", str(place), "--dry-run")[0].startswith(
        "Would be good until"
    )
    assert policy.of(shop.pk).state == State.LOCKED
    assert typed("install_unlock_file", str(place))[0].startswith("This site may sell until")
    assert policy.of(shop.pk).state == State.ACTIVE
    with pytest.raises(CommandError, match="It was used before"):
        typed("install_unlock_file", str(place))
    place.write_text("{}")
    with pytest.raises(CommandError, match=r"This is no unlock file\. Nothing was changed\."):
        typed("install_unlock_file", str(place))


# --- the keeper -----------------------------------------------------------------------


def test_configured_keys_that_are_none_are_named(home, vendor, tmp_path):
    file = tmp_path / "corner.unlock"
    file.write_bytes(msgspec.json.encode(vendor.file()))
    home.LICENSE_PUBLIC_KEYS = ["typo"]
    with pytest.raises(CommandError, match="LICENSE_PUBLIC_KEYS"):
        call_command("install_unlock_file", str(file))


def test_the_keeper_calls_at_start_when_told_and_when_nudged(home, vendor):
    keeper = Keeper()
    keeper.turn()
    assert len(vendor.asked) == 1
    keeper.turn()
    assert len(vendor.asked) == 1
    assert 19440 <= keeper.call_at - keeper.called_at <= 23760 + 1

    keeper.nudge()
    keeper.turn()  # too soon after the last
    assert len(vendor.asked) == 1
    keeper.called_at -= 10
    keeper.turn()
    assert len(vendor.asked) == 2

    keeper.call_at -= 23761
    keeper.turn()
    assert len(vendor.asked) == 3


def test_the_keeper_heeds_a_busy_server_however_often_it_is_nudged(home, vendor):
    vendor.answer = lambda asked: (429, {"Retry-After": "1000"}, b"{}")
    keeper = Keeper()
    keeper.turn()
    keeper.called_at -= 100
    keeper.nudge()
    keeper.turn()
    assert len(vendor.asked) == 1
    assert keeper.call_at - keeper.called_at > 1000


def test_the_keeper_checks_in_when_the_clock_was_turned(home, vendor):
    keeper = Keeper()
    keeper.turn()
    kept = License.objects.get()
    License.objects.update(high_water_at=kept.high_water_at + timedelta(days=30))
    keeper.tick_at, keeper.called_at = 0, keeper.called_at - 10
    keeper.turn()
    assert len(vendor.asked) == 2
    assert abs(License.objects.get().high_water_at - licences.here().accepted_at).seconds < 60


def test_the_keeper_ends_when_it_is_told_to(home, vendor):
    stopping = threading.Event()
    thread = threading.Thread(target=Keeper().run, args=(stopping,))
    thread.start()
    stopping.set()
    thread.join(timeout=20)
    assert not thread.is_alive()
