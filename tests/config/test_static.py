"""Static files as production serves them."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings

IMPORT = re.compile(r'^import .* from "(.+)";$', re.MULTILINE)
NAMED = re.compile(r"\{% static '([^']+)' %\}")
DIGEST = re.compile(r"\.[0-9a-f]{12}\.js$")


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> Path:
    """Our own files, collected; the packages' would take their time and prove nothing."""
    home = tmp_path_factory.mktemp("static")
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "config.static.Manifest"},
    }
    finders = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    with override_settings(STATIC_ROOT=home, STORAGES=storages, STATICFILES_FINDERS=finders):
        call_command("collectstatic", interactive=False, verbosity=0)
        assert staticfiles_storage.url("css/tokens.css") != "/static/css/tokens.css"
    return home


def test_modules_import_each_other_by_digest(collected):
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    modules = [name for name in names if name.startswith("js/")]

    imports = [
        (name, imported)
        for name in modules
        for imported in IMPORT.findall((collected / names[name]).read_text())
    ]

    assert len(imports) > 20
    assert [pair for pair in imports if not DIGEST.search(pair[1])] == []


def test_every_file_that_a_page_names_is_there(collected):
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]

    named = {
        name
        for page in (settings.BASE_DIR / "templates").rglob("*.html")
        for name in NAMED.findall(page.read_text())
        if name.startswith(("css/", "img/", "js/", "vendor/"))
    }

    assert len(named) > 20
    assert named - names.keys() == set()


def test_what_is_named_for_ever_is_compressed(collected):
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]

    assert (collected / f"{names['css/till.css']}.gz").exists()
