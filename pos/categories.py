"""Categories: the headings of a shop's menu. They retire and are never deleted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.models import Shop
from core import database
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from licensing import policy
from pos import announcements
from pos.errors import NameTaken
from pos.menu_facts import CategoryFact
from pos.models import Category

#: What ``add`` and ``change`` may set.
PLAIN = ("name", "position", "is_active", "translations")


@database.verb
def add(
    *, shop: Shop, actor: Any, fields: Mapping[str, Any], once: Once = EACH_TIME
) -> CategoryFact:
    """Add a heading to the menu; a retired one of this name comes back. Raises ``NameTaken``."""
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    held = shop.categories.select_for_update(no_key=True).filter(name=fields["name"]).first()
    if held is not None and held.is_active:
        raise NameTaken(field="name")
    category = held or Category(shop=shop)
    category.is_active = True
    return _write("created", category, fields, before=None, actor=actor, once=once)


@database.verb
def change(
    category_id: UUID,
    *,
    shop: Shop,
    actor: Any,
    fields: Mapping[str, Any],
    once: Once = EACH_TIME,
) -> CategoryFact:
    """Change some of a heading's fields; what is not named stays.

    Raises ``Missing`` for a heading that is not of this shop, ``NameTaken``.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    category = _held(category_id, shop)
    twins = shop.categories.exclude(pk=category.pk)
    if "name" in fields and twins.filter(name=fields["name"]).exists():
        raise NameTaken(field="name")
    before = _summary(category)
    return _write("updated", category, fields, before=before, actor=actor, once=once)


@database.verb
def retire(category_id: UUID, *, shop: Shop, actor: Any, once: Once = EACH_TIME) -> CategoryFact:
    """Take a heading off the menu; its products stay on it.

    Raises ``Missing`` for a heading that is not of this shop.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    category = _held(category_id, shop)
    before = _summary(category)
    return _write("deleted", category, {"is_active": False}, before=before, actor=actor, once=once)


def named(shop: Shop, name: str, *, actor: Any) -> UUID:
    """The heading of this name, made if there is none, so that screens learn of it."""
    found = shop.categories.filter(name=name, is_active=True).values_list("id", flat=True).first()
    return found or add(shop=shop, actor=actor, fields={"name": name}).id


def read(category: Category) -> CategoryFact:
    """A heading's row."""
    return CategoryFact(
        id=category.id,
        shop_id=category.shop_id,
        name=category.name,
        position=category.position,
        is_active=category.is_active,
        translations=category.translations,
    )


def _held(category_id: UUID, shop: Shop) -> Category:
    found = shop.categories.select_for_update(no_key=True).filter(pk=category_id).first()
    if found is None:
        raise Missing
    return found


def _summary(category: Category) -> dict[str, Any]:
    facts = {name: getattr(category, name) for name in PLAIN}
    return facts | {"translations": sorted(category.translations)}


def _write(
    happened: str,
    category: Category,
    fields: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None,
    actor: Any,
    once: Once,
) -> CategoryFact:
    for name in PLAIN:
        if name in fields:
            setattr(category, name, fields[name])
    category.save()
    fact = read(category)
    announcements.make(
        "category",
        happened,
        category,
        fact,
        shop=category.shop,
        actor=actor,
        before=before,
        after=_summary(category),
        once=once,
    )
    return fact
