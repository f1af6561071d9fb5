"""Rows are found by parts of the words in their texts."""

import pytest
from django.db import connection

from accounts.models import User
from core.searching import MOST, holds
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    for username, name in (("ada.cole", "Ada Cole"), ("bob", "Bob 100% O'Hara_"), ("émile", "")):
        person = factories.person(username)
        User.objects.filter(pk=person.pk).update(name=name)


def found(words):
    return {
        *User.objects.filter(holds(words, "username", "name")).values_list("username", flat=True)
    }


@pytest.mark.parametrize("words", ["ada", "COLE", "ole ada.c", "ad co", "  cole  ada "])
def test_all_words_have_to_be_there_in_whatever_column_and_order(words):
    assert found(words) == {"ada.cole"}


def test_a_word_that_is_nowhere_finds_nobody():
    assert found("ada hara") == set()


def test_no_word_is_no_condition():
    assert found(" ") == {"ada.cole", "bob", "émile"}


@pytest.mark.parametrize("words", ["100%", "o'hara_", "%", "_"])
def test_signs_mean_themselves(words):
    assert found(words) == {"bob"}


def test_case_of_other_letters_is_up_to_the_database():
    found_by = found("ÉMILE")

    assert found_by == ({"émile"} if connection.vendor == "postgresql" else set())


def test_of_very_many_words_the_first_are_looked_at():
    assert found("ada " * MOST + "nowhere") == {"ada.cole"}
    assert found("ada " * (MOST - 1) + "nowhere") == set()
