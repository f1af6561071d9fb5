"""Fill our database as ``peers/schema.sql`` fills the peers', and print who may sell what.

``python -m bench.fill``: 20 shops of 200 products, 100 cashiers signed in. Prints JSON: of each
shop its id, its products' ids and its cashiers' access tokens.
"""

import json
import os
from datetime import timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import sessions, shops, tokens  # noqa: E402
from accounts.models import Shop, User  # noqa: E402
from pos import terms  # noqa: E402
from pos.models import Product, StockLevel, StockMovement  # noqa: E402

SHOPS, PRODUCTS, CASHIERS, PIECES = 20, 200, 5, 1_000_000_000


def main() -> None:
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        made = [stocked(number) for number in range(1, SHOPS + 1)]
    print(json.dumps(made))


def stocked(number: int) -> dict[str, object]:
    owner = User.objects.create(username=f"owner{number}")
    shop = shops.create(owner=owner, name=f"Shop {number}", actor=owner)
    percent = 8 + Decimal("0.25") * (number % 4)
    terms.change(shop=shop, actor=owner, fields={"tax_rate": percent, "prices_include_tax": False})
    products = Product.objects.bulk_create(
        Product(
            shop=shop,
            name=f"Product {place} of the house",
            price=100 + (place * 37 + number * 11) % 2000,
        )
        for place in range(1, PRODUCTS + 1)
    )
    StockLevel.objects.bulk_create(
        StockLevel(product=product, shop=shop, quantity=PIECES) for product in products
    )
    StockMovement.objects.bulk_create(
        StockMovement(shop=shop, product=product, delta=PIECES, reason="receive")
        for product in products
    )
    return {
        "id": str(shop.pk),
        "products": [str(product.pk) for product in products],
        "tokens": [signed_in(shop, f"cashier{number}-{n}") for n in range(CASHIERS)],
    }


def signed_in(shop: Shop, username: str) -> str:
    cashier = User.objects.create(username=username)
    shops.join(shop=shop, user=cashier, role="cashier", actor=shop.owner)
    session = sessions.begin(user=cashier)
    hour = timedelta(hours=1)
    return tokens.issue(
        session=session, role=cashier.role, at=timezone.now(), lives=hour
    ).token  # fmt: skip


if __name__ == "__main__":
    main()
