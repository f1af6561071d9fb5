"""What everyone reads of a login: never its password."""

from uuid import UUID

import msgspec

from eventory.models import Login

__all__ = ["LoginFact", "login"]


class LoginFact(msgspec.Struct, frozen=True, kw_only=True):
    """A stored login at Eventory."""

    id: UUID
    label: str
    username: str
    color: str


def login(row: Login) -> LoginFact:
    """A login as its owner sees it."""
    return LoginFact(id=row.pk, label=row.label, username=row.username, color=row.color)
