"""Whether an answer is a yes or a no."""

import pytest

from assistant import is_no, is_yes

YES = [
    "yes", "Yes, please!", "oh yes", "sure", "okay then", "all right", "let's do it",
    "Let’s try that", "I'd like that", "you may", "go ahead", "yes yes", "okay do that",
    "of course, thank you", "please", "okay let's do it", "fine", "right", "That’s right.",
    "that is right", "sounds great", "sounds good", "Yes, please do!", "please do", "yes do",
    "yes I'm sure", "I am sure", "that would be nice", "It’d be great", "mhm", "Mm-hmm.",
    "uh huh", "uh-huh", "yes of course", "Yes, please, thank you.", "yes thanks a lot",
]  # fmt: skip
NO = [
    "no", "No, thanks.", "know", "nope", "not now", "rather not", "I don't want to", "don’t",
    "maybe later", "no I'm fine", "leave it", "forget it", "cancel that", "no not really",
    "please don't", "no please don't", "no please", "please leave me alone", "not right now",
    "I don't think so", "no way", "don't do it", "please do not do that", "do not",
    "I do not want to", "I really don't want to", "okay no", "ok, not now", "All right, no.",
    "no thank you very much", "absolutely not", "of course not", "certainly not", "not yet",
    "definitely not", "know thanks", "no, I don’t", "i dont want it", "oh please no",
]  # fmt: skip
NEITHER = [
    "", "?", "yes and no", "no yes", "yes no", "what time is it",
    "yes but tell me the time first", "I don't know what you mean", "you may not",
    "sure thing is not sure", "yesterday", "note", "I don't know", "don't know", "dont know",
    "I do not know", "I really don't know", "I don't really know", "oh I don't know",
    "okay but no thanks maybe", "no okay", "no right", "fine no", "no I'm sure", "thanks",
    "really", "not", "not sure", "why not", "we could", "we should", "we shall", "we can",
    "it would help", "that would help", "that might help", "it could help", "I do", "do",
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
    assert not is_yes("delete it no", "delete (?:it|them)")
    assert is_no("no, keep it", "keep it")
    assert not is_no("keep it")
    assert is_no("okay, keep it please", "keep it")


def test_a_long_answer_is_judged_at_once():
    for word in ("please ", "don't ", "okay no ", "mm hm ", "I do not want to "):
        assert not is_yes(word * 10_000 + "x")
        assert not is_no(word * 10_000 + "x")
        assert not is_yes((word * 60)[:58] + " x")
        assert not is_no((word * 60)[:58] + " x")
