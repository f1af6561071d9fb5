"""Orders are the sum of their lines, lines are pieces at a price."""

from pos.proofs.proof import Proof, prove


def _sum_of_lines(column: str, of_a_line: str) -> Proof:
    return prove(
        f"order.{column}",
        "pos_order",
        f"An order's {column} is the sum of its lines that are not voided.",
        f"""
        SELECT "order".id AS place, "order".{column} AS found,
               coalesce(sum({of_a_line}), 0) AS expected
        FROM pos_order AS "order"
        LEFT JOIN pos_orderline AS line
               ON line.order_id = "order".id AND line.voided_at IS NULL
        WHERE "order".shop_id = %(shop)s
        GROUP BY "order".id, "order".{column}
        """,  # noqa: S608 (constants)
    )


LINES = """
    FROM pos_order AS "order" JOIN pos_orderline AS line ON line.order_id = "order".id
"""

ORDERS = [
    _sum_of_lines("subtotal", "line.quantity * line.unit_price"),
    _sum_of_lines("discount", "line.discount"),
    _sum_of_lines("tax", "line.tax"),
    prove(
        "order.total",
        "pos_order",
        "An order's total is subtotal - discount + charges, and the tax where prices exclude it.",
        """
        SELECT id AS place, total AS found,
               subtotal - discount + charges + CASE WHEN includes_tax THEN 0 ELSE tax END
               AS expected
        FROM pos_order WHERE shop_id = %(shop)s
        """,
    ),
    prove(
        "order.pieces",
        "pos_order",
        "What left the shelf for an order is what stands on it; a refund may have brought some back.",
        """
        SELECT place, sum(moved) AS found,
               CASE WHEN sum(moved) BETWEEN sum(sold) AND sum(sold) + sum(refunded)
               THEN sum(moved) ELSE sum(sold) END AS expected
        FROM (
            SELECT "order".id AS place, line.product_id AS product, 0 AS moved, 0 AS refunded,
                   CASE WHEN "order".state IN ('open', 'paid', 'refunded')
                         AND line.voided_at IS NULL THEN line.quantity ELSE 0 END AS sold
            FROM pos_order AS "order" JOIN pos_orderline AS line ON line.order_id = "order".id
            WHERE "order".shop_id = %(shop)s AND line.product_id IS NOT NULL
            UNION ALL
            SELECT "order".id, movement.product_id,
                   CASE WHEN movement.reason IN ('sale', 'void') THEN -movement.delta ELSE 0 END,
                   CASE WHEN movement.reason = 'refund' THEN movement.delta ELSE 0 END, 0
            FROM pos_order AS "order"
            JOIN pos_stockmovement AS movement ON movement.order_id = "order".id
            WHERE "order".shop_id = %(shop)s
        ) AS piece
        GROUP BY place, product
        """,
    ),
    prove(
        "line.price",
        "pos_orderline",
        "A line's net (and contained tax) is its pieces at their price, less its discount.",
        f"""
        SELECT line.id AS place,
               line.net + CASE WHEN "order".includes_tax THEN line.tax ELSE 0 END AS found,
               line.quantity * line.unit_price - line.discount AS expected
        {LINES} WHERE "order".shop_id = %(shop)s
        """,
    ),
    prove(
        "line.tax",
        "pos_orderline",
        "A line's tax is its rate of its amount, rounded once, half up.",
        f"""
        SELECT place, tax AS found,
               CASE WHEN includes_tax
               THEN amount - (200000 * amount + 100000 + rate) / (2 * (100000 + rate))
               ELSE (2 * amount * rate + 100000) / 200000 END AS expected
        FROM (
            SELECT line.id AS place, line.tax, "order".includes_tax,
                   line.quantity * line.unit_price - line.discount AS amount,
                   CAST(round(line.tax_rate * 1000) AS bigint) AS rate
            {LINES} WHERE "order".shop_id = %(shop)s
        ) AS line
        """,  # noqa: S608 (constants)
    ),
]
