"""Mailboxes: one for each person, however their e-mail is spelt, and one that a letter reaches."""

import pytest
from django.core.mail import EmailMessage
from django.core.mail.message import sanitize_address

from portal import mailboxes

GOOD = [
    "ada@example.com", "Ada.Lovelace+till@Example.co.uk", "a@b.example", "x_1-2@sub.example.com",
    "o'neil@example.com", "a=b@example.com", "ada@bücher.example", "ada@пример.рф",
    "ada@xn--bcher-kva.example",
]  # fmt: skip
BAD = [
    "", "ada", "@example.com", "ada@", "ada@localhost", "ada@[127.0.0.1]", "ada@[::1]",
    "a b@example.com", '"ada"@example.com', '"a@b"@example.com', "ada@example..com",
    ".ada@example.com", "ada.@example.com", "ada@-x.example", "ada@example.com\n",
    "ada@example.com\r\nBcc: b@example.com", "a,b@example.com", "Ada <ada@example.com>",
    "=?utf-8?q?ada?=@example.com", "=?utf-8?q?a=0D=0ABcc=3Ab?=@example.com", "ſam@example.com",
    "\u212aim@example.com", "é@example.com", "ada@" + "é" * 60 + ".example", "ada@xn--é.example",
    "ada@example.com\u2028", "a" * 250 + "@b.example", "ada@example.com\x00",
]  # fmt: skip


@pytest.mark.parametrize("email", GOOD)
def test_a_letter_can_be_sent_to_a_mailbox(email):
    assert mailboxes.is_one(email)
    assert EmailMessage("s", "t", "us@example.com", [email]).message()["To"]
    sent_to = sanitize_address(email, "utf-8")  # what a server is told
    assert mailboxes.of(sent_to) == mailboxes.of(email)


@pytest.mark.parametrize("email", BAD)
def test_anything_else_is_none(email):
    assert not mailboxes.is_one(email)


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("Ada+till@Example.com", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@strasse.example"),
    ],
)
def test_all_spellings_of_a_mailbox_are_one(email, mailbox):
    assert mailboxes.of(email) == mailbox
