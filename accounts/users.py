"""People: who they are, whether they are who they say, what they may do at most."""

import unicodedata
from collections.abc import Mapping
from uuid import UUID

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import audit, facts
from accounts.audit import Actor
from accounts.errors import AlreadyRegistered, BadCredentials
from accounts.facts import UserFact
from accounts.models import Membership, User
from core import addresses, context, limits
from core.database import verb
from core.errors import Invalid, Missing

__all__ = ["authenticate", "change", "create", "get", "memberships", "read"]

#: Wrong passwords: of one person from one address, and of anybody from one address.
PER_ACCOUNT = "5/15m"
PER_ADDRESS = "20/15m"


def authenticate(*, name: str, password: str) -> User:
    """Return the active person of this e-mail or username and password.

    Raises ``BadCredentials`` after the same work whether the password is wrong or the person
    unknown or inactive, and ``TooMany`` after too many of them.
    """
    user = User.objects.named(name).first()
    address = addresses.network(context.current().address)
    counted = [
        ("password-account", f"{user.pk if user else name.lower()} {address}", PER_ACCOUNT),
        ("password-address", address, PER_ADDRESS),
    ]
    for group, key, rate in counted:
        limits.hit(group, key, rate)
    if not _knows(user, password) or user is None:
        raise BadCredentials
    for group, key, rate in counted:  # only wrong ones count
        limits.forgive(group, key, rate)
    return user


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
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:  # taken between the question and now
        raise AlreadyRegistered from None
    audit.record("user.created", user, shop=None, actor=actor, username=username, role=role)
    return user


#: What ``change`` may set as it stands.
PLAIN = ("name", "phone", "organization")


@verb
def change(user_id: UUID, *, actor: Actor | None, fields: Mapping[str, str]) -> User:
    """Change a person's ``name``, ``phone`` or ``organization``; what is not named stays.

    Raises ``Missing``, and ``Invalid`` naming the wrong fields.
    """
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise Missing
    before = {name: getattr(user, name) for name in PLAIN if name in fields}
    for name in before:
        setattr(user, name, fields[name].strip())
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as problem:
        raise Invalid(errors=problem.message_dict) from None
    user.save(update_fields=[*before, "updated_at"])
    after = {name: getattr(user, name) for name in before}
    audit.record("user.changed", user, shop=None, actor=actor, before=before, after=after)
    return user


def _check(user: User, password: str) -> None:
    wrong: dict[str, list[str]] = {}
    if not user.username:
        wrong["username"] = ["Send a username or an e-mail."]
    try:
        if user.email:
            validate_email(user.email)
    except ValidationError:
        wrong["email"] = ["This is no e-mail address."]
    try:
        password_validation.validate_password(password, user)
    except ValidationError as problem:
        wrong["password"] = problem.messages
    try:
        user.clean_fields(exclude=["password", *wrong])
    except ValidationError as problem:
        wrong |= problem.message_dict
    if wrong:
        raise Invalid(errors=wrong)


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
