"""Whether an answer is a yes or a no."""

import pytest

from assistant import is_no, is_yes

YES = [
    "yes", "Yes, please!", "oh yes", "sure", "okay then", "all right", "why not", "let's do it",
    "Let’s try that", "that would help", "I'd like that", "you may", "go ahead", "yes yes",
    "okay do that", "of course, thank you",
]  # fmt: skip
NO = [
    "no", "No, thanks.", "know", "nope", "not now", "rather not", "I don't want to", "don’t",
    "maybe later", "no I'm fine", "leave it", "forget it", "cancel that", "no not really",
]  # fmt: skip
NEITHER = [
    "", "?", "yes and no", "no yes", "what time is it", "yes but tell me the time first",
    "I don't know what you mean", "you may not", "sure thing is not sure", "yesterday", "note",
    "yes " * 20,
]  # fmt: skip


@pytest.mark.parametrize("text", YES)
def test_a_yes_is_one(text):
    assert is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize("text", NO)
def test_a_no_is_one(text):
    assert is_no(text)
    assert not is_yes(text)


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_neither_is_neither(text):
    assert not is_yes(text)
    assert not is_no(text)


def test_a_question_may_have_answers_of_its_own():
    assert is_yes("yes, delete them", "delete (?:it|them)")
    assert is_yes("delete it", "delete (?:it|them)")
    assert not is_yes("delete it")
    assert is_no("no, keep it", "keep it")
    assert not is_no("keep it")
