"""Up, ready, and what is missing."""

import pytest
from django.conf import settings as configured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from config import health


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_health_touches_nothing(client, path):
    response = client.get(path)  # without the db fixture every query fails

    assert response.status_code == 200
    assert response.json() == {"status": "healthy", "version": configured.VERSION}


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/healthz", "/api/healthz/"])
def test_the_process_answers_probes(client, path):
    assert client.get(path).json() == {"status": "ok", "service": "countertop"}


@pytest.fixture
def forgotten(monkeypatch):
    monkeypatch.setattr(health, "_applied", False)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/api/v1/readyz", "/api/readyz/"])
def test_ready_with_a_database_and_its_migrations(client, forgotten, redis_url, path):
    response = client.get(path)

    assert (response.status_code, response.json()) == (200, {"status": "ready"})


def test_not_ready_without_a_database(client, forgotten, monkeypatch, settings):
    def refuse(self):
        raise OperationalError("secret host")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["missing"] == ["database"]
    assert response.json()["code"] == "not_ready"
    assert response["Retry-After"] == "5"
    assert b"secret" not in response.content


@pytest.mark.django_db
def test_not_ready_before_the_migrations(client, forgotten):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core'")

    response = client.get("/readyz")

    assert (response.status_code, response.json()["missing"]) == (503, ["migrations"])


@pytest.mark.django_db
def test_without_redis_it_is_degraded_and_ready(client, forgotten, settings, own_redis):
    default = {**settings.CACHES["default"], "LOCATION": own_redis.url()}
    settings.CACHES = settings.CACHES | {"default": default}
    own_redis.kill()

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ready", "degraded": ["redis"]}


def test_the_root_says_to_programs_what_this_is(client):
    response = client.get("/", HTTP_ACCEPT="application/json")

    assert response.json() == {
        "name": configured.PROJECT_NAME,
        "version": configured.VERSION,
        "docs": "/docs",
    }
