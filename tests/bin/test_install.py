import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "bin/install.py"


@pytest.fixture
def install():
    spec = importlib.util.spec_from_file_location("install", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pip(install, tmp_path, monkeypatch):
    """A pip that says it is configured as the test writes."""

    def configured(text: str) -> None:
        (tmp_path / "said").write_text(text)
        tell = f"print(open({str(tmp_path / 'said')!r}).read(), end='')"
        monkeypatch.setattr(install, "PIP", [sys.executable, "-c", tell])
        for variable in install.SETTINGS.values():
            monkeypatch.delenv(variable, raising=False)

    return configured


def test_uv_is_told_what_pip_is_configured_with(install, pip):
    pip(
        "global.extra-index-url='https://one.test/simple https://two.test/simple'\n"
        "global.find-links='/wheels'\n"
        "global.index-url='https://main.test/simple'\n"
        "user.timeout='60'\n"
        ":env:.cert='/a/bundle.crt'\n"
    )
    told = install.uv_environment()
    assert told["SSL_CERT_FILE"] == "/a/bundle.crt"
    assert told["UV_DEFAULT_INDEX"] == "https://main.test/simple"
    assert told["UV_FIND_LINKS"] == "/wheels"
    assert told["UV_INDEX"] == "https://one.test/simple https://two.test/simple"


def test_the_environment_holds_over_pips_files_and_places_are_collected(install, pip):
    pip(
        ":env:.find-links='/other'\n"
        ":env:.index-url='https://second.test/'\n"
        "global.find-links='/wheels'\n"
        "global.index-url='https://first.test/'\n"
    )
    told = install.uv_environment()
    assert told["UV_DEFAULT_INDEX"] == "https://second.test/"
    assert told["UV_FIND_LINKS"] == "/wheels,/other"


def test_what_the_environment_says_to_uv_already_is_left_alone(install, pip, monkeypatch):
    pip("global.index-url='https://first.test/'\n")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.test/")
    assert "UV_DEFAULT_INDEX" not in install.uv_environment()


def test_an_unconfigured_pip_names_no_place(install, pip):
    pip("")
    assert set(install.uv_environment()) == {"UV_INDEX_STRATEGY", "UV_LINK_MODE"}
