"""Where a sentence ends, and how a text is cut into what a voice is given."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences import (
    MAX_CHARACTERS,
    PIECE_CHARACTERS,
    first_sentence_end,
    is_whole,
    pieces,
    sentences,
    split_sentences,
)

ANY_TEXT = st.text(
    st.one_of(st.sampled_from(" \n.!?…。！」\"')*1aAi-+"), st.characters()), max_size=60
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes. No! Really? Well… So.", ["Yes.", "No!", "Really?", "Well…", "So."]),
        ("Dr. Who met Mr. Smith. He ran.", ["Dr. Who met Mr. Smith.", "He ran."]),
        ("Dr. A. Smith has 3.5 hours at approx. 9.30 today. Go.",
         ["Dr. A. Smith has 3.5 hours at approx. 9.30 today.", "Go."]),
        ("Take fruit, e.g. Apples. Eat.", ["Take fruit, e.g. Apples.", "Eat."]),
        ("J. R. Smith is at 5 p.m. Monday here. Go.",
         ["J. R. Smith is at 5 p.m. Monday here.", "Go."]),
        ("It is No. 5 of many. No. It is not.", ["It is No. 5 of many.", "No.", "It is not."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("I said no! 5 of them stayed.", ["I said no!", "5 of them stayed."]),
        ("So am I. Is he a Dr? Yes.", ["So am I.", "Is he a Dr?", "Yes."]),
        ("Pi is 3.14159. Half of 7 is 3.5. Good.",
         ["Pi is 3.14159.", "Half of 7 is 3.5.", "Good."]),
        ("There are 12. The bus is number 5. It is red.",
         ["There are 12.", "The bus is number 5.", "It is red."]),
        ("1. Boil water. 2. Add salt.", ["1. Boil water.", "2. Add salt."]),
        ("1a. Boil water. 1b. Add salt.", ["1a. Boil water.", "1b. Add salt."]),
        ("Ask (Dr. Who) or “J. Doe”. Then rest.", ["Ask (Dr. Who) or “J. Doe”.", "Then rest."]),
        ("42. That is it. 1. One", ["42. That is it.", "1. One"]),
        ("Here 5! + 3 is 123. And 5! is 120.", ["Here 5! + 3 is 123.", "And 5! is 120."]),
        ("Well... – perhaps. Wait... for it. Now",
         ["Well... – perhaps.", "Wait... for it.", "Now"]),
        ("He said 'Go.' Then (yes!) He left.", ["He said 'Go.'", "Then (yes!)", "He left."]),
        ("“Go.” «Ja.» [So.] „Gut.“ Weiter", ["“Go.”", "«Ja.»", "[So.]", "„Gut.“ Weiter"]),
        ("**Bold.** *Soft.* _Thin._ `Code.` End", ["**Bold.**", "*Soft.*", "_Thin._", "`Code.`",
                                                  "End"]),
        ("A line\nAnother line\n\nand\nthe last", ["A line", "Another line\n\nand\nthe last"]),
        ("Buy:\n- apples\n* pears", ["Buy:", "- apples", "* pears"]),
        ("你好！你好吗？我很好。", ["你好！", "你好吗？", "我很好。"]),
        ("他说「好。」然后？！走", ["他说「好。」", "然后？！", "走"]),
        ("好。 明天。\n后天", ["好。", "明天。", "后天"]),
        ("हाँ जी। ठीक है। كيف؟ نعم", ["हाँ जी।", "ठीक है।", "كيف؟", "نعم"]),
        ("Größe zählt. Ärger auch.", ["Größe zählt.", "Ärger auch."]),
        ("It rains. é is small. Österreich.", ["It rains. é is small.", "Österreich."]),
        ("Good. 🙂 ... Bye.", ["Good.", "🙂 ... Bye."]),
        ("... !", ["... !"]),
        ("\n\n Hello.", ["Hello."]),
        ("", []),
    ],
)  # fmt: skip
def test_a_sentence_ends_where_the_next_one_begins(text, expected):
    found = split_sentences(text)
    assert [sentence.strip() for sentence in found] == expected
    assert "".join(found) == text


@pytest.mark.parametrize("abbreviation", [
    "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Sr", "Jr", "Gen", "Sen", "Rev", "Mt", "Inc", "Ltd",
    "vs", "etc", "approx", "ca", "fig", "Jan", "Feb", "Apr", "Aug", "Sept", "Oct", "Nov", "Dec",
    "e.g", "i.e", "p.m", "J",
])  # fmt: skip
def test_an_abbreviation_ends_no_sentence(abbreviation):
    text = [f"It was {abbreviation}. Lee or 5. ", f"Is it {abbreviation}? ", "Yes."]
    for expected in (text, [sentence.upper() for sentence in text]):
        assert split_sentences("".join(expected)) == expected


@given(ANY_TEXT)
def test_splitting_leaves_nothing_out(text):
    found = split_sentences(text)
    assert "".join(found) == text
    assert all(found)


@given(ANY_TEXT)
def test_what_follows_changes_no_end_that_is_known(text):
    first = split_sentences(text)[0] if text else ""
    ends = [first_sentence_end(text[:n]) for n in range(len(text))]
    assert set(ends) <= {0, len(first)}
    assert first_sentence_end(text) == (0 if first == text else len(first))


@pytest.mark.parametrize(
    ("text", "n_characters"),
    [
        ("", 0),
        ("Yes.", 0),
        ("Yes. ", 0),
        ("Yes. I", 5),
        ("Yes. i", 0),
        ("It is No. ", 0),
        ("It is No. 5", 0),
        ("It is No. So", 10),
        ("A line\n", 0),
        ("A line\nA", 7),
        ("你好！", 0),
        ("你好！」", 0),
        ("你好！」你", 4),
    ],
)
def test_the_first_sentence_of_an_unfinished_text_ends_when_what_follows_tells(
    text, n_characters
):
    assert first_sentence_end(text) == n_characters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes.", True),
        ("All is well!\n", True),
        ("**Is it?** ", True),
        ("He said “so…”", True),
        ("他说「好。」", True),
        ("ठीक है।", True),
        ("If it rains,", False),
        ("If it", False),
        ('"', False),
        ("", False),
    ],
)
def test_a_text_is_whole_that_ends_with_a_mark(text, expected):
    assert is_whole(text) is expected


@pytest.mark.parametrize(
    "text", ["!", "\n", " .", "5. ", "no. 5 ", "a.b.", "A. ", ".*", ". `", "。」", "x ", "\"'"]
)
def test_no_text_takes_long_to_split(text):
    begin_s = time.process_time()
    whole = text * (100_000 // len(text))
    split_sentences(f"Go{whole}")
    is_whole(whole)
    sentences(whole)
    assert time.process_time() - begin_s < 2


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
        ("Your list:\nMilk\r\nOat  flakes\n\nand\nthat is all", ["Your list:", "Milk",
                                                            "Oat flakes and that is all"]),
        ("One.\n---\nTwo\x00three", ["One.", "Two three"]),
        ("🙂?!", []),
        ("", []),
    ],
)  # fmt: skip
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
    assert pieces("Milk\nEggs\r\n\n And\x00bread") == ["Milk Eggs And bread"]


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


def test_a_long_list_is_cut_between_lines():
    lines = "\n".join(["Morning"] * 200)
    parts = pieces(lines)
    assert " ".join(parts) == lines.replace("\n", " ")
    assert all(len(part) <= PIECE_CHARACTERS for part in parts)
    assert sentences(lines) == ["Morning"] * 200


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
