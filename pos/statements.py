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
           coalesce(settings.tax_rate, 0) AS tax_rate,
           coalesce(settings.delivery_charge, 0) AS delivery_charge,
           coalesce(settings.allow_open_items, %(open_items)s) AS allow_open_items,
           coalesce(settings.cash_rounding, 0) AS cash_rounding,
           coalesce(settings.kitchen_on, %(kitchen_on)s) AS kitchen_on,
           coalesce(settings.cashier_discount_percent, 100) AS cashier_discount_percent
    FROM accounts_shop AS shop
    LEFT JOIN pos_shopsettings AS settings ON settings.shop_id = shop.id
    WHERE shop.id = %(shop)s
    """,
    returns={
        "includes_tax": bool,
        "prefix": str,
        "tax_rate": Decimal,
        "delivery_charge": int,
        "allow_open_items": bool,
        "cash_rounding": int,
        "kitchen_on": str,
        "cashier_discount_percent": Decimal,
    },
)

# The wished products of this shop and their levels, locked in key order so that two tills
# selling the same goods cannot deadlock.
GOODS = Statement(
    "goods",
    """
    SELECT product.id, product.name, product.price, product.cost,
           tax.percent AS tax_rate, tax.name AS tax_name, tax.components AS tax_components,
           product.is_active, product.snoozed_until,
           level.product_id, level.quantity, level.reserved, level.reorder_level, level.policy,
           EXISTS (
               SELECT 1 FROM pos_productmodifiergroup AS choice
               WHERE choice.product_id = product.id
           ) AS has_choices
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
        "cost": int,
        "tax_rate": Decimal,
        "tax_name": str,
        "tax_components": str,
        "is_active": bool,
        "snoozed_until": datetime,
        "product_id": UUID,
        "quantity": int,
        "reserved": int,
        "reorder_level": int,
        "policy": str,
        "has_choices": bool,
    },
)

# What may, or must, be chosen with the wished products, as their menu shows it.
CHOICES = Statement(
    "choices",
    """
    SELECT choice.product_id, choices.id AS group_id, choices.name AS group_name,
           choices.least, choices.most, modifier.id, modifier.name, modifier.price
    FROM {wished}
    JOIN pos_productmodifiergroup AS choice ON choice.product_id = wished.id
    JOIN pos_modifiergroup AS choices
      ON choices.id = choice.group_id AND choices.shop_id = %(shop)s AND choices.is_active
    JOIN pos_modifier AS modifier ON modifier.group_id = choices.id AND modifier.is_active
    ORDER BY choice.position, choices.position, modifier.position, modifier.id
    """,
    rows={"wished": "id uuid"},
    returns={
        "product_id": UUID,
        "group_id": UUID,
        "group_name": str,
        "least": int,
        "most": int,
        "id": UUID,
        "name": str,
        "price": int,
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

# Takes pieces off the shelf: nothing of a blocking product beyond what is free, unless they are
# gone already (``beyond``).
TAKE = Statement(
    "take",
    """
    UPDATE pos_stocklevel AS level SET quantity = level.quantity - sold.pieces
    FROM {sold}
    WHERE level.product_id = sold.id AND level.shop_id = %(shop)s
      AND (
        level.policy = 'allow' OR level.quantity - level.reserved >= sold.pieces OR %(beyond)s
      )
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
        discount_type, discount_value, discount_reason, is_held, flags, cashier_id, device_id,
        customer_name, "table", note, version, client_id, fingerprint, created_at, recorded_at,
        kitchen_at, updated_at
    ) VALUES (
        %(id)s, %(shop_id)s, %(business_day)s, %(day_number)s, %(number)s, %(call_number)s,
        %(channel)s, %(order_type)s, %(state)s, %(kitchen_state)s, %(includes_tax)s,
        %(subtotal)s, %(discount)s, %(tax)s, %(charges)s, %(total)s, %(paid)s,
        %(discount_type)s, %(discount_value)s, %(discount_reason)s, %(is_held)s, %(flags)s,
        %(cashier_id)s, %(device_id)s, %(customer_name)s, %(table)s, %(note)s, %(version)s,
        %(client_id)s, %(fingerprint)s, %(created_at)s, %(recorded_at)s, %(kitchen_at)s,
        %(updated_at)s
    )
    """,
)

ADD_LINES = Statement(
    "add_lines",
    """
    INSERT INTO pos_orderline (
        id, order_id, product_id, position, name, quantity, unit_price, modifiers, note,
        cost, discount, discount_type, discount_value, discount_reason, tax_rate, tax_components,
        net, tax
    )
    SELECT id, %(order)s, product_id, position, name, quantity, unit_price, modifiers, note,
           cost, discount, discount_type, discount_value, discount_reason, tax_rate,
           tax_components, net, tax
    FROM {lines}
    """,
    rows={
        "lines": "id uuid, product_id uuid, position integer, name text, quantity integer, "
        "unit_price bigint, modifiers jsonb, note text, cost bigint, discount bigint, "
        "discount_type text, discount_value numeric, discount_reason text, tax_rate numeric, "
        "tax_components jsonb, net bigint, tax bigint"
    },
)

# What the lines of a changed order cost now, and which of them are taken off it.
SET_LINES = Statement(
    "set_lines",
    """
    UPDATE pos_orderline AS line
    SET discount = lines.discount, net = lines.net, tax = lines.tax,
        tax_components = lines.tax_components, voided_at = %(at)s, void_reason = %(reason)s
    FROM {lines}
    WHERE line.id = lines.id AND line.order_id = %(order)s
    """,
    rows={"lines": "id uuid, discount bigint, net bigint, tax bigint, tax_components jsonb"},
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
        id, shop_id, order_id, intent_id, register_id, shift_id, method, amount, rounding, tip,
        tendered, change, reference, taken_by_id, at
    )
    SELECT id, %(shop)s, %(order)s, intent_id, register_id, shift_id, method, amount, rounding,
           tip, tendered, change, reference, %(actor)s, %(at)s
    FROM {payments}
    """,
    rows={
        "payments": "id uuid, intent_id uuid, register_id uuid, shift_id uuid, method text, "
        "amount bigint, rounding bigint, tip bigint, tendered bigint, change bigint, "
        "reference text"
    },
)
