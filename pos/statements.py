"""The counter's hot statements, in the order in which ``orders.place`` sends them.

One text each for both databases (``core.statements``); lists travel as one JSON parameter,
so that an order of one line and one of fifty are the same statements.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.statements import Statement

# The order that already carries a client's id, if there is one.
PLACED = Statement(
    "placed",
    """
    SELECT id, fingerprint FROM pos_order
    WHERE shop_id = %(shop)s AND client_id = %(client_id)s
    """,
    returns={"id": UUID, "fingerprint": bytes},
)

# How the shop sells. Always one row; a shop that set nothing gets the defaults.
TERMS = Statement(
    "terms",
    """
    SELECT coalesce(settings.prices_include_tax, %(includes_tax)s) AS includes_tax,
           coalesce(settings.order_number_prefix, %(prefix)s) AS prefix,
           coalesce(settings.tax_rate, 0) AS tax_rate
    FROM accounts_shop AS shop
    LEFT JOIN pos_shopsettings AS settings ON settings.shop_id = shop.id
    WHERE shop.id = %(shop)s
    """,
    returns={"includes_tax": bool, "prefix": str, "tax_rate": Decimal},
)

# The wished products of this shop and their levels, locked in key order so that two tills
# selling the same goods cannot deadlock.
GOODS = Statement(
    "goods",
    """
    SELECT product.id, product.name, product.price, tax.percent AS tax_rate,
           product.is_active, product.snoozed_until,
           level.product_id, level.quantity, level.reserved, level.reorder_level, level.policy
    FROM {wished}
    JOIN pos_product AS product ON product.id = wished.id AND product.shop_id = %(shop)s
    JOIN pos_stocklevel AS level ON level.product_id = product.id
    LEFT JOIN pos_taxrate AS tax ON tax.id = product.tax_rate_id
    ORDER BY product.id {lock[level]}
    """,
    rows={"wished": "id uuid"},
    returns={
        "id": UUID,
        "name": str,
        "price": int,
        "tax_rate": Decimal,
        "is_active": bool,
        "snoozed_until": datetime,
        "product_id": UUID,
        "quantity": int,
        "reserved": int,
        "reorder_level": int,
        "policy": str,
    },
)

# The next number of the shop's business day. A rollback gives it back: no gaps.
NUMBER = Statement(
    "number",
    """
    INSERT INTO pos_numbercounter (shop_id, business_day, order_seq)
    VALUES (%(shop)s, %(day)s, 1)
    ON CONFLICT (shop_id, business_day)
    DO UPDATE SET order_seq = pos_numbercounter.order_seq + 1
    RETURNING order_seq
    """,
    returns={"order_seq": int},
)

# Takes pieces off the shelf: nothing of a blocking product beyond what is free.
TAKE = Statement(
    "take",
    """
    UPDATE pos_stocklevel AS level SET quantity = level.quantity - sold.pieces
    FROM {sold}
    WHERE level.product_id = sold.id AND level.shop_id = %(shop)s
      AND (level.policy = 'allow' OR level.quantity - level.reserved >= sold.pieces)
    RETURNING product_id
    """,
    rows={"sold": "id uuid, pieces integer"},
    returns={"product_id": UUID},
)

ADD_ORDER = Statement(
    "add_order",
    """
    INSERT INTO pos_order (
        id, shop_id, business_day, day_number, number, call_number, channel, order_type,
        state, kitchen_state, includes_tax, subtotal, discount, tax, charges, total, paid,
        cashier_id, device_id, customer_name, "table", note, version, client_id, fingerprint,
        created_at, updated_at
    ) VALUES (
        %(id)s, %(shop_id)s, %(business_day)s, %(day_number)s, %(number)s, %(call_number)s,
        %(channel)s, %(order_type)s, %(state)s, %(kitchen_state)s, %(includes_tax)s,
        %(subtotal)s, %(discount)s, %(tax)s, %(charges)s, %(total)s, %(paid)s,
        %(cashier_id)s, %(device_id)s, %(customer_name)s, %(table)s, %(note)s, %(version)s,
        %(client_id)s, %(fingerprint)s, %(created_at)s, %(updated_at)s
    )
    """,
)

ADD_LINES = Statement(
    "add_lines",
    """
    INSERT INTO pos_orderline (
        id, order_id, product_id, position, name, quantity, unit_price, modifiers, note,
        discount, tax_rate, net, tax
    )
    SELECT id, %(order)s, product_id, position, name, quantity, unit_price, modifiers, note,
           0, tax_rate, net, tax
    FROM {lines}
    """,
    rows={
        "lines": "id uuid, product_id uuid, position integer, name text, quantity integer, "
        "unit_price bigint, modifiers jsonb, note text, tax_rate numeric, net bigint, tax bigint"
    },
)

ADD_MOVEMENTS = Statement(
    "add_movements",
    """
    INSERT INTO pos_stockmovement (
        id, shop_id, product_id, order_id, actor_id, delta, reason, note,
        occurred_at, recorded_at
    )
    SELECT id, %(shop)s, product_id, %(order)s, %(actor)s, delta, %(reason)s, %(note)s,
           %(occurred_at)s, %(recorded_at)s
    FROM {moves}
    """,
    rows={"moves": "id uuid, product_id uuid, delta integer"},
)

ADD_PAYMENTS = Statement(
    "add_payments",
    """
    INSERT INTO pos_payment (
        id, shop_id, order_id, method, amount, tendered, change, reference, taken_by_id, at
    )
    SELECT id, %(shop)s, %(order)s, method, amount, tendered, change, reference, %(actor)s, %(at)s
    FROM {payments}
    """,
    rows={
        "payments": "id uuid, method text, amount bigint, tendered bigint, change bigint, "
        "reference text"
    },
)
