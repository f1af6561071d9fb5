"""What a customer takes home, on every paper."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine

from accounts.models import AuditEvent, Shop
from core.errors import Missing
from pos import changes, modifiers, orders, payments, receipts, refunds, tax_rates, terms
from pos.facts import RefundLine
from pos.models import ProductModifierGroup
from pos.papers import escpos, page, pdf, text
from pos.tenders import Tender
from pos.tickets import Change, Discount, Ticket, Wish

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


@pytest.fixture
def sale(shop, owner, manager, cashier, tea, cake):
    """Cake and tea for here, paid in cash, with much on it that a receipt says."""
    fields = {"receipt_header": "1 Market Lane\nTel. 123", "receipt_footer": "Come again!"}
    terms.change(shop=shop, actor=owner, fields=fields | {"cash_rounding": 5, "tax_rate": 18})
    group = modifiers.add(
        shop=shop,
        actor=manager,
        fields={"name": "Milk", "modifiers": [{"name": "Oat", "price": 50}]},
    )
    ProductModifierGroup.objects.create(product=tea, group_id=group.id, position=0)
    wishes = [
        Wish(tea.id, 2, modifiers=[group.modifiers[0].id]),
        Wish(cake.id, 1, discount=Discount("percent", Decimal(10), "burnt")),
        Wish(cake.id, 1),
    ]
    with time_machine.travel(NOON, tick=False):
        fact = orders.place(Ticket(wishes=wishes, table="4"), shop=shop, actor=cashier)
        gone = Change(void=[fact.items[2].id], void_reason="dropped")
        changes.make(fact.id, gone, shop=shop, actor=cashier)
        tender = Tender(method="cash", tendered=2000, tip=50)
        payments.take(fact.id, tender, shop=shop, actor=cashier)
    return shop.orders.with_facts().get()


def test_a_receipt_says_what_was_sold_and_paid(shop, sale):
    receipt = receipts.of(sale, shop=shop)

    assert (receipt.shop, receipt.header) == ("Corner Café", ["1 Market Lane", "Tel. 123"])
    assert (receipt.number, receipt.call_number, receipt.marks) == (sale.number, "001", [])
    assert receipt.facts == [
        ("Order", "ORD-20260504-0001"),
        ("Time", "May 4, 2026, 12:30:00\u202fPM"),
        ("Type", "Dine in"),
        ("Table", "4"),
        ("Served by", "Carla"),
    ]
    assert [(one.quantity, one.name, one.amount, one.is_void) for one in receipt.items] == [
        (2, "Tea", "€6.00", False),
        (1, "Cake", "€4.99", False),
        (1, "Cake", "€4.99", True),
    ]
    assert [one.notes for one in receipt.items] == [
        ["€3.00 each", "+ Oat (€0.50)"],
        ["10 % off: burnt"],
        ["Void: dropped"],
    ]
    assert pairs(receipt.sums) == [
        ("Subtotal", "€10.99"),
        ("Discount", "-€0.50"),
        ("Total", "€10.49"),
    ]
    assert pairs(receipt.taxes) == [
        ("Tax 18.00 % contained, on €5.08", "€0.92"),
        ("Tax 7.00 % contained, on €4.20", "€0.29"),
    ]
    assert pairs(receipt.payments) == [
        ("Cash", "€20.00"),
        ("Rounding", "€0.01"),
        ("Tip", "€0.50"),
        ("Change", "€9.00"),
    ]
    assert receipt.footer == ["Come again!"]


def pairs(sums):
    return [(one.name, one.amount) for one in sums]


def test_taxes_on_top_and_their_parts_stand_by_name_and_add_up(shop, owner, cashier, stocked):
    terms.change(shop=shop, actor=owner, fields={"prices_include_tax": False})
    parts = [{"name": "CGST", "percent": "9"}, {"name": "SGST", "percent": "9"}]
    fields = {"name": "GST", "percent": Decimal(18), "components": parts}
    rate = tax_rates.add(shop=shop, actor=owner, fields=fields)
    dosa = stocked(shop, "Dosa", 1005, 3, tax_rate_id=rate.id)
    orders.place(Ticket(wishes=[Wish(dosa.id, 1)]), shop=shop, actor=cashier)

    receipt = receipts.of(shop.orders.with_facts().get(), shop=shop)

    assert receipt.marks == ["NOT PAID"]
    assert pairs(receipt.sums) == [("Subtotal", "€10.05"), ("Tax", "€1.81"), ("Total", "€11.86")]
    assert pairs(receipt.taxes) == [
        ("CGST 9.00 % on €10.05", "€0.91"),
        ("SGST 9.00 % on €10.05", "€0.90"),
    ]
    assert pairs(receipt.payments) == [("Due", "€11.86")]


def test_what_went_back_and_what_is_void_is_said(shop, manager, cashier, sale):
    lines = [RefundLine(id=sale.lines.first().id, quantity=1)]
    refunds.give(sale.id, lines=lines, reason="cold", shop=shop, actor=manager)
    other = orders.place(
        Ticket(wishes=[Wish(None, 1, name="x", price=1)], sold_at=NOON), shop=shop, actor=cashier
    )
    changes.void(other.id, reason="left", shop=shop, actor=cashier)

    partly = receipts.of(shop.orders.with_facts().get(pk=sale.pk), shop=shop)
    void = receipts.of(shop.orders.with_facts().get(pk=other.id), shop=shop)

    assert pairs(partly.payments)[-1] == ("Refund Cash: cold", "-€3.00")
    assert partly.marks == []
    assert void.marks == ["VOID"]
    refunds.give(sale.id, amount=749, reason="all", shop=shop, actor=manager)
    assert receipts.of(shop.orders.with_facts().get(pk=sale.pk), shop=shop).marks == ["REFUNDED"]


def test_a_receipt_printed_before_is_a_copy_and_the_trail_counts(shop, cashier, sale):
    marks = []
    for _ in range(3):
        marks.append(receipts.read(sale.pk, shop=shop).marks)
        receipts.printed(sale.pk, shop=shop, actor=cashier)

    assert marks == [[], ["COPY"], ["COPY"]]
    told = AuditEvent.objects.filter(action="receipt.printed").order_by("id")
    assert [one.after["prints"] for one in told] == [1, 2, 3]
    assert shop.orders.get().version == sale.version
    with pytest.raises(Missing):
        receipts.printed(shop.pk, shop=shop, actor=cashier)
    with pytest.raises(Missing):
        receipts.read(shop.pk, shop=shop)


def test_a_link_leads_to_its_receipt_and_no_other_does(shop, sale):
    token = receipts.link(sale).split("/")[-2]

    assert receipts.by_token(token).number == sale.number
    for wrong in (token[:-2] + "AA", "B" + token[1:], token[:20], "é", "", "%00", "=" * 43):
        with pytest.raises(Missing):
            receipts.by_token(wrong)


# --- papers -------------------------------------------------------------------------------


def test_text_is_42_columns_and_whole(shop, sale):
    written = text.render(receipts.of(sale, shop=shop, is_copy=True))

    lines = written.splitlines()
    assert all(text.wide(line) <= 42 for line in lines[:-1])
    assert lines[:5] == [
        "               Corner Café",
        "              1 Market Lane",
        "                 Tel. 123",
        "               *** COPY ***",
        "                   001",
    ]
    assert "2 × Tea                              €6.00" in lines
    assert "1 × Cake                           (€4.99)" in lines
    assert "    Void: dropped" in lines
    assert "Total                               €10.49" in lines
    assert lines[-1] == receipts.link(sale)


@pytest.mark.parametrize("name", ["W" * 120, "寿司 " * 20, "word " * 30])
def test_long_names_go_on_in_the_next_line(shop, cashier, stocked, name):
    dish = stocked(shop, name.strip(), 123456789, 1)
    orders.place(Ticket(wishes=[Wish(dish.id, 1)]), shop=shop, actor=cashier)

    lines = text.render(receipts.of(shop.orders.with_facts().get(), shop=shop)).splitlines()

    assert all(text.wide(line) <= 42 for line in lines[:-1])
    said = "".join(lines).replace(" ", "").replace("€1,234,567.89", "")
    assert name.replace(" ", "") in said


def test_nothing_that_people_write_commands_the_printer(shop, sale):
    shop.name = "Cor\x1bp\x00ner\x7f"  # ESC p opens the drawer

    roll = escpos.render(receipts.of(sale, shop=shop))

    assert b"Corpner\n" in roll.replace(b" ", b"")
    assert b"\x1bp" not in roll


def test_a_roll_is_escpos_that_initialises_prints_the_code_and_cuts(shop, sale):
    roll = escpos.render(receipts.of(sale, shop=shop))

    assert roll.startswith(b"\x1b@")
    assert roll.endswith(b"\x1dV\x42\x00")
    assert "Corner Café".encode("cp858") in roll
    assert b"2 x Tea" in roll
    address = b"1P0" + receipts.link(sale).encode()
    assert b"\x1d(k" + len(address).to_bytes(2, "little") + address in roll
    assert b"\x1d(k\x03\x001Q0" in roll


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Борщ", b"\x1bt\x11" + "Борщ".encode("cp866")),
        ("Crème €", "Crème €".encode("cp858")),
        ("Żurek", b"\x1bt\x12" + "Żurek".encode("cp852")),
        ("₹ thali", b"Rs  thali"),
        ("寿司", b"??"),
    ],
)
def test_a_roll_chooses_the_code_table_that_has_the_letters(shop, cashier, stocked, name, printed):
    dish = stocked(shop, name, 100, 1)
    orders.place(Ticket(wishes=[Wish(dish.id, 1)]), shop=shop, actor=cashier)

    roll = escpos.render(receipts.of(shop.orders.with_facts().get(), shop=shop))

    assert b"\x1bt\x131 x " + printed in roll


def test_a_pdf_is_one_page_with_its_letters_in_it(shop, cashier, stocked, sale):
    written = pdf.render(receipts.of(sale, shop=shop))

    assert written.startswith(b"%PDF-")
    assert written.rstrip().endswith(b"%%EOF")
    assert written.count(b"/Type /Page\n") == 1
    assert b"DejaVuSansMono-Bold" in written
    assert written == pdf.render(receipts.of(sale, shop=shop))
    assert len(written) < 60_000


def test_a_page_shows_texts_as_texts(shop, owner, cashier, stocked):
    terms.change(shop=shop, actor=owner, fields={"receipt_header": "<script>alert(1)</script>"})
    dish = stocked(shop, "<b>Pie</b>", 100, 1)
    orders.place(Ticket(wishes=[Wish(dish.id, 1)]), shop=shop, actor=cashier)

    written = page.render(receipts.of(shop.orders.with_facts().get(), shop=shop))

    assert "<script" not in written
    assert "style=" not in written
    assert "&lt;b&gt;Pie&lt;/b&gt;" in written
    assert written.count("<svg") == 1


# --- over the wire ------------------------------------------------------------------------

KINDS = {
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
    "escpos": "application/octet-stream",
}


@pytest.mark.parametrize(("ending", "kind"), KINDS.items())
def test_every_paper_has_its_address_under_both_mounts_and_slash_forms(
    api, shop, cashier, sale, ending, kind
):
    path = f"/shops/{shop.pk}/orders/{sale.pk}/receipt.{ending}"
    client = api(cashier)

    answers = [
        client.get(f"{mount}{path}{slash}") for mount in ("/api/v1", "/api") for slash in ("", "/")
    ]

    assert {one.status_code for one in answers} == {200}
    assert {one["Content-Type"] for one in answers} == {kind}
    assert answers[0]["Cache-Control"] == "no-store"
    assert answers[0]["Content-Disposition"] == f'inline; filename="{sale.number}.{ending}"'
    assert len({one.content for one in answers}) == 1


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("application/pdf", "application/pdf"),
        ("application/json", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
    ],
)
def test_without_an_ending_the_reader_says_what_they_like(api, shop, cashier, sale, accept, kind):
    path = f"/shops/{shop.pk}/orders/{sale.pk}/receipt"
    answer = api(cashier).get(path, headers={"accept": accept})

    assert (answer.status_code, answer["Content-Type"]) == (200, kind)


def test_reading_changes_nothing_and_printing_is_told_once(api, shop, cashier, sale):
    path = f"/shops/{shop.pk}/orders/{sale.pk}/receipt"
    client = api(cashier)

    assert client.head(f"{path}.txt").status_code == 200
    read = [client.get(f"{path}.txt").content for _ in range(2)]
    asked = client.get(f"{path}.txt?copy=true").content
    told = [client.post(path, headers={"Idempotency-Key": "p1"}) for _ in range(2)]

    assert read[0] == read[1]
    assert (b"COPY" in read[0], b"COPY" in asked) == (False, True)
    assert [one.json()["prints"] for one in told] == [1, 1]
    assert told[1]["Idempotent-Replay"] == "true"
    assert b"COPY" in client.get(f"{path}.txt").content


def test_another_shops_receipt_is_unknown(api, shop, cashier, other_shop, sale):
    rival = Shop.objects.get(pk=other_shop.pk).owner
    ours = api(rival).get(f"/shops/{shop.pk}/orders/{sale.pk}/receipt.pdf")
    theirs = api(rival).get(f"/shops/{other_shop.pk}/orders/{sale.pk}/receipt.pdf")

    assert (ours.status_code, theirs.status_code) == (404, 404)
    assert theirs.json()["code"] == "not_found"
    assert api(None).get(f"/shops/{shop.pk}/orders/{sale.pk}/receipt").status_code == 401


def test_whoever_scans_the_code_sees_the_receipt_without_signing_in(client, shop, cashier, sale):
    receipts.printed(sale.pk, shop=shop, actor=cashier)
    path = "/r/" + receipts.link(sale).partition("/r/")[2]

    answer = client.get(path)

    assert answer.status_code == 200
    assert sale.number in answer.content.decode()
    assert "COPY" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert client.get("/r/AAAA/").status_code == 404


def test_a_receipt_costs_the_same_statements_whatever_is_on_it(
    shop, cashier, tea, cake, sale, django_assert_num_queries
):
    one = orders.place(Ticket(wishes=[Wish(cake.id, 1)]), shop=shop, actor=cashier)
    many = orders.place(Ticket(wishes=[Wish(cake.id, 1)] * 5), shop=shop, actor=cashier)
    for order in (one, many):
        with django_assert_num_queries(5):
            receipts.read(order.id, shop=shop)
