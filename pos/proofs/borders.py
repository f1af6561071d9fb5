"""No row of a shop points at a row of another: each reference is one proof."""

from pos.proofs.proof import Proof, prove


def _border(table: str, column: str, other: str, source: str = "") -> Proof:
    """``child`` points at ``other``; ``own`` names the shop that the child belongs to."""
    noun = table.partition("_")[2]
    return prove(
        f"{noun}.{column}.shop",
        table,
        f"No {noun}'s {column} belongs to another shop.",
        f"""
        SELECT child.id AS place, CAST(other.shop_id AS text) AS found,
               CAST(own.shop_id AS text) AS expected
        FROM {source or f"{table} AS own JOIN {table} AS child ON child.id = own.id"}
        LEFT JOIN {other} AS other ON other.id = child.{column}_id
        WHERE own.shop_id = %(shop)s AND child.{column}_id IS NOT NULL
        """,  # noqa: S608 (constants)
    )


# What carries no shop, or no index by it, is found from the row it hangs on.
LINE = "pos_order AS own JOIN pos_orderline AS child ON child.order_id = own.id"
MOVEMENT = "pos_product AS own JOIN pos_stockmovement AS child ON child.product_id = own.id"
CHOICE = "pos_product AS own JOIN pos_productmodifiergroup AS child ON child.product_id = own.id"
CLAIM = "pos_shift AS own JOIN pos_shiftclaim AS child ON child.shift_id = own.id"

BORDERS = [
    _border("pos_product", "category", "pos_category"),
    _border("pos_product", "tax_rate", "pos_taxrate"),
    _border("pos_productmodifiergroup", "group", "pos_modifiergroup", CHOICE),
    _border("pos_order", "device", "accounts_device"),
    _border("pos_orderline", "product", "pos_product", LINE),
    _border("pos_stockmovement", "order", "pos_order", MOVEMENT),
    _border("pos_paymentintent", "order", "pos_order"),
    _border("pos_paymentintent", "register", "pos_register"),
    _border("pos_payment", "order", "pos_order"),
    _border("pos_payment", "intent", "pos_paymentintent"),
    _border("pos_refundintent", "refund", "pos_refund"),
    _border("pos_payment", "register", "pos_register"),
    _border("pos_payment", "shift", "pos_shift"),
    _border("pos_refund", "order", "pos_order"),
    _border("pos_refund", "payment", "pos_payment"),
    _border("pos_refund", "register", "pos_register"),
    _border("pos_refund", "shift", "pos_shift"),
    _border("pos_shift", "register", "pos_register"),
    _border("pos_cashmovement", "shift", "pos_shift"),
    _border("pos_shiftclaim", "payment", "pos_payment", CLAIM),
    _border("pos_shiftclaim", "refund", "pos_refund", CLAIM),
    prove(
        "stockmovement.shop",
        "pos_stockmovement",
        "A movement belongs to its product's shop.",
        f"""
        SELECT child.id AS place, CAST(child.shop_id AS text) AS found,
               CAST(own.shop_id AS text) AS expected
        FROM {MOVEMENT} WHERE own.shop_id = %(shop)s
        """,  # noqa: S608 (constants)
    ),
    prove(
        "stocklevel.shop",
        "pos_stocklevel",
        "A level belongs to its product's shop, and every product has one.",
        """
        SELECT product.id AS place, CAST(level.shop_id AS text) AS found,
               CAST(product.shop_id AS text) AS expected
        FROM pos_product AS product LEFT JOIN pos_stocklevel AS level
          ON level.product_id = product.id
        WHERE product.shop_id = %(shop)s
        """,
    ),
]
