"""Whether this server is up, and whether it may be sent work."""

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.urls import path

from core import errors
from core.api import refuse, respond

__all__ = ["about", "api", "root"]


class NotReady(errors.Unavailable):
    """Something this server cannot work without is missing."""

    code = "not_ready"
    message = "Not ready, missing: {what}. Try again in {retry_after} seconds."


def health(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; nothing else is touched."""
    return respond({"status": "healthy", "version": settings.VERSION})


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers, as probes ask."""
    return respond({"status": "ok", "service": "countertop"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether this process may be sent work: database there, migrations applied.

    Without Redis events are late and limits stricter, but selling goes on: degraded, ready.
    """
    missing = _missing()
    if missing:
        return refuse(NotReady(what=", ".join(missing), missing=missing, retry_after=5))
    return respond({"status": "ready"} | ({} if _cache_answers() else {"degraded": ["redis"]}))


def about(request: HttpRequest) -> HttpResponse:
    """Say what this server is: ``/`` for programs."""
    said = {"name": settings.PROJECT_NAME, "version": settings.VERSION, "docs": "/docs"}
    return respond(said, headers={"Vary": "Accept"})


_applied = False


def _missing() -> list[str]:
    """Name what this process cannot work without."""
    global _applied  # once applied they stay so, and looking at all of them is slow
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _applied:
            executor = MigrationExecutor(connection)
            _applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError):
        return ["database"]
    return [] if _applied else ["migrations"]


def _cache_answers() -> bool:
    try:
        cache.get("readyz")
    except Exception:  # whatever the cache's driver raises
        return False
    return True


api = [path("healthz", healthz), path("readyz", readyz)]
root = [path("health", health, name="health"), *api]
