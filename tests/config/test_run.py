import json
import socket
import stat
from contextlib import closing
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from config.management.commands import run
from tests import factories

PEOPLE = {"cashier": {"username": "carla", "password": "the-right-one"}}


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def carla(db):
    return factories.person("carla", password=factories.hashed("the-right-one"))


def test_a_taken_port_is_refused_before_anything_is_changed(var):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}.*PORT=8001"):
            call_command("run", "--port", str(port))
    assert list(var.iterdir()) == []


def test_without_secrets_it_says_what_makes_them(settings):
    settings.SECRET_KEY = ""
    with pytest.raises(CommandError, match=r"python -m config\.secrets"):
        call_command("run", "--no-serve")


def test_production_never_begins_anew(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="embedded database of a development machine"):
        run.Command().set_aside()


def test_the_sign_ins_of_the_demo_are_kept_for_the_owner_alone(var, carla):
    run.keep(demo={"sign_ins": PEOPLE})
    assert stat.S_IMODE((var / "demo.json").stat().st_mode) == 0o600
    assert json.loads((var / "demo.json").read_text()) == {"sign_ins": PEOPLE}
    assert run.sign_ins() == "Sign in as\n  carla        the-right-one"


def test_sign_ins_that_no_longer_open_the_door_are_not_shown(carla):
    run.keep(demo={"sign_ins": PEOPLE})
    carla.set_password("another")
    carla.save()
    assert run.sign_ins() == "Sign in with the accounts of this database."


def test_a_database_with_people_in_it_gets_no_demo(carla):
    said = StringIO()
    call_command("run", "--no-serve", stdout=said)
    assert "loading the demo" not in said.getvalue()
    assert list(User.objects.all()) == [carla]
