"""The operator's commands do what the desk does, by the same verbs."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command, load_command_class

from accounts.models import AuditEvent
from core import ids
from licensing import keys, sites, verdicts
from licensing.models import Alert, Command, Site, SiteContact, SiteKey
from licensing.verdicts import Envelope
from tests import factories
from tests.licensing.cloud.conftest import KEYS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = [
    "register_site", "list_sites", "extend_license", "lock_site", "unlock_site",
    "rotate_site_key", "issue_unlock_file", "check_heartbeats",
]  # fmt: skip


@pytest.fixture(autouse=True)
def clock(db):
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def run(*args, **options):
    said = StringIO()
    call_command(*map(str, args), stdout=said, no_color=True, **options)
    return said.getvalue()


def asked(*args):
    return json.loads(run(*args, "--json"))


@pytest.mark.parametrize("name", NAMES)
def test_each_has_help_with_an_example_and_json(name):
    command = load_command_class("licensing", name)
    told = command.create_parser("manage.py", name).format_help()

    assert f"Example: manage.py {name}" in re.sub(r"\s+", " ", told)
    assert "--json" in told
    assert ("--dry-run" in told) is (name != "list_sites")


def test_a_site_is_registered(shop):
    said = run(
        "register_site", "Corner", "--owner", "Olga", "--email", "olga@example.com",
        "--expires", "2027-01-01T00:00:00Z", "--grace-days", "3", "--shop", shop.pk,
        "--reason", "New customer",
    )  # fmt: skip

    site = Site.objects.get()
    key = re.search(r"SITE_KEY=(\S+)", said)[1]
    assert f"SITE_ID={site.site_id}" in said
    assert keys.holder(keys.Claim.of(str(site.site_id), key)).id == site.pk
    assert (site.name, site.owner_name, site.grace_days) == ("Corner", "Olga", 3)
    assert list(site.shops.all()) == [shop]
    line = AuditEvent.objects.get(action="site.registered")
    assert (line.actor, line.after["reason"]) == (None, "New customer")


def test_a_dry_run_registers_nothing_and_shows_no_key():
    row = asked("register_site", "Corner", "--dry-run")

    assert (row["name"], row["dry_run"], "secret_key" in row) == ("Corner", True, False)
    assert not Site.objects.exists()
    assert "SITE_KEY" not in run("register_site", "Corner", "--dry-run")
    assert asked("register_site", "Corner")["secret_key"]


@pytest.mark.parametrize(
    "args",
    [
        ("",),
        ("Corner", "--email", "nobody"),
        ("Corner", "--expires", "soon"),
        ("Corner", "--shop", "x"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(args):
    with pytest.raises(CommandError, match=r"Nothing was changed\.$"):
        run("register_site", *args)
    assert not Site.objects.exists()


def test_sites_are_listed(registered):
    sites.register(actor=None, fields={"name": "Bar", "is_active": False})
    sites.lock(registered.site.site_id, reason="Unpaid", actor=None)

    assert [one["name"] for one in asked("list_sites")] == ["Bar", "Corner"]
    assert [one["name"] for one in asked("list_sites", "--status", "locked")] == ["Corner"]
    said = run("list_sites")
    assert "locked (lock pending)" in said
    assert str(registered.site.site_id) in said
    assert said.endswith("2 sites.\n")
    assert run("list_sites", "--limit", "1").endswith("1 of 2 sites; see --limit.\n")
    with pytest.raises(CommandError, match="Must be one of: locked"):
        run("list_sites", "--status", "gone")


@pytest.mark.parametrize(
    ("ends", "args", "end"),
    [
        (NOW - DAY, ("--days", "10"), NOW + 10 * DAY),
        (NOW + DAY, ("--days", "10"), NOW + 11 * DAY),
        (NOW, ("--until", "2027-01-01T00:00:00Z"), datetime(2027, 1, 1, tzinfo=UTC)),
        (NOW, ("--never",), None),
    ],
)
def test_a_licence_is_extended(site, ends, args, end):
    Site.objects.update(license_expires_at=ends)

    said = run("extend_license", site.site_id, *args, "--reason", "Paid")

    assert Site.objects.get().license_expires_at == end
    assert said.startswith("The licence of Corner ")
    assert AuditEvent.objects.get(action="site.changed").after["reason"] == "Paid"


@pytest.mark.parametrize(
    "args", [("--days", "0"), ("--days", "10"), ("--until", "soon"), ("--until", ""), ()]
)
def test_an_extension_that_makes_no_sense_is_refused(site, args):
    with pytest.raises(CommandError):
        run("extend_license", site.site_id, *args)
    assert Site.objects.get().license_expires_at is None


def test_a_site_is_locked_and_unlocked(site):
    assert run("lock_site", site.site_id, "--reason", "Unpaid", "--dry-run").startswith("Dry run")
    assert not Command.objects.exists()
    assert (
        run("lock_site", site.site_id, "--reason", "Unpaid")
        == "Corner locks at its next heartbeat.\n"
    )
    assert Site.objects.get().lock_reason == "Unpaid"
    with pytest.raises(CommandError, match="locked already"):
        run("lock_site", site.site_id, "--reason", "Again")
    assert run("unlock_site", site.site_id) == "Corner unlocks at its next heartbeat.\n"
    assert run("unlock_site", site.site_id) == "Corner is not locked.\n"
    assert not Site.objects.get().is_locked


@pytest.mark.parametrize(
    "args",
    [
        ("lock_site", "--reason", "x"),
        ("unlock_site",),
        ("rotate_site_key",),
        ("extend_license", "--never"),
        ("issue_unlock_file",),
    ],
)
def test_an_unknown_site_is_refused(args):
    name, *more = args
    with pytest.raises(CommandError, match="No site has this id"):
        run(name, ids.new(), *more)


def test_a_key_is_rotated(registered):
    site = registered.site
    assert "SITE_KEY" not in run("rotate_site_key", site.site_id, "--dry-run")
    assert SiteKey.objects.count() == 1
    key = asked("rotate_site_key", site.site_id)["secret_key"]
    assert keys.holder(keys.Claim.of(str(site.site_id), key)).id == site.pk


def test_an_unlock_file_is_signed(site, tmp_path):
    assert "verdict" not in run("issue_unlock_file", site.site_id, "--dry-run")
    assert SiteContact.objects.get().seq == 0
    file = tmp_path / "corner.unlock"
    run("issue_unlock_file", site.site_id, "--days", "14", "--output", file, "--reason", "No line")

    row = json.loads(file.read_text())
    said = verdicts.verify_unlock(Envelope(**row), keys=KEYS, site_id=site.site_id)
    assert (said.seq, said.kind) == (SiteContact.LEAP, "unlock")
    assert (said.locked, said.licensed) == (False, True)
    assert said.valid_until == NOW + 14 * DAY
    line = AuditEvent.objects.get(action="site.unlock_file_issued")
    assert line.after == {"days": 14, "seq": said.seq, "reason": "No line"}
    second = json.loads(run("issue_unlock_file", site.site_id))
    again = verdicts.verify_unlock(Envelope(**second), keys=KEYS, site_id=site.site_id)
    assert again.seq == 2 * SiteContact.LEAP


@pytest.mark.parametrize(
    "facts", [{"is_locked": True}, {"is_active": False}, {"license_expires_at": NOW}]
)
def test_no_file_says_what_is_not_so(site, facts):
    Site.objects.update(**facts)

    with pytest.raises(CommandError, match="Unlock or extend it first"):
        run("issue_unlock_file", site.site_id)
    assert SiteContact.objects.get().seq == 0


@pytest.mark.parametrize("days", ["0", "91"])
def test_a_file_is_good_for_some_days(site, days):
    with pytest.raises(CommandError, match="1 to 90"):
        run("issue_unlock_file", site.site_id, "--days", days)


def test_heartbeats_are_checked_and_written_of(site):
    factories.person("sam", role="sysadmin")
    SiteContact.objects.update(last_seen_at=NOW - DAY)

    assert asked("check_heartbeats", "--dry-run")["changed"] == 1
    assert not Alert.objects.exists()
    assert asked("check_heartbeats") == {
        "sites": 1, "late": 0, "offline": 1, "dark": 0, "changed": 1, "incident": False,
        "dry_run": False,
    }  # fmt: skip
    assert [letter.to for letter in mail.outbox] == [["sam@example.com"]]
    assert "0 changed" in run("check_heartbeats")


@pytest.mark.parametrize("name", NAMES)
def test_a_restaurants_own_server_has_no_desk(settings, name):
    settings.ROLE = "shop"
    wish = {
        "register_site": ["Corner"], "list_sites": [], "check_heartbeats": [],
        "extend_license": [ids.new(), "--days", 3], "lock_site": [ids.new(), "--reason", "x"],
        "issue_unlock_file": [ids.new(), "--output", "x.unlock"],
    }.get(name, [ids.new()])  # fmt: skip
    with pytest.raises(CommandError, match="The desk is on the vendor's server"):
        run(name, *wish)
