"""Shifts follow each other at a register, and money is counted once."""

from pos.proofs.proof import prove

DRAWERS = [
    prove(
        "register.open",
        "pos_register",
        "A register has at most one open shift.",
        """
        SELECT register.id AS place, count(shift.id) AS found,
               CASE WHEN count(shift.id) > 1 THEN 1 ELSE count(shift.id) END AS expected
        FROM pos_register AS register LEFT JOIN pos_shift AS shift
          ON shift.register_id = register.id AND shift.closed_at IS NULL
        WHERE register.shop_id = %(shop)s GROUP BY register.id
        """,
    ),
    prove(
        "shift.number",
        "pos_shift",
        "The shifts of a register are numbered 1 to n, without a gap.",
        """
        SELECT shift.id AS place, shift.number AS found,
               row_number() OVER (PARTITION BY shift.register_id ORDER BY shift.number)
               AS expected
        FROM pos_shift AS shift WHERE shift.shop_id = %(shop)s
        """,
    ),
    prove(
        "register.shifts",
        "pos_register",
        "A register's counter stands at its last shift.",
        """
        SELECT register.id AS place, register.shift_seq AS found,
               coalesce(max(shift.number), 0) AS expected
        FROM pos_register AS register
        LEFT JOIN pos_shift AS shift ON shift.register_id = register.id
        WHERE register.shop_id = %(shop)s GROUP BY register.id, register.shift_seq
        """,
    ),
    prove(
        "claim.money",
        "pos_shiftclaim",
        "A shift claims only money that no other shift counts.",
        """
        SELECT claim.id AS place, count(payment.shift_id) + count(refund.shift_id) AS found,
               0 AS expected
        FROM pos_shift AS shift JOIN pos_shiftclaim AS claim ON claim.shift_id = shift.id
        LEFT JOIN pos_payment AS payment ON payment.id = claim.payment_id
        LEFT JOIN pos_refund AS refund ON refund.id = claim.refund_id
        WHERE shift.shop_id = %(shop)s GROUP BY claim.id
        """,
    ),
]
