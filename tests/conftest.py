"""Fixtures that every test may ask for: people, their shops, and a client that signs them in."""

from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.utils import timezone

from accounts import sessions, tokens
from accounts.models import Shop, User
from tests import factories


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    """Argon2 takes its time and memory on purpose, which hundreds of tests need not pay."""
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 1024
    Argon2PasswordHasher.parallelism = 1


@pytest.fixture
def owner(db) -> User:
    return factories.person("olga")


@pytest.fixture
def shop(owner: User) -> Shop:
    return factories.shop_of(owner)


@pytest.fixture
def manager(shop: Shop) -> User:
    return factories.member(shop, "manu", "manager")


@pytest.fixture
def cashier(shop: Shop) -> User:
    return factories.member(shop, "carla", "cashier")


@pytest.fixture
def sysadmin(db) -> User:
    return factories.person("sam", role=User.Role.SYSADMIN)


@pytest.fixture
def other_shop(db) -> Shop:
    """A shop that nobody of ``shop`` belongs to."""
    return factories.shop_of(factories.person("rival"), "Rival's Bar")


class Api(Client):
    """A client of the JSON API: ``api(cashier).post("/shops/…", {"name": "x"}).json()``.

    Paths are below ``/api/v1``; one that begins with ``/api`` or ``//`` (the root) is not.
    """

    def __call__(self, user: User | None) -> "Api":
        """The same client with a bearer token of ``user``; ``None``: without one."""
        client = Api()
        if user is not None:
            session = sessions.begin(user=user)
            lives = tokens.lifetime(user, never_refreshes=False)
            access = tokens.issue(session=session, role=user.role, at=timezone.now(), lives=lives)
            client.session_id = session.pk
            client.token = access.token
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {access.token}"
        return client

    def generic(self, method: str, path: str, data: Any = "", *args: Any, **more: Any) -> Any:
        if not path.startswith(("/api/", "//")):
            path = f"/api/v1{path}"
        return super().generic(method, path.replace("//", "/", 1), data, *args, **more)

    def post(self, path: str, data: Any = None, content_type: str = "", **more: Any) -> Any:
        """POST a JSON object, unless another type is named."""
        kind = content_type or "application/json"
        return super().post(path, {} if data is None else data, kind, **more)


@pytest.fixture
def api(db) -> Api:
    return Api()
