"""What the databases keep comes back typed, by constant statements too."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from core import statements
from core.statements import Statement


def test_every_type_comes_back_as_it_went(shop, tea):
    typed = Statement(
        "typed",
        """
        SELECT id, is_active, price, created_at, snoozed_until FROM pos_product
        WHERE id = %(id)s AND created_at <= %(now)s AND is_active = %(active)s
        """,
        returns={
            "id": UUID,
            "is_active": bool,
            "price": int,
            "created_at": datetime,
            "snoozed_until": datetime,
        },
    )

    found = statements.one(typed(id=tea.id, now=datetime.now(UTC), active=True))

    assert found == (tea.id, True, 250, tea.created_at, None)
    assert found.created_at.tzinfo is not None


def test_a_decimal_comes_back_exact(taxed):
    rate = Statement(
        "rate",
        "SELECT tax_rate FROM pos_shopsettings WHERE shop_id = %(shop)s",
        returns={"tax_rate": Decimal},
    )

    assert statements.one(rate(shop=taxed.id)).tax_rate == Decimal(18)
