"""Newcomers: who registers here, with or without a shop of their own."""

from django.utils import timezone as clock

from accounts import pairs, refresh_tokens, sessions, shops, users
from accounts.errors import AlreadyRegistered
from accounts.pairs import SignedIn
from core import addresses, context, limits, wire
from core.database import verb
from core.idempotency import EACH_TIME, Once

__all__ = ["register"]

#: Names that were taken, of one address: each tells that somebody is registered here.
TAKEN = "20/15m"
#: All who register from one address.
ALL = "100/1h"


def register(
    *,
    password: str,
    username: str = "",
    email: str = "",
    name: str = "",
    phone: str = "",
    organization: str = "",
    shop_name: str = "",
    device_name: str = "",
    user_agent: str = "",
    never_refreshes: bool = False,
    once: Once = EACH_TIME,
) -> SignedIn:
    """Add a person, open their shop if they name one, and sign them in.

    Nobody chooses a role: a newcomer is a ``user``, and the owner of their own shop. Raises
    ``Invalid`` naming the wrong fields, ``AlreadyRegistered``, ``TooMany``.
    """
    address = addresses.network(context.current().address)
    limits.hit("register", address, ALL)
    limits.hit("register-taken", address, TAKEN)
    try:
        pair = _register(
            facts={
                "password": password,
                "username": username,
                "email": email,
                "name": name,
                "phone": phone,
                "organization": organization,
            },
            shop_name=shop_name.strip(),
            device_name=device_name,
            user_agent=user_agent,
            never_refreshes=never_refreshes,
            once=once,
        )
    except AlreadyRegistered:
        raise
    except Exception:
        limits.forgive("register-taken", address, TAKEN)
        raise
    limits.forgive("register-taken", address, TAKEN)
    return pair


@verb
def _register(
    *,
    facts: dict[str, str],
    shop_name: str,
    device_name: str,
    user_agent: str,
    never_refreshes: bool,
    once: Once,
) -> SignedIn:
    once.claim()
    user = users.create(actor=None, **facts)
    if shop_name:
        shops.create(owner=user, name=shop_name, actor=user)
    session = sessions.begin(user=user, device_name=device_name, user_agent=user_agent)
    pair = pairs.make(
        session=session,
        refresh_token=refresh_tokens.issue(session=session),
        at=clock.now(),
        never_refreshes=never_refreshes,
        message="Registered and signed in.",
    )
    once.keep(201, wire.encode(pairs.registered(pair)))
    return pair
