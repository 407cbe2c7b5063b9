"""How a text is cut into what a voice is given."""

import re

import pytest

from assistant.sentences import MAX_CHARACTERS, PIECE_CHARACTERS, pieces, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes. I hear you!  And you?", ["Yes.", "I hear you!", "And you?"]),
        ("Just one", ["Just one"]),
        ('"Stop!" He left.', ['"Stop!"', "He left."]),
        ('He said "Stop!" and left.', ['He said "Stop!" and left.']),
        ("Well... perhaps. No.", ["Well... perhaps.", "No."]),
        ("Ask Dr. Smith or J. Doe. Then rest.", ["Ask Dr. Smith or J. Doe.", "Then rest."]),
        ("That is Pi: 3.14 or so.", ["That is Pi: 3.14 or so."]),
        ("1. Breathe. 2. Sleep.", ["1. Breathe.", "2. Sleep."]),
        ("Sure! 🙂 ... Bye.", ["Sure!", "🙂 ... Bye."]),
        ("Good. 🙂", ["Good."]),
        ("今天好。明天也好！", ["今天好。", "明天也好！"]),
        ("🙂?!", []),
        ("", []),
    ],
)
def test_a_text_is_cut_where_a_sentence_ends(text, expected):
    assert sentences(text) == expected


def test_sentences_lose_no_word_of_what_is_sayable():
    text = " ".join(f"This is number {n}, isn't it? Yes." for n in range(100))
    assert " ".join(sentences(text)) == text


def test_a_sentence_is_never_longer_than_a_piece():
    text = "word " * 300 + "end. Next."
    parts = sentences(text)
    assert max(map(len, parts)) <= PIECE_CHARACTERS
    assert parts[-1] == "Next."
    assert " ".join(parts) == text


def test_100_kb_are_cut_like_any_text_that_is_too_long(caplog):
    parts = sentences("It is so warm. " * 7_000)
    assert MAX_CHARACTERS - 100 < sum(len(part) + 1 for part in parts) <= MAX_CHARACTERS + 1
    assert "too long" in caplog.text


def test_a_short_text_is_one_piece():
    assert pieces("  Hello,\n\n world.  ") == ["Hello, world."]
    assert pieces(" \t ") == []


def test_a_long_text_is_cut_after_sentences_and_loses_nothing():
    text = " ".join(f"This is sentence number {number}." for number in range(150))
    parts = pieces(text)
    assert " ".join(parts) == text
    assert all(part.endswith(".") for part in parts)
    assert all(len(part) <= 500 for part in parts)
    assert len(parts) == 9


def test_a_long_sentence_is_cut_between_words():
    words = " ".join(["morning"] * 200)
    parts = pieces(words)
    assert " ".join(parts) == words
    assert all(len(part) <= 500 for part in parts)


def test_a_long_word_is_cut_where_it_must_be():
    parts = pieces("x" * 1_200)
    assert [len(part) for part in parts] == [500, 500, 200]


def test_sentences_end_without_spaces_in_chinese():
    sentence = "今天天气很好。"
    parts = pieces(sentence * 100)
    assert "".join(parts) == sentence * 100
    assert all(part.endswith("。") for part in parts)


def test_a_point_within_a_number_ends_no_sentence():
    text = "It costs 3.50 " * 60
    assert not any(part.endswith("3.") for part in pieces(text))


def test_no_more_is_spoken_than_a_few_minutes(caplog):
    parts = pieces("morning " * 20_000)
    assert MAX_CHARACTERS - 100 < sum(map(len, parts)) <= MAX_CHARACTERS
    assert re.search(r"last 15\d{4} characters", caplog.text)
    caplog.clear()
    pieces("morning " * 600)
    assert caplog.text == ""
