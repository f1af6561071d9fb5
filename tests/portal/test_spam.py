"""What looks like spam, and what does not."""

import pytest

from portal import spam

GOOD = {"name": "Ada", "email": "ada@example.com", "message": "Does the till work without a line?"}


@pytest.mark.parametrize(
    "message",
    [
        "We run three cafés in Lyon. See https://cafe.example for the menu.",
        "PLEASE CALL ME BACK, WE WANT TO TRY THE TILL NEXT WEEK",
        "Ile to kosztuje? Mamy dwie kasy.",
        "Сколько это стоит? У нас две кассы.",
        "",
    ],
)
def test_what_people_write_is_no_spam(message):
    assert not spam.judge(GOOD | {"message": message}).is_spam


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"message": "Cheap <a href=x>pills</a>"}, "markup in the text"),
        ({"name": "Visit https://x.example"}, "link where no link belongs"),
        (
            {"message": "SEO services and backlinks: http://a.example http://b.example"},
            "words of mass mailings",
        ),
        ({"message": "http://a http://b http://c http://d now"}, "many links"),
        ({"message": "casino bonus", "email": "x@mailinator.com"}, "throw-away mailbox"),
    ],
)
def test_spam_says_what_it_is_made_of(fields, reason):
    verdict = spam.judge(GOOD | fields)

    assert verdict.is_spam
    assert reason in verdict.reasons


def test_a_trap_and_haste_are_enough_alone():
    assert spam.judge(GOOD, trapped=True) == (100, ["honeypot filled in"])
    assert spam.judge(GOOD, seconds=0.4) == (60, ["filled in too fast"])
    assert spam.judge(GOOD, seconds=12) == (0, [])


def test_the_score_never_leaves_its_scale():
    words = "<a href casino viagra http://a http://b http://c http://d"
    verdict = spam.judge({"name": words, "message": words}, trapped=True, seconds=0)

    assert verdict.score == 100
