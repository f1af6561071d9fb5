"""The walls of the house: what may import what, and what may be installed."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["importlinter"]["root_packages"]
LOCKS = sorted([*ROOT.glob("requirements*.txt"), ROOT / "bin/uv.txt"])

# Below these lie known holes.
FLOORS = {
    "daphne": "4.2.2",
    "django": "5.2.17",
    "djangorestframework": "3.15.2",
    "djangorestframework-simplejwt": "5.5",
}


@pytest.fixture
def house(tmp_path) -> Path:
    """A copy of the code that a test may spoil."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.pyc"))
    return tmp_path


def lint_imports(house: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
    )


def spoil(house: Path, module: str, statement: str) -> None:
    with (house / module).open("a") as code:
        code.write(f"\n{statement}\n")


def test_the_house_keeps_its_import_contracts(house):
    lint = lint_imports(house)
    assert "0 broken" in lint.stdout
    assert lint.returncode == 0


@pytest.mark.parametrize(
    ("module", "statement", "broken"),
    [
        ("core/errors.py", "import accounts.models", "core is not allowed to import accounts"),
        ("accounts/models/people.py", "import pos.orders", "accounts is not allowed to import pos"),
        ("live/outbox.py", "from pos import stock", "live is not allowed to import pos"),
        ("pos/orders.py", "import config.settings", "pos is not allowed to import config"),
        (
            "licensing/models/sites.py",
            "import eventory",
            "licensing is not allowed to import eventory",
        ),
        ("pos/stock.py", "import pos.api", "pos.stock is not allowed to import pos.api"),
    ],
)
def test_lint_fails_on_an_import_that_does_not_run_downward(house, module, statement, broken):
    spoil(house, module, statement)
    lint = lint_imports(house)
    assert lint.returncode == 1
    assert broken in lint.stdout


def test_lint_fails_on_a_module_that_has_no_place(house):
    (house / "pos/newcomer.py").touch()
    lint = lint_imports(house)
    assert lint.returncode == 1
    assert "newcomer" in lint.stdout


def test_every_package_stands_in_the_contracts():
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found - {"bench", "tests"} == set(PACKAGES)


def test_no_module_of_the_house_has_a_name_that_collects_everything():
    names = {path.stem for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert names.isdisjoint({"common", "helpers", "misc", "services", "signals", "utils"})


def locked(lock: Path) -> dict[str, Requirement]:
    lines = re.findall(r"^([a-z0-9][^\\\n]*?) *\\?$", lock.read_text(), re.MULTILINE)
    found = [Requirement(line) for line in lines]
    return {requirement.name: requirement for requirement in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_every_package_by_hash_and_names_no_place_to_fetch_from(lock):
    text = lock.read_text()
    for name, requirement in locked(lock).items():
        pinned = re.search(rf"^{re.escape(str(name))}==\S+.*\\\n +--hash=sha256:", text, re.M)
        assert pinned, requirement
    assert "://" not in text
    assert not re.search(r"^ *(-|--)(i|f|index|extra|find|trusted)", text, re.MULTILINE)


@pytest.mark.parametrize("name", FLOORS)
def test_no_package_is_older_than_its_known_holes(name):
    floor = Version(FLOORS[name])
    assert Version(metadata.version(name)) >= floor
    for lock in ROOT.glob("requirements*.txt"):
        if name in locked(lock):
            (pin,) = locked(lock)[name].specifier
            assert Version(pin.version) >= floor


def test_the_image_installs_what_the_runtime_lock_names():
    development = locked(ROOT / "requirements-dev.txt")
    for name, requirement in locked(ROOT / "requirements.txt").items():
        assert str(requirement) == str(development[name])


def test_the_example_environment_names_every_variable_that_is_read():
    read = re.findall(
        r"(?:first|listed|env\.\w+)\(([^)]*)", (ROOT / "config/settings.py").read_text()
    )
    names = {name for arguments in read for name in re.findall(r'"([A-Z][A-Z_]+)"', arguments)}
    listed = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    theirs = {"INFO", "USER", "TEST_SQLITE"}
    assert names - theirs - listed == set()
    assert listed - names == set()
