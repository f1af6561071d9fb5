"""People's logins at Eventory: kept, changed, used, sealed anew.

Each password is sealed for its owner and its row, so that a row copied to somebody else opens
nothing. None leaves this module but to sign in upstream.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit, vault
from accounts.errors import SecretUnreadable
from core import ids, wire
from core.database import verb
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from eventory import facts
from eventory.errors import LoginUnreadable, TooManyLogins
from eventory.facts import LoginFact
from eventory.models import Login

__all__ = [
    "MOST", "Renewal", "add", "change", "drop_token", "keep_token", "of", "password_of", "pick",
    "remove", "renew", "token_of",
]  # fmt: skip

PURPOSE = "eventory"
TOKENS = "eventory tokens"
#: How many logins one person keeps.
MOST = 500
#: How many rows are looked at in one go when keys change.
BATCH = 200

Actor = Any  # a principal or a user


@verb
def add(
    *,
    owner: Actor,
    label: str,
    username: str,
    password: str,
    color: str = "",
    once: Once = EACH_TIME,
) -> LoginFact:
    """Keep a login. Raises ``TooManyLogins``."""
    once.claim()
    if Login.objects.filter(owner_id=owner.pk).count() >= MOST:
        raise TooManyLogins(most=MOST)
    row = Login(id=ids.new(), owner_id=owner.pk, label=label, username=username, color=color)
    row.secret = _seal(password, row)
    row.save(force_insert=True)
    audit.record("login.added", row, shop=None, actor=owner, after=_summary(row))
    kept = facts.login(row)
    once.keep(201, wire.encode(kept))
    return kept


@verb
def change(login_id: UUID, *, owner: Actor, password: str = "", **fields: str) -> LoginFact:
    """Change some of ``label``, ``username``, ``color`` and the password. Raises ``Missing``.

    Another username or password ends the token that the ones before were given.
    """
    row = Login.objects.select_for_update().filter(pk=login_id, owner_id=owner.pk).first()
    if row is None:
        raise Missing
    before = _summary(row)
    for name, value in fields.items():
        setattr(row, name, value)
    if password:
        row.secret, row.unreadable_since = _seal(password, row), None
    if password or row.username != before["username"]:
        row.token, row.token_expires_at = "", None
    row.save()
    after = _summary(row) | ({"resealed": True} if password else {})
    audit.record("login.changed", row, shop=None, actor=owner, before=before, after=after)
    return facts.login(row)


@verb
def remove(login_id: UUID, *, owner: Actor) -> None:
    """Forget a login and its password. Raises ``Missing``."""
    row = Login.objects.filter(pk=login_id, owner_id=owner.pk).first()
    if row is None:
        raise Missing
    audit.record("login.removed", row, shop=None, actor=owner, before=_summary(row))
    row.delete()


def of(owner_id: UUID) -> QuerySet[Login]:
    """A person's logins; in no order."""
    return Login.objects.filter(owner_id=owner_id)


def pick(login_id: UUID, *, owner_id: UUID) -> Login:
    """A login of this person. Raises ``Missing``, also for somebody else's."""
    row = of(owner_id).filter(pk=login_id).first()
    if row is None:
        raise Missing
    return row


def password_of(row: Login) -> str:
    """The password, to sign in with. Raises ``LoginUnreadable``."""
    try:
        return vault.unseal(row.secret, purpose=PURPOSE, owner=row.owner_id, row=row.pk)
    except SecretUnreadable:
        raise LoginUnreadable from None


def token_of(row: Login) -> str:
    """The token that Eventory gave for this login; ``""``: there is none that still works."""
    if row.token_expires_at is None or row.token_expires_at <= timezone.now():
        return ""
    try:
        return vault.unseal(row.token, purpose=TOKENS, owner=row.owner_id, row=row.pk)
    except SecretUnreadable:
        return ""


@verb
def keep_token(row: Login, *, token: str, expires_at: datetime) -> None:
    """Keep what Eventory gave for the password of ``row``, unless that has changed since."""
    sealed = vault.seal(token, purpose=TOKENS, owner=row.owner_id, row=row.pk)
    # The same password under another key is the same password.
    same = of(row.owner_id).filter(pk=row.pk, username=row.username, updated_at=row.updated_at)
    same.update(token=sealed, token_expires_at=expires_at)
    audit.record("login.signed_in", row, shop=None, actor=None)


@verb
def drop_token(row: Login) -> None:
    """Forget the token that ``row`` was read with: Eventory does not take it any more."""
    same = of(row.owner_id).filter(pk=row.pk, token=row.token)
    same.update(token="", token_expires_at=None)


# --- keys change --------------------------------------------------------------------------


@dataclass
class Renewal:
    """How sealing anew went: how many rows were renewed, which are ``unreadable``, and how many of
    those were readable until now.
    """

    renewed: int = 0
    unreadable: tuple[UUID, ...] = ()
    lost: int = 0


def renew(*, dry_run: bool = False) -> Renewal:
    """Seal every login with the first of the keys, each row by itself: the server may run.

    What no key opens is marked and left as it is: it reads again when its key comes back.
    """
    done = Renewal()
    for login_id in _ids():
        _renew(login_id, done, dry_run=dry_run)
    return done


def _renew(login_id: UUID, done: Renewal, *, dry_run: bool) -> None:
    row, was_unreadable = _renewed(login_id, dry_run=dry_run)
    if row is None:
        return  # removed meanwhile, or nothing to do
    if row.unreadable_since is None:
        done.renewed += 1
        return
    done.unreadable += (row.pk,)
    done.lost += not was_unreadable


@verb
def _renewed(login_id: UUID, *, dry_run: bool) -> tuple[Login | None, bool]:
    """The row as it becomes, held locked from before it is read; ``None``: it stays."""
    row = Login.objects.select_for_update().filter(pk=login_id).first()
    if row is None:
        return None, False
    before = (row.secret, row.token, row.unreadable_since)
    was_unreadable = row.unreadable_since is not None
    _reseal(row)
    is_changed = before != (row.secret, row.token, row.unreadable_since)
    if is_changed and not dry_run:
        # Not ``save``: the login is the same to whoever signs in with it just now.
        Login.objects.filter(pk=row.pk).update(
            secret=row.secret,
            token=row.token,
            token_expires_at=row.token_expires_at,
            unreadable_since=row.unreadable_since,
        )
        action = "login.unreadable" if row.unreadable_since else "login.renewed"
        audit.record(action, row, shop=None, actor=None)
    return (row if is_changed or was_unreadable else None), was_unreadable


def _reseal(row: Login) -> None:
    """Bring a row's seals up to date, or mark it; a token that no key opens is no loss."""
    try:
        row.secret = _current(row.secret, PURPOSE, row)
    except SecretUnreadable:
        row.unreadable_since = row.unreadable_since or timezone.now()
        return
    row.unreadable_since = None
    try:
        row.token = _current(row.token, TOKENS, row) if row.token else ""
    except SecretUnreadable:
        row.token, row.token_expires_at = "", None


def _current(sealed: str, purpose: str, row: Login) -> str:
    """The same secret under the first key. Raises ``SecretUnreadable``."""
    if not vault.is_current(sealed, purpose=purpose):
        return vault.renew(sealed, purpose=purpose, owner=row.owner_id, row=row.pk)
    vault.unseal(sealed, purpose=purpose, owner=row.owner_id, row=row.pk)  # is it this row's?
    return sealed


def _ids() -> Iterator[UUID]:
    """Every login in key order, few at a time, so that no read stays open while others write."""
    after = UUID(int=0)
    rows = Login.objects.order_by("pk").values_list("pk", flat=True)
    while found := list(rows.filter(pk__gt=after)[:BATCH]):
        yield from found
        after = found[-1]


def _seal(password: str, row: Login) -> str:
    return vault.seal(password, purpose=PURPOSE, owner=row.owner_id, row=row.pk)


def _summary(row: Login) -> dict[str, str]:
    """What the trail keeps of a login."""
    return {"label": row.label, "username": row.username, "color": row.color}
