"""The demo restaurant in the database: its people, its shop, its menu with stock and pictures.

Made by the same verbs as anybody's, so audit and events tell of it too. Everything is found
again by name or SKU: made where it is missing, left as it is where it is not.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.files.base import ContentFile

from accounts import audit, shops, users
from accounts.models import Membership, Shop, User
from config.demo import looks
from config.demo.menu import CATEGORIES, FOOD, MENU, Dish
from core import database
from core.errors import Conflict
from pos import catalog, categories, stock, terms
from pos.models import Product

__all__ = ["NEIGHBOUR", "PEOPLE", "Person", "missing", "neighbour", "people", "serve", "shop"]

DOMAIN = "demo.example.com"
#: Without what is easily mistaken for something else when read from a screen.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class NotDemo(Conflict):
    """The database belongs to somebody."""

    code = "not_a_demo"
    message = "“{username}” is somebody else's account here. Load the demo into another database."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo: what they may do on the platform, and in the shop."""

    username: str
    name: str
    role: str = User.Role.USER
    shop_role: str = ""

    @property
    def email(self) -> str:
        return f"{self.username}@{DOMAIN}"


PEOPLE = {
    "sysadmin": Person("sysadmin", "System administrator", role=User.Role.SYSADMIN),
    "developer": Person("developer", "Developer", role=User.Role.DEV),
    "owner": Person("owner", "Owner", shop_role=Membership.Role.OWNER),
    "manager": Person("manager", "Manager", shop_role=Membership.Role.MANAGER),
    "cashier": Person("cashier", "Cashier", shop_role=Membership.Role.CASHIER),
}
#: Owns the shop next door, for trying that neighbours see nothing of each other.
NEIGHBOUR = Person("neighbour", "Neighbour", shop_role=Membership.Role.OWNER)


@database.verb
def people() -> dict[str, tuple[User, str]]:
    """Everybody of the demo, found or added, by role, with a new password each.

    Raises ``NotDemo`` if a username is taken by an account that is not of the demo.
    """
    return {role: _person(who) for role, who in (PEOPLE | {"neighbour": NEIGHBOUR}).items()}


def _person(who: Person) -> tuple[User, str]:
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    known = User.objects.named(who.username).first()
    if known is None:
        added = users.create(
            actor=None,
            username=who.username,
            email=who.email,
            name=who.name,
            role=who.role,
            password=password,
        )
        return added, password
    if known.email != who.email:
        raise NotDemo(username=who.username)
    known.set_password(password)
    known.is_active = True
    known.save(update_fields=["password", "is_active", "updated_at"])
    audit.record("user.renewed", known, shop=None, actor=None)
    return known, password


@database.verb
def shop(staff: dict[str, User]) -> Shop:
    """Find or open the restaurant, with its staff by role and its headings."""
    owner = staff["owner"]
    found = owner.owned_shops.order_by("created_at").first()
    if found is None:
        found = shops.create(
            owner=owner, name="The Corner Bistro", actor=owner, currency="EUR",
            timezone="Europe/Vienna",
        )  # fmt: skip
        terms.change(shop=found, actor=owner, fields={"tax_rate": FOOD, "prices_include_tax": True})
    for role, user in staff.items():
        shop_role = PEOPLE[role].shop_role
        if shop_role and not found.memberships.filter(user=user).exists():
            shops.join(shop=found, user=user, role=shop_role, actor=owner)
    known = set(found.categories.values_list("name", flat=True))
    for position, name in enumerate(CATEGORIES.values()):
        if name not in known:
            fields = {"name": name, "position": position}
            categories.add(shop=found, actor=owner, fields=fields)
    return found


def missing(shop: Shop) -> list[Dish]:
    """The dishes that the shop does not have yet."""
    known = set(shop.products.values_list("sku", flat=True))
    return [dish for dish in MENU if dish.sku not in known]


def serve(dishes: Iterable[Dish], *, shop: Shop, actor: User) -> None:
    """Put dishes on the menu, each with its picture and its pieces."""
    for dish in dishes:
        added = catalog.add(
            shop=shop,
            actor=actor,
            fields={
                "sku": dish.sku,
                "barcode": dish.barcode,
                "name": dish.name,
                "description": dish.description,
                "category": dish.category,
                "price": dish.price,
                "cost": dish.cost,
                "tax_rate": None if dish.tax_rate == FOOD else dish.tax_rate,
                "reorder_level": dish.reorder_level,
            },
            image=ContentFile(looks.draw(dish.sku), name=f"{dish.sku.lower()}.webp"),
        )
        if dish.stock:
            delivery = stock.Step(reason="receive", pieces=dish.stock, note="First delivery")
            stock.change(shop=shop, actor=actor, product_id=added.id, step=delivery)


@database.verb
def neighbour(owner: User) -> tuple[Shop, Product]:
    """Find or open the shop next door, with one product of its own."""
    found = owner.owned_shops.order_by("created_at").first()
    if found is None:
        found = shops.create(owner=owner, name="The Shop Next Door", actor=owner)
        tea = {"sku": "TEA", "name": "Mint tea", "price": 320, "tax_rate": Decimal(20)}
        added = catalog.add(shop=found, actor=owner, fields=tea)
        delivery = stock.Step(reason="receive", pieces=50, note="First delivery")
        stock.change(shop=found, actor=owner, product_id=added.id, step=delivery)
    return found, found.products.order_by("created_at").first()
