"""What a language model writes, in pieces of any size, as sentences that can be spoken."""

import time

import pytest

from assistant.streamed_text import LONG_CHARACTERS, StreamedText, plain


def spoken(text, n=1_000_000):
    """The sentences of a text that comes in pieces of ``n`` characters."""
    parts = StreamedText()
    found = []
    for begin in range(0, len(text), n):
        found += parts.add(text[begin : begin + n])
    return [*found, *parts.end()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes. No! Really? Well… So.", ["Yes.", "No!", "Really?", "Well…", "So."]),
        ("Dr. Who met Mr. Smith. He ran.", ["Dr. Who met Mr. Smith.", "He ran."]),
        ("Take fruit, e.g. Apples. Eat.", ["Take fruit, e.g. Apples.", "Eat."]),
        ("J. R. Smith is at 5 p.m. Monday here. Go.", ["J. R. Smith is at 5 p.m. Monday here.",
                                                     "Go."]),
        ("It is No. 5 of many. No. It is not.", ["It is No. 5 of many.", "No.", "It is not."]),
        ("So am I. Is he a Dr? Yes.", ["So am I.", "Is he a Dr?", "Yes."]),
        ("Pi is 3.14159. Half of 7 is 3.5. Good.", ["Pi is 3.14159.", "Half of 7 is 3.5.",
                                                    "Good."]),
        ("42. That is it. 1. One", ["42. That is it.", "1. One."]),
        ("He said 'Go.' Then (yes!) He left.", ["He said 'Go.'", "Then (yes!)", "He left."]),
        ("Wait... for it. Now", ["Wait... for it.", "Now."]),
        ("A line\nAnother line\n\nand\nthe last", ["A line.", "Another line and the last."]),
        ("**Bold.** *Soft* and _this_, `code`, ~~old~~ snake_case.",
         ["Bold.", "Soft and this, code, old snake case."]),
        ("**One. Two.** Three", ["One.", "Two.", "Three."]),
        ("## Title\nText.", ["Title.", "Text."]),
        ("Buy:\n- apples\n* pears\n+ plums\n• figs\n1. First\n> quoted",
         ["Buy:", "apples.", "pears.", "plums.", "figs.", "1. First.", "quoted."]),
        ("See [the page](http://a.b/c?d=e.f) and ![a cat](x.png) now.",
         ["See the page and a cat now."]),
        ("Read [this? Yes.](http://a.b) Done [1].", ["Read this?", "Yes. Done ."]),
        ("Go to https://www.example.org/a_b.html?c=d. Or http://x.y", ["Go to example.org.",
                                                                      "Or x.y."]),
        ("Here:\n```python\nprint('x. Y')\n```\nThat is all.", ["Here:", "That is all."]),
        ("Run ```x``` now. Run```x```it. ```never ended", ["Run now.", "Run it."]),
        ("<think>He wants. Hm.</think>Hello. 1 < 2 and 3 > 2.", ["Hello.", "1 < 2 and 3 > 2."]),
        ("<think>Never ends. So", []),
        ("Great 😀! 👩‍👩‍👧 Yes ❤️. 🎉", ["Great!", "Yes."]),
        ("It is 20 °C → fine ✓.", ["It is 20 °C fine."]),
        ("3 * 4 is 12, 2*2 is **4**.", ["3 times 4 is 12, 2 times 2 is 4."]),
        ("| a | b |\n|---|---|\n| c | d |", ["a, b.", "c, d."]),
        ("One<br>two<br/>three </p>.", ["One two three ."]),
        ("你好！你好吗？我很好。", ["你好！", "你好吗？", "我很好。"]),
        ("Größe zählt. Ärger auch.", ["Größe zählt.", "Ärger auch."]),
        ("--- *** \n\n ... !", []),
        ("\ud83d Half.", ["Half."]),
        ("", []),
    ],
)  # fmt: skip
def test_an_answer_is_said_in_whole_sentences_without_markup(text, expected):
    for n in (1_000_000, 1, 2, 3, 5, 7):
        assert spoken(text, n) == expected, n


def test_a_long_sentence_is_cut_at_a_clause_else_at_a_word():
    clauses = "and then there was this, " * 30
    words = "longer " * 90
    for text, end in ((clauses, ","), (words, "longer"), ("x" * 700, "x")):
        parts = spoken(text, 9)
        assert all(len(part) <= LONG_CHARACTERS for part in parts)
        assert all(part.endswith(end) for part in parts[:-1])
        assert "".join(parts).replace(" ", "").rstrip(".,") == (
            text.replace(" ", "").rstrip(".,")
        )


def test_a_sentence_of_the_greatest_length_is_not_cut():
    longest = f"So, {'x' * (LONG_CHARACTERS - 6)}."
    assert spoken(f"{longest} Go") == [longest, "Go."]


@pytest.mark.parametrize("text", ["* ", "\n", "[", "`", "no. ", "www.x.", "|", "http://", "<"])
def test_no_text_keeps_it_busy(text):
    begin_s = time.process_time()
    spoken(text * (100_000 // len(text)))
    assert time.process_time() - begin_s < 2


def test_a_sentence_is_there_as_soon_as_the_next_one_begins():
    text = StreamedText()
    assert text.add("It rains.") == []
    assert text.add(" ") == []
    assert text.add("Take a") == ["It rains."]
    assert text.add(" hat. An umbrella! And") == ["Take a hat.", "An umbrella!"]
    assert text.end() == ["And."]
    assert text.end() == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("If it rains, then I would ta", "If it rains,"),
        ("Well, I think that you sho", "Well, I think that you"),
        ("So be it th", "So be it"),
        ("Yes.", "Yes."),
        ("All is well!", "All is well!"),
        ("**All is well.** ", "All is well."),
        ("你好吗？", "你好吗？"),
    ],
)
def test_what_is_begun_can_be_said_up_to_a_clause_or_word(text, first):
    parts = StreamedText()
    assert parts.add(text) == []
    assert parts.begun() == [first]
    rest = [*parts.add("ke it. Bye."), *parts.end()]
    assert " ".join([first, *rest]).endswith("ke it. Bye.")


@pytest.mark.parametrize("text", ["", "I ", "I think", "So be it", "Well, so", "!"])
def test_few_words_are_not_begun(text):
    parts = StreamedText()
    assert parts.add(text) == parts.begun() == []
    assert parts.end() == ([f"{text.strip()}."] if text.strip("!") else [])


def test_what_is_hidden_is_not_begun():
    parts = StreamedText()
    assert parts.add("<think>So it is. Or is it? Then") == parts.begun() == []
    assert parts.add("</think>It is. So") == ["It is."]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- **One** [page](http://a.b)\n", "One page."),
        ("One\n\n", "One."),
        ("One!\n", "One!"),
        ("One ", "One"),
        ("| a | b |", "a, b"),
        ("a, ", "a,"),
        ("--- *** 😀", ""),
        ("", ""),
    ],
)
def test_markup_is_not_said_and_a_line_gets_a_full_stop(text, said):
    assert plain(text) == said
