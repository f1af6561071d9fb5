"""What the counter refuses."""

from core.errors import Conflict, Forbidden, Invalid, KeyReused, Unauthenticated


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


class CurrencyFixed(Conflict):
    code = "currency_fixed"
    message = "Amounts are counted in {currency} already. Open another shop for another currency."


class BadChoice(Invalid):
    """What was chosen with a product is not offered with it, or is too little or too much.

    ``product_id`` and, where it is known, ``group_id`` say which.
    """

    code = "bad_choice"
    message = "Something chosen here is not offered with this product. Load the menu again."


class OpenItemsNotAllowed(Invalid):
    code = "open_items_not_allowed"
    message = "This shop sells products of its menu only. Its settings can allow open items."


class OrderTooLarge(Invalid):
    code = "order_too_large"
    message = "This order is worth more than we can count. Split it."


class OnlyAtTill(Forbidden):
    """A sale that was made while a till was cut off comes from that till."""

    code = "only_at_till"
    message = "Only a paired till may send a sale that was made already."


class RefundFirst(Conflict):
    """``paid`` is what was taken for the order and not given back."""

    code = "refund_first"
    message = "{paid} was paid for this order. Refund it first."


class LineMissing(Invalid):
    """``lines``: the ids that are not on this order, or not any more."""

    code = "unknown_line"
    message = "Some of these lines are not on this order. Load it again."


class NothingPaid(Invalid):
    code = "nothing_paid"
    message = "A payment of nothing pays nothing. Give an amount, or none to pay all that is due."


class NoChange(Invalid):
    """Change comes out of a drawer; what a card gives too much is a tip."""

    code = "no_change"
    message = "Only cash gives change. Take exactly {amount} by {method}, or name a tip."


class UnknownRegister(Invalid):
    code = "unknown_register"
    message = "This shop has no such register. Choose one of its own."


class ShiftOpen(Conflict):
    """``shift_id`` is the shift that is open at this register."""

    code = "shift_open"
    message = "A shift is open at {register}. Close it first."


class ShiftClosed(Conflict):
    """``report`` is its Z report."""

    code = "shift_closed"
    message = "This shift is closed. Its report stands."

    def __init__(self, report: object) -> None:
        super().__init__(report=report)


class NotYourShift(Forbidden):
    code = "not_your_shift"
    message = "Somebody else opened this shift. Ask them or a manager."


class NotThatMuchCash(Conflict):
    """It does not say how much there is: whoever counts the drawer counts blind."""

    code = "not_enough_cash"
    message = "There should be less than {amount} in the drawer. Count it, or take less."


class TooManyPieces(Invalid):
    code = "too_many_pieces"
    message = "A shelf holds at most {most} pieces, and lacks no more. Check the number."


class InUse(Conflict):
    code = "in_use"
    message = "Products on the menu are taxed by this. Give them another tax first."


class PartsDoNotAddUp(Invalid):
    code = "parts_do_not_add_up"
    message = "The components add up to {sum} %, not to {percent} %."


class CannotBeSatisfied(Invalid):
    code = "cannot_be_satisfied"
    message = "Nobody can choose at least {least} of at most {most}. Correct min and max."


class NotAPicture(Invalid):
    code = "not_a_picture"
    message = "This is no picture. Send a JPEG, PNG, WebP or GIF."


class TooMuchRefunded(Conflict):
    """``left`` is what was captured and not given back yet."""

    code = "too_much_refunded"
    message = "Only {left} of this order can be given back, not {amount}."


class PaymentPending(Conflict):
    code = "payment_pending"
    message = "A payment of this order is still under way. Wait for it, then try again."


class NoProvider(Conflict):
    code = "no_provider"
    message = "No payment provider is set up here. Take the money another way."


class NotSigned(Unauthenticated):
    """A provider's word without its signature, or with an old one."""

    code = "not_signed"
    message = "This is not signed as agreed. Check the secret and the clock."
