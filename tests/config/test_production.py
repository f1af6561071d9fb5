"""Production refuses to start half-locked, and says what to do about it."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from config import production

SAFE = {
    "SECRET_KEY": "s" * 40,
    "JWT_SECRET_KEY": "j" * 40,
    "CREDENTIAL_KEYS": ["c" * 40],
    "AUDIT_KEY": "",
    "EVENTORY_API_URL": "https://api.example.com/v2",
    "PAYMENT_API_URL": "",
    "PAYMENT_API_KEY": "",
    "PAYMENT_CALLBACK_SECRET": "",
    "DEBUG": False,
    "ALLOWED_HOSTS": ["example.com"],
    "ALLOWED_ORIGINS": ["https://example.com"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "REDIS_URL": "redis://localhost/0",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "ROLE": "all",
    "CLOUD_URL": "",
    "SITE_ID": None,
    "SITE_KEY": "",
    "LICENSE_SIGNING_KEY": "A" * 43,
    "LICENSE_NEXT_SIGNING_KEY": "",
}
SITE = {
    "ROLE": "shop",
    "CLOUD_URL": "https://cloud.example.com",
    "SITE_ID": UUID(int=7),
    "SITE_KEY": "k" * 43,
}
PROVIDER = {
    "PAYMENT_API_URL": "https://pay.example.com",
    "PAYMENT_API_KEY": "k",
    "PAYMENT_CALLBACK_SECRET": "p" * 40,
}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}


def problems(otp="", processes=1, **changed):
    return production.problems(SAFE | changed, dev_master_otp=otp, processes=processes)


def test_a_locked_deployment_starts():
    assert problems(processes=4) == []
    assert problems(DATABASES=SQLITE, REDIS_URL="") == problems(**PROVIDER) == []
    assert problems(**SITE) == problems(**SITE | {"CLOUD_URL": "http://127.0.0.1:8000"}) == []


@pytest.mark.parametrize(
    ("changed", "variable"),
    [
        ({"DEBUG": True}, "DEBUG"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"AUDIT_KEY": "short"}, "AUDIT_KEY"),
        (PROVIDER | {"PAYMENT_API_URL": "http://pay.example.com"}, "PAYMENT_API_URL"),
        ({"EVENTORY_API_URL": "http://api.example.com"}, "EVENTORY_API_URL"),
        ({"EVENTORY_API_URL": "api.example.com"}, "EVENTORY_API_URL"),
        (PROVIDER | {"PAYMENT_API_KEY": ""}, "PAYMENT_API_KEY"),
        (PROVIDER | {"PAYMENT_CALLBACK_SECRET": "short"}, "PAYMENT_CALLBACK_SECRET"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"JWT_SECRET_KEY": "short"}, "JWT_SECRET_KEY"),
        ({"JWT_SECRET_KEY": "s" * 40}, "JWT_SECRET_KEY"),
        ({"CREDENTIAL_KEYS": []}, "CREDENTIAL_KEYS"),
        ({"CREDENTIAL_KEYS": ["c" * 40, "short"]}, "CREDENTIAL_KEYS"),
        ({"CREDENTIAL_KEYS": ["c" * 40, "j" * 40]}, "CREDENTIAL_KEYS"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": []}, "ALLOWED_HOSTS"),
        ({"ALLOWED_ORIGINS": ["https://*.example.com"]}, "ALLOWED_ORIGINS"),
        ({"SESSION_COOKIE_SECURE": False}, "SESSION_COOKIE_SECURE"),
        ({"CSRF_COOKIE_SECURE": False}, "SESSION_COOKIE_SECURE"),
        ({"otp": "000000"}, "DEV_MASTER_OTP"),
        ({"processes": 2, "REDIS_URL": ""}, "REDIS_URL"),
        ({"processes": 2, "DATABASES": SQLITE}, "DATABASE_URL"),
        (SITE | {"CLOUD_URL": ""}, "CLOUD_URL"),
        (SITE | {"CLOUD_URL": "http://cloud.example.com"}, "CLOUD_URL"),
        (SITE | {"SITE_ID": None}, "SITE_ID"),
        (SITE | {"SITE_KEY": ""}, "SITE_KEY"),
        ({"ROLE": "cloud", "LICENSE_SIGNING_KEY": ""}, "LICENSE_SIGNING_KEY"),
        ({"LICENSE_SIGNING_KEY": "short"}, "LICENSE_SIGNING_KEY"),
        ({"LICENSE_NEXT_SIGNING_KEY": "short"}, "LICENSE_NEXT_SIGNING_KEY"),
    ],
)
def test_each_danger_is_named_with_its_remedy(changed, variable):
    found = problems(**changed)

    assert [sentence.split(":")[0] for sentence in found] == [variable]
    assert found[0].endswith(".")


def test_a_production_process_really_refuses():
    root = Path(__file__).resolve().parents[2]
    environment = {"PATH": os.environ["PATH"], "ENVIRONMENT": "production", "VAR_DIR": "/nowhere"}

    tried = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert tried.returncode != 0
    for variable in ("SECRET_KEY", "CREDENTIAL_KEYS", "ALLOWED_HOSTS"):
        assert f"\n{variable}: " in tried.stderr
