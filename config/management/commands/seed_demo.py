import json
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import track
from rich.table import Table

from accounts import otp
from accounts.models import Shop, User
from config.demo import counter, desk, restaurant
from core import ids
from core.errors import DomainError
from licensing import licences, policy
from pos import catalog, money, terms


class Command(BaseCommand):
    help = (
        "Load the demo: a restaurant with sixty dishes and somebody of every role; run again, "
        "it keeps what there is and renews passwords, PINs, the till's token and the site's key. "
        "Example: manage.py seed_demo --json"
    )

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print all of it for a program")

    def handle(self, *, verbosity, **options):
        if settings.PRODUCTION:
            raise CommandError(
                "The demo has no place in production: its passwords are printed. "
                "Nothing was changed."
            )
        try:
            licences.wake()
            policy.require(ids.new(), policy.Action.CATALOGUE)  # before anybody is made
            demo = loaded(quiet=not verbosity)
        except DomainError as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal
        if options["json"]:
            self.stdout.write(json.dumps(demo, indent=1, ensure_ascii=False))
        else:
            self.tell(demo)

    def tell(self, demo: dict[str, Any]) -> None:
        table = Table(
            "Role", "Username", "Password", "PIN", "One-time codes", title="Who can sign in",
            title_justify="left",
        )  # fmt: skip
        for role, person in demo["sign_ins"].items():
            secret = person.get("otp_secret", "")
            pin = person.get("pin", "")
            table.add_row(role, person["username"], person["password"], pin, secret)
        console = Console(file=self.stdout, highlight=False)
        console.print(table)
        shop = demo["shop"]
        console.print(f"Sign in  {demo['url']}/sign-in/")
        console.print(f"Till     {demo['url']}/shops/{shop['id']}/till/")
        console.print(f"Console  {demo['url']}/admin/ (sysadmin)")
        dishes = len(demo["products"])
        self.stdout.write(
            self.style.SUCCESS(f"{shop['name']} is open: {dishes} dishes are on the menu.")
        )


def loaded(*, quiet: bool) -> dict[str, Any]:
    """Make what is missing; answers all there is, passwords in clear text."""
    people = restaurant.people()
    neighbour, secret = people.pop("neighbour")
    users = {role: user for role, (user, _) in people.items()}
    shop = restaurant.shop(users)
    progress = track(
        restaurant.missing(shop),
        "Cooking",
        console=Console(stderr=True),
        disable=quiet,
        transient=True,
    )
    restaurant.serve(progress, shop=shop, actor=users["owner"])
    next_door, tea = restaurant.neighbour(neighbour)
    till = counter.till(shop, actor=users["owner"])
    pins = counter.renew_pins(shop, actor=users["owner"])
    site, key = desk.site(shop, actor=users["sysadmin"])
    return {
        "url": settings.PUBLIC_URL,
        "sign_ins": {
            role: sign_in(user, password, pin=pins.get(user.username, ""))
            for role, (user, password) in people.items()
        },
        "shop": described(shop),
        "products": [
            {"id": str(row.id), "name": row.name, "price": row.price, "stock": row.stock}
            for row in catalog.menu(shop)
        ],
        "other_shop": {
            "id": str(next_door.pk),
            "owner": sign_in(neighbour, secret),
            "product_id": str(tea.pk),
        },
        "site": {"site_id": str(site.site_id), "secret_key": key},
        "till": {"device_id": str(till.device.pk), "device_token": till.token},
    }


def sign_in(user: User, password: str, *, pin: str = "") -> dict[str, str]:
    """How somebody signs in: at a till by PIN; to the platform's tools with codes of an app."""
    found = {"username": user.username, "email": user.email, "password": password}
    if pin:
        found["pin"] = pin
    if user.role != User.Role.USER:
        found["otp_secret"] = otp.issue(person=user, actor=None).secret
    return found


def described(shop: Shop) -> dict[str, str]:
    return {
        "id": str(shop.pk),
        "name": shop.name,
        "currency": shop.currency,
        "tax_rate": money.percent(terms.of(shop).tax_rate),
    }
