"""The trail: who did what to what, from where. The only writer of an append-only table."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.db import models
from django.utils import timezone

from accounts.models import Shop
from core import context, ids, redaction, statements, wire
from core.statements import Call, Statement

__all__ = ["Actor", "Target", "entry", "record"]


class Actor(Protocol):
    """Who acts: a ``User`` or a ``Principal``."""

    @property
    def pk(self) -> Any: ...


#: What was acted on: a row, or its kind and id where no row is at hand.
Target = models.Model | tuple[str, object]

ENTRY = Statement(
    "audit_entry",
    """
    INSERT INTO accounts_auditevent
        (id, at, shop_id, actor_id, action, target_kind, target_id, "before", "after",
         address, device, request_id)
    VALUES
        (%(id)s, %(at)s, %(shop_id)s, %(actor_id)s, %(action)s, %(target_kind)s, %(target_id)s,
         %(before)s, %(after)s, %(address)s, %(device)s, %(request_id)s)
    """,
)


def record(
    action: str,
    target: Target | None,
    *,
    shop: Shop | UUID | None,
    actor: Actor | None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    **facts: object,
) -> None:
    """Write one line of the trail, in the caller's transaction.

    ``action`` is ``noun.verb`` in the past (``order.placed``); ``actor`` is ``None`` for the
    system; ``facts`` join ``after``. Raises ``ValueError`` for a key that names a secret.
    """
    statements.run(
        entry(action, target, shop=shop, actor=actor, before=before, after=after, **facts)
    )


def entry(
    action: str,
    target: Target | None,
    *,
    shop: Shop | UUID | None,
    actor: Actor | None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    **facts: object,
) -> Call:
    """The line as part of a batch. Parameters and errors are those of ``record``."""
    now = context.current()
    kind, target_id = _named(target)
    if facts:
        after = {**(after or {}), **facts}
    return ENTRY(
        id=ids.new(),
        at=timezone.now(),
        shop_id=shop.pk if isinstance(shop, Shop) else shop,
        actor_id=None if actor is None else actor.pk,
        action=action,
        target_kind=kind,
        target_id=target_id,
        before=_text(before),
        after=_text(after),
        address=now.address,
        device=now.device_id or str(getattr(actor, "device_id", None) or ""),
        request_id=now.request_id[:64],
    )


def _named(target: Target | None) -> tuple[str, str]:
    if target is None:
        return "", ""
    if isinstance(target, models.Model):
        return str(target._meta.model_name), str(target.pk)
    return target[0], str(target[1])


def _text(facts: Mapping[str, object] | None) -> str | None:
    return None if facts is None else wire.encode(_plain(facts)).decode()


def _plain(value: object) -> object:
    """Make a value JSON: ids and amounts as text, what looks like a token hidden.

    Raises ``ValueError`` for a secret's key.
    """
    if isinstance(value, str):
        return _kept(redaction.text(value))
    if isinstance(value, Mapping):
        for key in value:
            if redaction.mentions_secret(str(key)):
                raise ValueError(f"A secret may not enter the audit: {key}")
        return {_kept(str(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, models.Model):
        return str(value.pk)
    return str(value) if isinstance(value, UUID | Decimal) else value


def _kept(text: str) -> str:
    """PostgreSQL keeps no NUL; the line stands all the same, with a sign in its place."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
