"""What the documents say is so: commands exist, links lead somewhere, the README's sale sells."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

from pos import catalog, stock
from pos.models import Order
from tests import factories
from tests.services.fixtures import need

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text()

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def commands(text: str, name: str) -> set[str]:
    """The words after ``name`` where it stands as code: in backticks or in a code block."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    code = "\n".join([*blocks, *inline])
    return set(re.findall(rf"^(?:\S+/python )?{re.escape(name)} ([a-z][\w-]*)", code, re.MULTILINE))


@pages
def test_every_make_target_named_exists(page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert commands(page.read_text(), "make") <= targets


@pages
def test_every_management_command_named_exists(page):
    assert commands(page.read_text(), "manage.py") <= set(get_commands())


@pages
def test_every_relative_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert gone == []


def test_every_folder_of_the_tree_exists():
    tree = re.search(r"## Where things are\n\n```\n(.*?)```", README, re.DOTALL)[1]
    folders = re.findall(r"([a-z]+)/(?=\s)", tree)
    assert {"config", "pos", "core", "tests"} <= set(folders)
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_the_readme_names_its_test_command():
    assert re.search(r"^make test$", README, re.MULTILINE)


def test_the_readmes_sale_sells_once(live_server_process, shop, owner, cashier, tmp_path):
    if not shutil.which("curl"):
        need("There is no curl.")
    tea = catalog.add(shop=shop, actor=owner, fields={"name": "Tea", "price": 320})
    delivery = stock.Step(reason="receive", pieces=9)
    stock.change(shop=shop, actor=owner, product_id=tea.id, step=delivery)
    signs_in = {"cashier": {"username": cashier.username, "password": factories.PASSWORD}}
    (tmp_path / "var").mkdir()
    (tmp_path / "var/demo.json").write_text(json.dumps({"sign_ins": signs_in}))
    script = re.search(r"test_docs\.py.*?```sh\n(.*?)```", README, re.DOTALL)[1]
    script = script.replace('"username\\": \\"cashier', f'"username\\": \\"{cashier.username}')

    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"URL": live_server_process.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert said.returncode == 0, said.stderr
    order = Order.objects.get()
    assert said.stdout.split() == ["201", "201", order.number, "6.40", "paid"]
    assert json.loads((tmp_path / "first.json").read_text())["id"] == str(order.pk)
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "again.json").read_bytes()
