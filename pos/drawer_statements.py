"""The drawer's statements: the shift that money goes to, and the sums of its report.

One text each for both databases (``core.statements``). A shift counts the payments and refunds
that name it and those it claimed; ``pending`` adds those that it would claim if it closed now.
"""

from uuid import UUID

from core.statements import Statement

# The open shift of a register or, without one named, of a cashier: the last they opened. It is
# locked, so that it cannot close before this money is in it; of two that want it the first comes
# first, which a lock to share would not give to whoever closes. A register without an open shift
# answers with its own id alone, one that is not the shop's with no row.
OPEN_SHIFT = Statement(
    "open_shift",
    """
    WITH found AS MATERIALIZED (
        SELECT shift.id, shift.register_id FROM pos_shift AS shift
        WHERE shift.shop_id = %(shop)s AND shift.closed_at IS NULL
          AND (shift.register_id = %(register)s
               OR %(register)s IS NULL AND shift.opened_by_id = %(cashier)s)
        ORDER BY shift.id DESC LIMIT 1 {lock[shift]}
    )
    SELECT found.id, found.register_id FROM found
    UNION ALL
    SELECT NULL, register.id FROM pos_register AS register
    WHERE register.id = %(register)s AND register.shop_id = %(shop)s
      AND NOT EXISTS (SELECT 1 FROM found)
    """,
    returns={"id": UUID, "register_id": UUID},
)

# What belongs to no shift and to no report yet: taken at this register or, where none was named,
# by this person, while no shift was open. Claims carry the id of what they claim.
UNCLAIMED = """
        SELECT {table}.id FROM pos_{table} AS {table}
        WHERE {table}.shop_id = %(shop)s AND {table}.shift_id IS NULL
          AND ({table}.register_id = %(register)s
               OR {table}.register_id IS NULL AND {table}.{by} = %(cashier)s)
          AND NOT EXISTS (
              SELECT 1 FROM pos_shiftclaim AS claim WHERE claim.{table}_id = {table}.id
          )
"""
LATE_PAYMENTS = UNCLAIMED.format(table="payment", by="taken_by_id")
LATE_REFUNDS = UNCLAIMED.format(table="refund", by="given_by_id")

# Claims in the order of their ids: two shifts that close at once and want the same do not
# deadlock, and only one gets it.
CLAIM_PAYMENTS = Statement(
    "claim_payments",
    f"""
    INSERT INTO pos_shiftclaim (id, shift_id, payment_id)
    SELECT late.id, %(shift)s, late.id FROM ({LATE_PAYMENTS}) AS late
    WHERE true ORDER BY late.id
    ON CONFLICT DO NOTHING
    """,  # noqa: S608 (constants)
)

CLAIM_REFUNDS = Statement(
    "claim_refunds",
    f"""
    INSERT INTO pos_shiftclaim (id, shift_id, refund_id)
    SELECT late.id, %(shift)s, late.id FROM ({LATE_REFUNDS}) AS late
    WHERE true ORDER BY late.id
    ON CONFLICT DO NOTHING
    """,  # noqa: S608 (constants)
)

COUNTED = """
    WITH counted AS (
        SELECT id FROM pos_{table} WHERE shift_id = %(shift)s
        UNION ALL
        SELECT {table}_id FROM pos_shiftclaim
        WHERE shift_id = %(shift)s AND {table}_id IS NOT NULL
        UNION ALL
        SELECT id FROM ({late}) AS late WHERE %(pending)s
    )
"""
COUNTED_PAYMENTS = COUNTED.format(table="payment", late=LATE_PAYMENTS)
COUNTED_REFUNDS = COUNTED.format(table="refund", late=LATE_REFUNDS)

# Late is what came while no shift was open, or happened before this one was.
IS_LATE = "({table}.shift_id IS NULL OR {table}.at < %(opened_at)s)"

BY_METHOD = """
    {counted}
    SELECT {table}.method, count(*) AS pieces,
           CAST(sum({table}.amount) AS bigint) AS amount,
           CAST(sum({table}.rounding) AS bigint) AS rounding,
           CAST(sum({table}.{own}) AS bigint) AS {own},
           CAST(sum(CASE WHEN {late} THEN 1 ELSE 0 END) AS bigint) AS late,
           CAST(sum(CASE WHEN {late} THEN {table}.amount ELSE 0 END) AS bigint) AS late_amount
    FROM counted JOIN pos_{table} AS {table} ON {table}.id = counted.id
    GROUP BY {table}.method ORDER BY {table}.method
"""


def _by_method(name: str, *, table: str, counted: str, own: str) -> Statement:
    """What a shift counts by each method; ``own`` is a column that the other table has not."""
    late = IS_LATE.format(table=table)
    sums = ("pieces", "amount", "rounding", own, "late", "late_amount")
    return Statement(
        name,
        BY_METHOD.format(counted=counted, table=table, own=own, late=late),
        returns={"method": str, **dict.fromkeys(sums, int)},
    )


TAKEN = _by_method("taken", table="payment", counted=COUNTED_PAYMENTS, own="tip")
GIVEN = _by_method("given", table="refund", counted=COUNTED_REFUNDS, own="tax")

# An order's tax stands in the report of the payment that settled it, its last: once.
TAXED = Statement(
    "taxed",
    f"""
    {COUNTED_PAYMENTS}
    SELECT CAST(coalesce(sum(sold.tax), 0) AS bigint) AS tax
    FROM counted
    JOIN pos_payment AS payment ON payment.id = counted.id
    JOIN pos_order AS sold ON sold.id = payment.order_id
    WHERE sold.state IN ('paid', 'refunded') AND NOT EXISTS (
        SELECT 1 FROM pos_payment AS later
        WHERE later.order_id = payment.order_id AND later.id > payment.id
    )
    """,  # noqa: S608 (constants)
    returns={"tax": int},
)

MOVED = Statement(
    "moved",
    """
    SELECT kind, CAST(sum(amount) AS bigint) AS amount FROM pos_cashmovement
    WHERE shift_id = %(shift)s GROUP BY kind
    """,
    returns={"kind": str, "amount": int},
)
