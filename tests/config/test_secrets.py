import stat
from concurrent.futures import ThreadPoolExecutor

from config import secrets
from licensing import verdicts


def test_secrets_are_made_once_and_differ(tmp_path):
    file = tmp_path / "var" / "secrets.env"
    made = secrets.ensure(file)
    assert set(made) == set(secrets.NAMES)
    assert len(set(made.values())) == len(secrets.NAMES)
    assert min(map(len, made.values())) >= 43
    assert len(verdicts.SigningKey.of(made["LICENSE_SIGNING_KEY"]).public_key) == 43
    assert secrets.ensure(file) == made
    assert secrets.read(file) == made


def test_only_the_owner_reads_them(tmp_path):
    file = tmp_path / "var" / "secrets.env"
    secrets.ensure(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_secret_that_came_later_is_added_and_the_others_stay(tmp_path):
    file = tmp_path / "secrets.env"
    file.write_text("# kept\nSECRET_KEY=mine\n")
    assert secrets.ensure(file)["SECRET_KEY"] == "mine"
    kept = secrets.read(file)
    assert kept["SECRET_KEY"] == "mine"
    assert set(kept) == set(secrets.NAMES)


def test_a_last_line_without_an_end_is_not_glued_to_the_next(tmp_path):
    file = tmp_path / "secrets.env"
    file.write_text("SECRET_KEY=mine")
    secrets.ensure(file)
    assert secrets.read(file)["SECRET_KEY"] == "mine"


def test_two_first_starts_at_once_keep_one_set(tmp_path):
    file = tmp_path / "secrets.env"
    with ThreadPoolExecutor(8) as starts:
        found = list(starts.map(secrets.ensure, [file] * 8))
    assert found == [secrets.read(file)] * 8


def test_nothing_kept_is_no_secret(tmp_path):
    assert secrets.read(tmp_path / "none.env") == {}
