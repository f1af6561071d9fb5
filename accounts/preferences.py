"""Preferences: how a person likes to be told and helped, kept for their front end."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from accounts import audit
from accounts.audit import Actor
from accounts.models import Preference
from core import wire
from core.database import verb
from core.errors import Invalid

__all__ = ["Preferences", "change", "read"]

#: All that one section may say, as JSON.
MOST_BYTES = 16 * 1024


class Preferences(msgspec.Struct, frozen=True):
    """Two objects, as the person's front end left them."""

    notifications: dict[str, Any]
    automation: dict[str, Any]


def read(user_id: UUID) -> Preferences:
    """What a person prefers; both are empty for who never said."""
    kept = Preference.objects.filter(user_id=user_id).first()
    return Preferences(kept.notifications, kept.automation) if kept else Preferences({}, {})


@verb
def change(
    user_id: UUID, *, section: str, values: Mapping[str, Any], actor: Actor | None
) -> Preferences:
    """Merge ``values`` into ``notifications`` or ``automation``; ``None`` takes a key away.

    Raises ``Invalid`` if the section would say more than 16 KiB.
    """
    Preference.objects.get_or_create(user_id=user_id)
    row = Preference.objects.select_for_update().get(user_id=user_id)
    before = getattr(row, section)
    merged = before | {key: _plain(value) for key, value in values.items()}
    after = {key: value for key, value in merged.items() if value is not None}
    if len(wire.encode(after)) > MOST_BYTES:
        raise Invalid(errors={section: ["This is more than can be kept. Leave something out."]})
    if after != before:
        setattr(row, section, after)
        row.save()
        changed = sorted(key for key in before | after if before.get(key) != after.get(key))
        audit.record(
            "preference.changed",
            ("user", user_id),
            shop=None,
            actor=actor,
            after={section: changed},
        )
    return Preferences(row.notifications, row.automation)


def _plain(value: Any) -> Any:
    """Numbers as JSON has them: no preference is money."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
