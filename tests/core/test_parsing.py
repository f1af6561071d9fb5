"""Every kind of bad input that a body can be, and that good input stays what it was."""

import json
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from core import parsing
from core.errors import DomainError, Invalid, TooLarge, UnsupportedMedia, describe


def nested(levels: int) -> bytes:
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"{} {}", "bad_json"),
        (b'{"a":1,}', "bad_json"),
        (b"{'a':1}", "bad_json"),
        (b'{"a":NaN}', "bad_json"),
        (b'{"a":Infinity}', "bad_json"),
        (b'{"a":-Infinity}', "bad_json"),
        (b'{"a":01}', "bad_json"),
        (b'{"a":+1}', "bad_json"),
        (b'{"a":1_0}', "bad_json"),
        ('{"a":１２}'.encode(), "bad_json"),
        (b'{"a":"\xff"}', "bad_json"),
        (b'{"a":"\xed\xa0\x80"}', "bad_json"),
        (b'\xef\xbb\xbf{"a":1}', "bad_json"),
        ('{"a":1}'.encode("utf-16"), "bad_json"),
        (b'{"a":"line\nbreak"}', "bad_json"),
        (b'{"a":"nul\x00"}', "bad_json"),
        (b'{"a":"\\u0000"}', "bad_text"),
        (b'{"a":["\\u0000"]}', "bad_text"),
        (b'{"\\u0000":1}', "bad_text"),
        (b'{"a":"\\ud800"}', "bad_text"),
        (b'{"a":"\\udc00\\ud800"}', "bad_text"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"x":[{"a":1,"\\u0061":2}]}', "duplicate_key"),
        (b'{"a":9223372036854775808}', "number_out_of_range"),
        (b'{"a":-9223372036854775809}', "number_out_of_range"),
        (b'{"a":' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b'{"a":1e21}', "number_out_of_range"),
        (b'{"a":1e999999999}', "number_out_of_range"),
        (b'{"a":1e-999999999}', "number_out_of_range"),
        (b'{"a":0.' + b"1" * 5000 + b"}", "number_out_of_range"),
        (nested(65), "too_deep"),
        (nested(100_000), "too_deep"),
        (b"[" * 500_000, "too_deep"),
        (b"[]", "invalid"),
        (b'"text"', "invalid"),
        (b"null", "invalid"),
        (b"1", "invalid"),
    ],
)
def test_what_is_not_strict_json_is_refused(raw, code):
    with pytest.raises(Invalid) as refusal:
        parsing.loads(raw)

    status, body = describe(refusal.value, "r1")
    assert (status, body["code"]) == (400, code)
    assert body["detail"].endswith(".")


def test_a_body_over_one_mebibyte_is_refused():
    with pytest.raises(TooLarge):
        parsing.loads(b'{"a":"' + b"x" * parsing.MAX_BYTES + b'"}')


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b' {"a" : 1}\n', {"a": 1}),
        (b'{"a":-0}', {"a": 0}),
        (b'{"a":9223372036854775807}', {"a": 9223372036854775807}),
        (b'{"a":1.10}', {"a": Decimal("1.10")}),
        (b'{"a":1e3}', {"a": Decimal("1e3")}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
        ('{"a":"Борщ"}'.encode(), {"a": "Борщ"}),
        (b'{"a":{"b":1},"b":{"a":1}}', {"a": {"b": 1}, "b": {"a": 1}}),
    ],
)
def test_strict_json_is_read(raw, value):
    assert parsing.loads(raw) == value


def test_the_deepest_allowed_body_is_read():
    assert parsing.loads(nested(64))
    assert parsing.loads(b'{"a":[' + b"{}," * 500 + b"{}]}")


def test_numbers_are_never_floats():
    found = parsing.loads(b'{"a":[0.1,1e2,-0.00,5]}')["a"]

    assert [type(number) for number in found] == [Decimal, Decimal, Decimal, int]
    assert str(found[2]) == "-0.00"


def test_a_list_is_read_where_one_is_asked_for():
    assert parsing.loads(b"[1]", list) == [1]
    with pytest.raises(Invalid, match="must be a list"):
        parsing.loads(b"{}", list)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=10,
)


def without_nul(value):
    return "\\u0000" not in json.dumps(value)


@given(st.dictionaries(st.text(max_size=9), JSON).filter(without_nul), st.booleans())
def test_valid_json_means_the_same_to_us(value, ascii_only):
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()

    assert parsing.loads(raw) == json.loads(raw)


def outcome(raw: bytes) -> type | int:
    try:
        return type(parsing.snake(parsing.loads(raw)))
    except DomainError as refusal:
        return describe(refusal, "")[0]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw):
    assert outcome(raw) in (dict, 400)


PIECES = st.sampled_from(
    [
        *'{}[]:,"',
        "\\u00",
        "\\ud800",
        "1e9",
        "-",
        "0",
        "aB",
        "a_b",
        "true",
        "NaN",
        " ",
        "é",
        "settings",
    ]
)


@given(st.lists(PIECES, max_size=40))
def test_broken_json_is_read_or_refused(pieces):
    assert outcome("".join(pieces).encode()) in (dict, 400)


# --- keys -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("shopName", "shop_name"),
        ("shop_name", "shop_name"),
        ("productID", "product_id"),
        ("aURLOfIt", "a_url_of_it"),
        ("line2Text", "line2_text"),
        ("Name", "Name"),
        ("x-Y", "x-Y"),
        ("shop Name", "shop Name"),
        ("имяПоле", "имяПоле"),
        ("", ""),
        ("_aB", "_aB"),
    ],
)
def test_camel_case_is_read_as_snake_case(sent, read):
    assert parsing.snake({sent: 1}) == {read: 1}


def test_keys_change_at_every_level_but_not_inside_free_form_objects():
    assert parsing.snake({"orderLines": [{"productId": [{"aB": 1}]}]}) == {
        "order_lines": [{"product_id": [{"a_b": 1}]}]
    }
    assert parsing.snake(
        {"settings": {"aB": {"cD": 1}}, "translations": {"ru": {"fullName": 1}}}
    ) == {
        "settings": {"aB": {"cD": 1}},
        "translations": {"ru": {"fullName": 1}},
    }


def test_a_key_in_both_spellings_may_come_if_they_agree():
    row = {"shopId": "x", "shop_id": "x", "shop": {"aB": [1]}}

    assert parsing.snake(row) == {"shop_id": "x", "shop": {"a_b": [1]}}


@pytest.mark.parametrize(("camel", "snake"), [(1, 2), (1, True), (None, 0), ({"a": 1}, {"a": 2})])
def test_a_key_in_two_spellings_that_differ_is_a_duplicate(camel, snake):
    with pytest.raises(parsing.DuplicateKey) as refusal:
        parsing.snake({"shopName": camel, "shop_name": snake})

    assert refusal.value.details == {
        "errors": {"shop_name": ["This key came twice. Send it once."]}
    }


def test_a_long_hump_is_read_in_no_time():
    name = "a" + "B" * 200_000

    assert parsing.snake({name: 1}) == {"a_" + "b" * 200_000: 1}


# --- requests -------------------------------------------------------------------------


def chunked(body: bytes):
    request = RequestFactory().post("/", content_type="application/json")
    del request.META["CONTENT_LENGTH"]
    request.META |= {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": BytesIO(body),
    }
    return request


def test_a_chunked_body_is_read():
    request = chunked(b'{"aB":1}')

    assert parsing.parse(request) == {"a_b": 1}
    assert request.body == b'{"aB":1}'


def test_a_chunked_body_over_the_limit_is_refused_after_reading_no_more_than_that():
    request = chunked(b"x" * (parsing.MAX_BYTES + 5000))

    with pytest.raises(TooLarge):
        parsing.read(request)
    assert len(request.META["wsgi.input"].read()) == 4999


@pytest.mark.parametrize("length", [str(parsing.MAX_BYTES + 1), "9" * 5000])
def test_a_length_over_the_limit_is_refused_unread(length):
    request = RequestFactory().post("/", b"{}", content_type="application/json")
    request.META["CONTENT_LENGTH"] = length

    with pytest.raises(TooLarge):
        parsing.read(request)


def test_an_empty_body_is_an_empty_object():
    request = RequestFactory().post("/", b"", content_type="application/json")

    assert parsing.parse(request) == {}


@pytest.mark.parametrize(
    ("charset", "fits"),
    [("utf-8", True), ("UTF-8", True), ("utf8", True), ("utf-16", False), ("latin-1", False)],
)
def test_a_body_in_another_charset_is_refused(charset, fits):
    kind = f"application/json; charset={charset}"
    request = RequestFactory().generic("POST", "/", b'{"a":1}', content_type=kind)

    if fits:
        assert parsing.parse(request) == {"a": 1}
    else:
        with pytest.raises(UnsupportedMedia):
            parsing.parse(request)
