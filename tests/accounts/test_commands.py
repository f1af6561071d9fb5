"""What an operator types: proving the audit, adding a sysadmin, signing people out."""

import json
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import audit, seals, sessions
from accounts.models import PLATFORM, AuditEvent, AuthSession, User
from accounts.models import AuditChain as Chain
from core import ids


def said(*command):
    out = StringIO()
    call_command(*command, stdout=out, verbosity=0)
    return out.getvalue()


# --- audit_verify -------------------------------------------------------------------------


@pytest.fixture
def trail(shop, owner):
    for n in range(3):
        audit.record(f"line.{n}", ("thing", n), shop=shop, actor=owner)
    audit.record("platform.line", None, shop=None, actor=None)
    seals.seal()
    return shop


def cut(shop):
    """Shorten the chain of the shop, as somebody with the database's files would."""
    Chain.objects.filter(pk=shop.pk).update(length=1)


def test_whole_chains_are_proven_and_the_tail_is_shown(trail, owner):
    audit.record("line.new", None, shop=trail, actor=owner)

    lines = said("audit_verify").splitlines()

    assert lines[0] == "The platform: 1 sealed, 0 not yet."
    assert lines[1].startswith(f"Corner Café ({trail.pk}): 5 sealed, 1 not yet (since ")
    assert lines[2:] == ["2 chains whole: 6 sealed lines proven."]


def test_a_program_reads_the_same(trail):
    found = json.loads(said("audit_verify", "--json"))

    assert found["ok"] is True
    platform, shop = found["chains"]
    assert (platform["chain"], platform["shop_id"]) == (str(PLATFORM), None)
    chain = Chain.objects.get(pk=trail.pk)
    assert shop == {
        "chain": str(trail.pk),
        "shop_id": str(trail.pk),
        "shop_name": "Corner Café",
        "length": 5,
        "digest": chain.digest,
        "unsealed": 0,
        "unsealed_since": None,
        "erased_addresses": 0,
        "broken": None,
    }


def test_a_broken_chain_is_named_with_its_line_and_an_exit_code(trail):
    cut(trail)

    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 of 2 chains broken\.$") as end:
        call_command("audit_verify", stdout=out, verbosity=0)

    assert end.value.returncode == 1
    last = AuditEvent.objects.get(action="line.2")
    assert f"BROKEN at {last.seal.position}: The record of the chain's end" in out.getvalue()


def test_a_broken_chain_is_told_to_a_program_too(trail):
    cut(trail)

    out = StringIO()
    with pytest.raises(CommandError):
        call_command("audit_verify", "--json", stdout=out, verbosity=0)

    found = json.loads(out.getvalue())
    assert found["ok"] is False
    assert [chain["broken"] and chain["broken"]["kind"] for chain in found["chains"]] == [
        None,
        "head",
    ]


def test_one_shop_is_proven_alone(trail):
    found = json.loads(said("audit_verify", "--json", f"--shop={trail.pk}"))
    assert [chain["shop_name"] for chain in found["chains"]] == ["Corner Café"]

    with pytest.raises(CommandError, match="There is no shop"):
        said("audit_verify", f"--shop={ids.new()}")


def test_an_earlier_report_is_held_against_the_chains(trail, owner, tmp_path):
    kept = tmp_path / "heads.json"
    kept.write_text(said("audit_verify", "--json"))
    audit.record("line.new", None, shop=trail, actor=owner)
    seals.seal()
    assert "2 chains whole" in said("audit_verify", f"--against={kept}")

    kept.write_text(kept.read_text().replace(Chain.objects.get(pk=PLATFORM).digest, "0" * 64))
    with pytest.raises(CommandError, match="1 of 2 chains broken"):
        said("audit_verify", f"--against={kept}")
    kept.write_text("[]")
    with pytest.raises(CommandError, match="is not what --json prints"):
        said("audit_verify", f"--against={kept}")


# --- create_sysadmin ----------------------------------------------------------------------


def test_a_sysadmin_gets_a_password_that_is_shown_once(db):
    found = json.loads(
        said("create_sysadmin", "ada", "--email=ada@example.com", "--generate", "--json")
    )

    user = User.objects.get(username="ada")
    assert (user.role, user.email, str(user.pk)) == ("sysadmin", "ada@example.com", found["id"])
    assert user.check_password(found["password"])
    assert user.is_staff
    line = AuditEvent.objects.get(action="user.created")
    assert (line.actor, line.after["role"]) == (None, "sysadmin")
    assert found["password"] not in json.dumps([line.before, line.after])


def test_the_password_is_read_from_standard_input(db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", StringIO("correct horse battery\nmore\n"))

    assert said("create_sysadmin", "ada") == "The sysadmin ada may now open the console.\n"
    assert User.objects.get(username="ada").check_password("correct horse battery")


def test_a_dry_run_adds_nobody(db):
    assert "could be added" in said("create_sysadmin", "ada", "--generate", "--dry-run")
    assert not User.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("password", "arguments", "problem"),
    [
        ("short", ["ada"], "password: .*Nobody was added"),
        ("correct horse battery", ["ada", "--email=x"], "email: .*Nobody was added"),
        ("correct horse battery", ["OLGA"], "already uses.*Nobody was added"),
    ],
)
def test_a_refusal_says_what_is_wrong(owner, monkeypatch, password, arguments, problem):
    monkeypatch.setattr(sys, "stdin", StringIO(password))

    with pytest.raises(CommandError, match=problem):
        said("create_sysadmin", *arguments)

    assert list(User.objects.all()) == [owner]


# --- revoke_sessions ----------------------------------------------------------------------


@pytest.fixture
def signed_in(shop, owner, cashier, other_shop):
    for user in (owner, cashier, cashier, other_shop.owner):
        sessions.begin(user=user)


def living():
    alive = AuthSession.objects.filter(revoked_at=None).order_by("user__username")
    return [session.user.username for session in alive.select_related("user")]


def test_people_are_signed_out_everywhere(signed_in, cashier):
    assert said("revoke_sessions", "CARLA") == "Ended 2 sessions of 1 person.\n"

    assert living() == ["olga", "rival"]
    cashier.refresh_from_db()
    assert cashier.token_version == 2
    line = AuditEvent.objects.get(action="sessions.ended")
    assert (line.actor, line.target_id) == (None, str(cashier.pk))


def test_a_shop_is_signed_out_and_no_other(signed_in, shop):
    found = json.loads(said("revoke_sessions", f"--shop={shop.pk}", "--json"))

    assert found == {"people": 2, "sessions": 3, "dry_run": False}
    assert living() == ["rival"]


def test_everybody_is_signed_out(signed_in):
    assert said("revoke_sessions", "--all") == "Ended 4 sessions of 3 people.\n"
    assert living() == []


def test_a_dry_run_only_counts(signed_in):
    assert said("revoke_sessions", "--all", "--dry-run") == "Would end 4 sessions of 3 people.\n"
    assert len(living()) == 4


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Name people"),
        (["carla", "--all"], "Name people"),
        (["carla", "nobody"], "Nobody is called nobody"),
        ([f"--shop={ids.new()}"], "There is no shop"),
    ],
)
def test_a_wrong_wish_changes_nothing(signed_in, arguments, problem):
    with pytest.raises(CommandError, match=problem):
        said("revoke_sessions", *arguments)

    assert len(living()) == 4


@pytest.mark.parametrize("command", ["audit_verify", "create_sysadmin", "revoke_sessions"])
def test_every_command_shows_an_example(capsys, command):
    with pytest.raises(SystemExit) as end:
        call_command(command, "--help")

    assert end.value.code == 0
    assert f"manage.py {command}" in " ".join(capsys.readouterr().out.split())
