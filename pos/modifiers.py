"""Modifier groups: the choices that products offer, each with its priced modifiers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.models import Shop
from core import database
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from licensing import policy
from pos import announcements, money
from pos.errors import CannotBeSatisfied, NameTaken
from pos.menu_facts import ModifierFact, ModifierGroupFact, OfferedFact
from pos.models import Modifier, ModifierGroup, Product, ProductModifierGroup

#: What ``add`` and ``change`` may set as it stands.
PLAIN = ("name", "least", "most", "position", "is_active", "translations")
#: What may be set of each modifier.
OF_EACH = ("name", "price", "position", "is_active", "translations")


@database.verb
def add(
    *, shop: Shop, actor: Any, fields: Mapping[str, Any], once: Once = EACH_TIME
) -> ModifierGroupFact:
    """Add a choice with its ``modifiers``; a retired one of this name comes back.

    ``fields``: those of ``PLAIN`` and ``modifiers``, each with those of ``OF_EACH``; prices are
    in the currency's smallest unit. Raises ``NameTaken``, ``CannotBeSatisfied``.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    held = shop.modifier_groups.select_for_update(no_key=True).filter(name=fields["name"]).first()
    if held is not None and held.is_active:
        raise NameTaken(field="name")
    group = held or ModifierGroup(shop=shop)
    group.is_active = True
    return _write("created", group, fields, before=None, actor=actor, once=once)


@database.verb
def change(
    group_id: UUID,
    *,
    shop: Shop,
    actor: Any,
    fields: Mapping[str, Any],
    once: Once = EACH_TIME,
) -> ModifierGroupFact:
    """Change some of a choice's fields; what is not named stays.

    ``modifiers`` is the whole list: what is known by its id or name changes, what is new is
    added, the others retire. Raises ``Missing`` for a group or modifier that is not of this
    shop and group, ``NameTaken``, ``CannotBeSatisfied``.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    group = _held(group_id, shop)
    twins = shop.modifier_groups.exclude(pk=group.pk)
    if "name" in fields and twins.filter(name=fields["name"]).exists():
        raise NameTaken(field="name")
    before = _summary(group)
    return _write("updated", group, fields, before=before, actor=actor, once=once)


@database.verb
def retire(group_id: UUID, *, shop: Shop, actor: Any, once: Once = EACH_TIME) -> ModifierGroupFact:
    """Offer a choice no more, with any product. Raises ``Missing``."""
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    group = _held(group_id, shop)
    before = _summary(group)
    return _write("deleted", group, {"is_active": False}, before=before, actor=actor, once=once)


def assign(product: Product, group_ids: Sequence[UUID]) -> None:
    """Let a product, held locked, offer these choices in this order. Raises ``Missing``."""
    wished = list(dict.fromkeys(group_ids))
    known = product.shop.modifier_groups.filter(pk__in=wished, is_active=True)
    if known.count() != len(wished):
        raise Missing("There is no such modifier group. Load the groups again.")
    ProductModifierGroup.objects.filter(product=product).exclude(group__in=wished).delete()
    for position, group_id in enumerate(wished):
        ProductModifierGroup.objects.update_or_create(
            product=product, group_id=group_id, defaults={"position": position}
        )


def offered(shop: Shop, products: Iterable[UUID] | None = None) -> dict[UUID, list[OfferedFact]]:
    """The choices each product offers, in two statements; of all products if none are named."""
    choices = ProductModifierGroup.objects.filter(group__shop=shop, group__is_active=True)
    answers = Modifier.objects.filter(group__shop=shop, group__is_active=True, is_active=True)
    if products is not None:
        named = list(products)
        choices = choices.filter(product__in=named)
        answers = answers.filter(group__choices__product__in=named).distinct()
    by_group = defaultdict(list)
    for each in answers.order_by("position", "id"):
        by_group[each.group_id].append(_read_modifier(each, shop.digits))
    found: dict[UUID, list[OfferedFact]] = defaultdict(list)
    ordered = choices.select_related("group").order_by("position", "group__position", "group_id")
    for choice in ordered:
        group = choice.group
        found[choice.product_id].append(
            OfferedFact(
                id=group.id,
                name=group.name,
                least=group.least,
                most=group.most,
                modifiers=by_group[group.id],
                translations=group.translations,
            )
        )
    return found


def groups_of(products: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Which groups these products offer, in order."""
    found: dict[UUID, list[UUID]] = {}
    choices = ProductModifierGroup.objects.filter(product__in=[*products]).order_by("position")
    for product_id, group_id in choices.values_list("product_id", "group_id"):
        found.setdefault(product_id, []).append(group_id)
    return found


def read(group: ModifierGroup) -> ModifierGroupFact:
    """A choice's row with all its modifiers, retired ones too; ask for ``modifiers`` with it."""
    rows = sorted(group.modifiers.all(), key=lambda each: (each.position, each.id))
    return ModifierGroupFact(
        id=group.id,
        shop_id=group.shop_id,
        name=group.name,
        least=group.least,
        most=group.most,
        position=group.position,
        is_active=group.is_active,
        translations=group.translations,
        modifiers=[_read_modifier(each, group.shop.digits) for each in rows],
    )


def _read_modifier(modifier: Modifier, digits: int) -> ModifierFact:
    return ModifierFact(
        id=modifier.id,
        name=modifier.name,
        price=money.text(modifier.price, digits),
        position=modifier.position,
        is_active=modifier.is_active,
        translations=modifier.translations,
    )


# --- the steps of the verbs -----------------------------------------------------------------


def _held(group_id: UUID, shop: Shop) -> ModifierGroup:
    found = shop.modifier_groups.select_for_update(no_key=True).filter(pk=group_id).first()
    if found is None:
        raise Missing
    return found


def _summary(group: ModifierGroup) -> dict[str, Any]:
    rows = group.modifiers.order_by("position", "id").values("id", "name", "price", "is_active")
    facts = {name: getattr(group, name) for name in PLAIN}
    return facts | {"translations": sorted(group.translations), "modifiers": list(rows)}


def _write(
    happened: str,
    group: ModifierGroup,
    fields: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None,
    actor: Any,
    once: Once,
) -> ModifierGroupFact:
    for name in PLAIN:
        if name in fields:
            setattr(group, name, fields[name])
    if group.most < group.least or group.most < 1:
        raise CannotBeSatisfied(least=group.least, most=group.most)
    group.save()
    if "modifiers" in fields:
        _set_modifiers(group, fields["modifiers"])
    on_offer = group.modifiers.filter(is_active=True).count()
    if group.is_active and 0 < on_offer < group.least:
        raise CannotBeSatisfied(least=group.least, most=on_offer)
    fact = read(group)
    announcements.make(
        "modifier_group",
        happened,
        group,
        fact,
        shop=group.shop,
        actor=actor,
        before=before,
        after=_summary(group),
        once=once,
    )
    return fact


def _set_modifiers(group: ModifierGroup, wished: Sequence[Mapping[str, Any]]) -> None:
    """Make these the group's modifiers; the group is held locked."""
    known = {each.id: each for each in group.modifiers.all()}
    by_name = {each.name: each for each in known.values()}
    kept: dict[UUID, Modifier] = {}
    for position, wish in enumerate(wished):
        found = _known(wish, known, by_name) or Modifier(group=group)
        if found.id in kept:
            raise NameTaken(field="modifier")
        found.is_active, found.position = True, position
        for name in OF_EACH:
            if name in wish:
                setattr(found, name, wish[name])
        kept[found.id] = found
    names = [each.name for each in kept.values()]
    if len(set(names)) != len(names) or any(
        by_name[name].id not in kept for name in names if name in by_name
    ):
        raise NameTaken(field="modifier")
    group.modifiers.exclude(pk__in=kept).update(is_active=False)
    for each in kept.values():
        each.save()


def _known(
    wish: Mapping[str, Any], known: Mapping[UUID, Modifier], by_name: Mapping[str, Modifier]
) -> Modifier | None:
    """The modifier that a wish speaks of; ``None``: a new one. Raises ``Missing``."""
    if wish.get("id") is None:
        return by_name.get(wish["name"])
    if wish["id"] not in known:
        raise Missing("There is no such modifier in this group. Load the groups again.")
    return known[wish["id"]]
