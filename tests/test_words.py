"""Which words were said, and whether anything was."""

import pytest

from assistant.values import Transcript
from assistant.words import is_said, plain_words

LEAST_S = 0.32


def heard(text, detected_s, language="en-US", phrase=""):
    return is_said(Transcript(text, language, phrase=phrase), detected_s, LEAST_S)


def test_words_are_compared_without_capitals_and_punctuation():
    assert plain_words("No, it's ÄRGER_lich – 3 times!") == [
        "no", "it's", "ärger", "lich", "3", "times",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["no", "Stop.", "yes", "two"])
def test_a_short_word_may_be_short(text):
    assert heard(text, 0.2)


@pytest.mark.parametrize("text", ["and it", "the egg", "who", "no no"])
def test_other_words_in_so_little_sound_were_not_said(text):
    assert not heard(text, 0.2)
    assert not heard(text, 0.39)
    assert heard(text, 0.41)


def test_in_a_language_whose_short_words_are_not_known_length_decides():
    assert heard("nein", 0.33, "de-DE")
    assert not heard("nein", 0.31, "de-DE")


def test_a_phrase_that_is_listened_for_may_be_short():
    assert heard("lights", 0.2, phrase="lights")


def test_where_no_words_were_understood_nothing_was_said():
    assert not heard("", 0.2)
    assert not heard("", 5)
