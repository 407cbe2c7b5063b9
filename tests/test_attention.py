"""Whether the assistant is meant."""

import pytest

from assistant.attention import Attention


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def test_without_a_phrase_everything_is_heeded():
    assert Attention().heeded("What time is it?") == "What time is it?"


@pytest.mark.parametrize(
    ("said", "heeded"),
    [
        ("Hey computer, what time is it?", "what time is it?"),
        ("hey computer what time is it", "what time is it"),
        ("HEY  COMPUTER", ""),
        ("a computer what time is it", "what time is it"),  # as recognisers hear it
        ("hey come pewter what time is it", "what time is it"),
        ("what time is it hey computer", None),
        ("what time is it", None),
        ("hey", None),
        ("", None),
        ("hey Peter what time is it", None),
    ],
)
def test_the_phrase_must_begin_what_is_said(said, heeded):
    assert Attention("hey computer").heeded(said) == heeded


def test_soon_after_a_reply_the_phrase_may_be_left_out():
    clock = Clock()
    attention = Attention("hey computer", follow_up_s=8, clock=clock)
    assert attention.heeded("and tomorrow") is None
    attention.keep()
    clock.now_s += 7.9
    assert attention.heeded("and tomorrow") == "and tomorrow"
    assert attention.heeded("hey computer and tomorrow") == "and tomorrow"
    clock.now_s += 0.2
    assert attention.heeded("and tomorrow") is None


def test_what_counts_is_when_it_was_begun():
    clock = Clock()
    attention = Attention("hey computer", follow_up_s=8, clock=clock)
    attention.keep()
    clock.now_s += 20
    assert attention.heeded("a long story", began_s=105.0) == "a long story"
    assert attention.heeded("a long story", began_s=109.0) is None


def test_a_question_is_waited_for_longer():
    now_s = [0.0]
    attention = Attention("hey computer", 8.0, lambda: now_s[0])
    attention.keep(20.0)
    now_s[0] = 19.0
    assert attention.heeded("yes please") == "yes please"
    attention.keep(2.0)
    now_s[0] = 26.0
    assert attention.heeded("yes please") == "yes please"
    now_s[0] = 28.0
    assert attention.heeded("yes please") is None
