"""What an order calls paid and refunded is what was taken and given back."""

from pos.proofs.proof import Proof, prove


def _sum_of_money(column: str, table: str) -> Proof:
    return prove(
        f"order.{column}",
        "pos_order",
        f"What an order calls {column} is the sum of its {table.removeprefix('pos_')}s.",
        f"""
        SELECT "order".id AS place, "order".{column} AS found,
               coalesce(sum(money.amount), 0) AS expected
        FROM pos_order AS "order" LEFT JOIN {table} AS money ON money.order_id = "order".id
        WHERE "order".shop_id = %(shop)s
        GROUP BY "order".id, "order".{column}
        """,  # noqa: S608 (constants)
    )


MONEY = [
    _sum_of_money("paid", "pos_payment"),
    _sum_of_money("refunded", "pos_refund"),
    prove(
        "order.state",
        "pos_order",
        "A paid order is paid in full, a refunded one has given all of it back.",
        """
        SELECT id AS place, CASE WHEN state = 'paid' THEN paid ELSE refunded END AS found,
               CASE WHEN state = 'paid' THEN total ELSE paid END AS expected
        FROM pos_order WHERE shop_id = %(shop)s AND state IN ('paid', 'refunded')
        """,
    ),
    prove(
        "payment.change",
        "pos_payment",
        "What was tendered is the amount with rounding and tip, and the change.",
        """
        SELECT id AS place, tendered AS found, amount + rounding + tip + change AS expected
        FROM pos_payment WHERE shop_id = %(shop)s
        """,
    ),
    prove(
        "payment.refunds",
        "pos_payment",
        "No payment is given back beyond its amount.",
        """
        SELECT payment.id AS place, coalesce(sum(refund.amount), 0) AS found,
               CASE WHEN coalesce(sum(refund.amount), 0) > payment.amount
               THEN payment.amount ELSE coalesce(sum(refund.amount), 0) END AS expected
        FROM pos_payment AS payment LEFT JOIN pos_refund AS refund
          ON refund.payment_id = payment.id
        WHERE payment.shop_id = %(shop)s
        GROUP BY payment.id, payment.amount
        """,
    ),
    prove(
        "refund.order",
        "pos_refund",
        "A refund is of its payment's order.",
        """
        SELECT refund.id AS place, refund.order_id AS found, payment.order_id AS expected
        FROM pos_refund AS refund JOIN pos_payment AS payment ON payment.id = refund.payment_id
        WHERE refund.shop_id = %(shop)s
        """,
    ),
    prove(
        "payment.intent",
        "pos_paymentintent",
        "An intent has its one payment, of its amount, if and only if it was captured.",
        """
        SELECT intent.id AS place, coalesce(payment.amount, 0) AS found,
               CASE WHEN intent.state = 'captured' THEN intent.amount ELSE 0 END AS expected
        FROM pos_paymentintent AS intent LEFT JOIN pos_payment AS payment
          ON payment.intent_id = intent.id AND payment.order_id = intent.order_id
        WHERE intent.shop_id = %(shop)s
        """,
    ),
]
