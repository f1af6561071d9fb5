"""People and shops for tests, as the house's own verbs make them."""

import base64
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts import authenticators, devices, middleware, sessions, shops
from accounts.models import Device, Membership, Shop, User

PASSWORD = "correct horse battery"


@cache
def hashed(password: str = PASSWORD) -> str:
    """Argon2 takes its time; once is enough for all."""
    return make_password(password)


def person(username: str, **facts: Any) -> User:
    """A person who signs in with ``PASSWORD``."""
    given = {"email": f"{username}@example.com", "name": username.title(), "password": hashed()}
    return User.objects.create(username=username, **given | facts)


def signed_in(client: Client, user: User) -> Client:
    """The client, as a browser in which the person has just signed in."""
    session = sessions.begin(user=user)
    client.cookies[settings.SESSION_COOKIE_NAME] = signing.dumps(
        {middleware.SID: session.pk.hex},
        compress=True,
        salt="django.contrib.sessions.backends.signed_cookies",
    )
    return client


def shop_of(owner: User, name: str = "Corner Café", **facts: Any) -> Shop:
    """A shop with its owner."""
    return shops.create(owner=owner, name=name, actor=owner, **facts)


def member(shop: Shop, username: str, role: str) -> User:
    """A person with a role in the shop."""
    user = person(username)
    Membership.objects.create(shop=shop, user=user, role=role)
    return user


def enrolled(user: User) -> str:
    """Give the person an app for one-time codes, of which no code was taken; its secret."""
    return authenticators.issue(person=user, actor=None).secret


def code_of(secret: str, seconds: int = 0) -> str:
    """What the person's app shows now, or so many seconds from now."""
    app = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
    return app.generate(int(timezone.now().timestamp()) + seconds).decode()


def paired(device: Device) -> str:
    """Pair the device; its token."""
    code = devices.offer(device.pk, shop=device.shop, actor=None).code
    return devices.pair(code=code).token


def pin(shop: Shop, user: User, figures: str) -> None:
    """Give a member of the shop a PIN."""
    Membership.objects.filter(shop=shop, user=user).update(pin=make_password(figures))
