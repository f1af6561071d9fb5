"""What the counter refuses."""

from core.errors import Conflict, Invalid, KeyReused


class EmptyOrder(Invalid):
    code = "empty_order"
    message = "An order needs at least one item."


class UnknownProduct(Invalid):
    """A wish names a product that this shop does not sell (any more, or at the moment)."""

    code = "unknown_product"
    message = "Some of these products are not on sale. Load the menu again."


class OutOfStock(Conflict):
    """``lines``: ``[{product_id, name, wanted, left}]``, each product that is short."""

    code = "out_of_stock"
    message = "There is not enough in stock. Take the lines down to what is left."


class NothingMoves(Invalid):
    code = "nothing_moves"
    message = "A movement of no pieces changes nothing. Give a delta, or a counted quantity."


class TotalMismatch(Conflict):
    """``ours`` and ``yours`` are decimal strings. Nothing was written."""

    code = "total_mismatch"
    message = "The total is {ours}, not {yours}. Load the menu again and tell the customer."


class TooLittleTendered(Invalid):
    code = "too_little_tendered"
    message = "The money given, {tendered}, does not cover {amount}."


class TooMuchPaid(Conflict):
    code = "too_much_paid"
    message = "Only {due} is due on this order, not {amount}."


class OrderClosed(Conflict):
    """The order is in a state that does not take this change."""

    code = "order_closed"
    message = "This order is {state} and does not take it any more."


class ClientIdReused(KeyReused):
    code = "client_id_reused"
    message = "This client_id was used for another order. Send a new one for a new order."


class NameTaken(Conflict):
    code = "name_taken"
    message = "There already is one with this {field}. Choose another."
