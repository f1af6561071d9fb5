"""Numbers that are given out in order: of orders, of events."""

from pos.proofs.proof import Proof, prove

DAYS = """
    SELECT day.business_day AS place, {found} AS found, coalesce(max(counter.order_seq), 0)
           AS expected
    FROM (
        SELECT business_day FROM pos_order WHERE shop_id = %(shop)s
        UNION SELECT business_day FROM pos_numbercounter WHERE shop_id = %(shop)s
    ) AS day
    LEFT JOIN pos_numbercounter AS counter
           ON counter.shop_id = %(shop)s AND counter.business_day = day.business_day
    LEFT JOIN pos_order AS "order"
           ON "order".shop_id = %(shop)s AND "order".business_day = day.business_day
    GROUP BY day.business_day
"""

GIVEN = 'CASE WHEN "order".day_number BETWEEN 1 AND counter.order_seq THEN "order".day_number END'


def _once(column: str, which: str, rule: str) -> Proof:
    return prove(
        f"order.{column}",
        "pos_order",
        rule,
        f"""
        SELECT {column} AS place, count(*) AS found, 1 AS expected
        FROM pos_order WHERE shop_id = %(shop)s {which} GROUP BY {column}
        """,  # noqa: S608 (constants)
    )


NUMBERS = [
    prove(
        "day.orders",
        "pos_numbercounter",
        "A business day has as many orders as numbers were given out.",
        DAYS.replace("{found}", 'count("order".id)'),
    ),
    prove(
        "day.numbers",
        "pos_numbercounter",
        "The order numbers of a business day are 1 to n, without a gap.",
        DAYS.replace("{found}", f"count(DISTINCT {GIVEN})"),
    ),
    _once("number", "", "An order number is given once."),
    _once("client_id", "AND client_id <> ''", "A client's id makes one order, forever."),
    prove(
        "event.seq",
        "live_event",
        "The events of a shop follow each other without a gap.",
        """
        SELECT seq AS place, seq - lag(seq, 1, seq - 1) OVER (ORDER BY seq) AS found,
               1 AS expected
        FROM live_event WHERE shop_id = %(shop)s
        """,
    ),
    prove(
        "event.counter",
        "live_shopcounter",
        "A shop's counter stands at its last event.",
        """
        SELECT counter.shop_id AS place, counter.event_seq AS found,
               coalesce(max(event.seq), counter.event_seq) AS expected
        FROM live_shopcounter AS counter
        LEFT JOIN live_event AS event ON event.shop_id = counter.shop_id
        WHERE counter.shop_id = %(shop)s
        GROUP BY counter.shop_id, counter.event_seq
        """,
    ),
]
