"""What is on the shelf is what came and went."""

from pos.proofs.proof import prove

SHELF = [
    prove(
        f"stock.{column}",
        "pos_stocklevel",
        f"A level's {what} is the sum of its movements.",
        f"""
        SELECT level.product_id AS place, level.{column} AS found,
               coalesce(sum(movement.{moved}), 0) AS expected
        FROM pos_stocklevel AS level
        LEFT JOIN pos_stockmovement AS movement ON movement.product_id = level.product_id
        WHERE level.shop_id = %(shop)s
        GROUP BY level.product_id, level.{column}
        """,  # noqa: S608 (constants)
    )
    for column, moved, what in [
        ("quantity", "delta", "quantity"),
        ("reserved", "reserved", "promise"),
    ]
]
