"""People: who they are, whether they are who they say, what they may do at most."""

import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import audit, facts
from accounts.audit import Actor
from accounts.errors import AlreadyRegistered, BadCredentials, PasswordRequired, WrongPassword
from accounts.facts import UserFact
from accounts.models import AuthSession, Membership, User
from accounts.principals import is_by_pin
from core import addresses, context, limits
from core.database import verb
from core.errors import Invalid, Missing, TooMany
from core.limits import Pace

__all__ = [
    "CHANGEABLE", "authenticate", "change", "check_password_rules", "create", "get", "memberships",
    "prove", "read", "trust",
]  # fmt: skip

#: Wrong passwords: of one person from one address, and of anybody from one address.
PER_ACCOUNT = "5/15m"
PER_ADDRESS = "20/15m"

#: Wrong passwords of one person from all addresses. Only a pace: strangers cannot lock them out.
ACCOUNT_PACE = Pace(free=10, first=2, most=60, memory=24 * 60 * 60)
NOBODY = UUID(int=0)


def authenticate(*, name: str, password: str) -> User:
    """Return the active person of this e-mail or username and password.

    Raises ``BadCredentials`` after the same work whether the password is wrong or the person
    unknown or inactive, and ``TooMany`` after too many of them.
    """
    user = User.objects.named(name).first()
    tries = _Tries(user.pk if user else NOBODY, name)
    tries.count()
    if not _knows(user, password) or user is None:
        raise BadCredentials
    tries.forget()
    return user


def prove(user: User, password: str) -> None:
    """Make sure that whoever is signed in knows the person's password.

    Raises ``WrongPassword``, and ``TooMany`` after too many of them.
    """
    tries = _Tries(user.pk, user.username)
    tries.count()
    if not _knows(user, password):
        raise WrongPassword
    tries.forget()


def trust(user: User) -> None:
    """Forget this address' wrong passwords of the person: a letter has shown who they are."""
    tries = _Tries(user.pk, user.username)
    limits.clear(*tries.limits[0])
    limits.calm(*tries.pace)


class _Tries:
    """Tries of a password: of a person here, from here at all, and of the person from anywhere.

    Unknown people are counted by what they are called, so that nothing tells them apart.
    """

    def __init__(self, user_id: UUID, name: str) -> None:
        self.user_id = user_id
        self.address = context.current().address
        network = addresses.network(self.address)
        account = name.lower() if user_id == NOBODY else str(user_id)
        self.limits = [
            ("password-account", f"{account} {network}", PER_ACCOUNT),
            ("password-address", network, PER_ADDRESS),
        ]
        self.pace = ("password", account)

    def count(self) -> None:
        """Count one more. Raises ``TooMany``."""
        for limit in self.limits:
            limits.hit(*limit)
        # Whom we know from this address does not wait for what strangers did elsewhere.
        known = AuthSession.objects.filter(user_id=self.user_id, ip=self.address or None)
        if known.exists():
            return
        try:
            limits.pace(*self.pace, ACCOUNT_PACE)
        except TooMany:
            self.take_back()
            raise

    def forget(self) -> None:
        """It was right: only wrong ones count."""
        self.take_back()
        limits.calm(*self.pace)

    def take_back(self) -> None:
        """This one does not count."""
        for limit in self.limits:
            limits.forgive(*limit)


def _knows(user: User | None, password: str) -> bool:
    """Hash once, whomever we compare with: the time it takes gives nothing away."""
    if user is None or not user.is_active:
        return check_password(password, "")

    def renew(password: str) -> None:
        """Bring a hash of an older kind, of a person who came from another system, up to date."""
        User.objects.filter(pk=user.pk).update(password=make_password(password))

    return check_password(password, user.password, setter=renew)


@verb
def create(
    *,
    actor: Actor | None,
    password: str,
    username: str = "",
    email: str = "",
    name: str = "",
    phone: str = "",
    organization: str = "",
    role: str = User.Role.USER,
) -> User:
    """Add a person; without a username the e-mail is it.

    Raises ``Invalid`` naming the wrong fields and ``AlreadyRegistered``.
    """
    username, email = username.strip() or email.strip(), email.strip()
    user = User(
        username=unicodedata.normalize("NFKC", username),
        email=email,
        name=name.strip(),
        phone=phone.strip(),
        organization=organization.strip(),
        role=role,
    )
    _check(user, password)
    # A name that is another's e-mail would take their sign-ins.
    others = User.objects.named(user.username)
    if others.exists() or (email and User.objects.named(email).exists()):
        raise AlreadyRegistered
    user.password = make_password(password)
    _save(user, force_insert=True)
    audit.record("user.created", user, shop=None, actor=actor, username=username, role=role)
    return user


#: What ``change`` may set.
CHANGEABLE = ("name", "phone", "organization", "username", "email")


@verb
def change(user_id: UUID, *, actor: Actor | None, fields: Mapping[str, str]) -> User:
    """Change what a person is called and where they are reached; what is not named stays.

    ``fields`` are some of ``CHANGEABLE``. Raises ``Missing``, ``AlreadyRegistered``,
    ``PasswordRequired`` for a new e-mail by a PIN, and ``Invalid`` naming the wrong fields.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise Missing
    after = _changed(user, fields)
    before = {name: getattr(user, name) for name in after}
    if not after:
        return user
    if is_by_pin(actor) and not after.keys().isdisjoint(("username", "email")):
        raise PasswordRequired
    for name, value in after.items():
        setattr(user, name, value)
    if wrong := _wrong_facts(user):
        raise Invalid(errors=wrong)
    names = [after[name] for name in ("username", "email") if after.get(name)]
    if any(User.objects.named(name).exclude(pk=user.pk).exists() for name in names):
        raise AlreadyRegistered
    if "email" in after:
        user.is_verified = False
    _save(user, update_fields=[*after, "is_verified", "updated_at"])
    audit.record("user.changed", user, shop=None, actor=actor, before=before, after=after)
    return user


def _changed(user: User, fields: Mapping[str, str]) -> dict[str, str]:
    """What would be another value than now."""
    new = {name: fields[name].strip() for name in CHANGEABLE if name in fields}
    if "username" in new:
        new["username"] = unicodedata.normalize("NFKC", new["username"])
    elif new.get("email") and user.email and user.username.lower() == user.email.lower():
        new["username"] = new["email"]  # who signs in by their e-mail goes on doing so
    return {name: value for name, value in new.items() if value != getattr(user, name)}


def _save(user: User, **how: Any) -> None:
    try:
        with transaction.atomic():
            user.save(**how)
    except IntegrityError:  # taken between the question and now
        raise AlreadyRegistered from None


def check_password_rules(user: User, password: str, *, field: str = "password") -> None:
    """Refuse a password that is too short or too common. Raises ``Invalid``."""
    if problems := _weaknesses(user, password):
        raise Invalid(errors={field: problems})


def _weaknesses(user: User, password: str) -> list[str]:
    try:
        password_validation.validate_password(password, user)
    except ValidationError as problem:
        return list(problem.messages)
    return []


def _check(user: User, password: str) -> None:
    wrong = _wrong_facts(user)
    if problems := _weaknesses(user, password):
        wrong["password"] = problems
    if wrong:
        raise Invalid(errors=wrong)


def _wrong_facts(user: User) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not user.username:
        wrong["username"] = ["Send a username or an e-mail."]
    try:
        if user.email:
            validate_email(user.email)
    except ValidationError:
        wrong["email"] = ["This is no e-mail address."]
    try:
        user.clean_fields(exclude=["password", *wrong])
    except ValidationError as problem:
        wrong |= problem.message_dict
    return wrong


def get(user_id: UUID) -> User:
    """The person with this id. Raises ``Missing``."""
    found = User.objects.filter(pk=user_id).first()
    if found is None:
        raise Missing
    return found


def read(user_id: UUID) -> UserFact:
    """A person as the API shows them, with their shops. Raises ``Missing``."""
    return facts.user(get(user_id), memberships(user_id))


def memberships(user_id: UUID) -> list[Membership]:
    """A person's memberships with their shops, the oldest first."""
    found = Membership.objects.filter(user_id=user_id).select_related("shop")
    return list(found.order_by("created_at", "pk"))
