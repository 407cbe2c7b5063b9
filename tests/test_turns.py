"""The conversation so far, as plugins are given it."""

import json
import time

import pytest

from assistant.conversation import KEPT_TURNS, Conversation, Turn
from assistant.values import EMOTIONS, Transcript, Utterance
from assistant.wire import from_plain, to_plain
from tests.fakes import estimate


def said(text, emotion=None, duration_s=1.0):
    return Utterance(Transcript(text), emotion, duration_s)


def test_turns_are_kept_in_order_with_what_was_answered():
    conversation = Conversation().with_turn(said("one", estimate("sad"))).answered("uno", "a")
    conversation = conversation.with_turn(said("two"))
    first, second = conversation.turns
    assert (first.text, first.emotion, first.reply, first.plugin) == (
        "one", estimate("sad"), "uno", "a",
    )  # fmt: skip
    assert (second.text, second.emotion, second.reply) == ("two", None, "")
    assert abs(second.time.timestamp() - time.time()) < 60
    assert second.time.tzinfo is not None


def test_the_oldest_turns_are_forgotten_and_long_texts_are_cut():
    conversation = Conversation()
    for number in range(KEPT_TURNS + 5):
        conversation = conversation.with_turn(said(f"{number}" * 1_000)).answered(
            "x" * 1_000, ""
        )
    assert len(conversation.turns) == KEPT_TURNS
    assert conversation.turns[0].text[0] == "5"
    assert {(len(turn.text), len(turn.reply)) for turn in conversation.turns} == {(500, 500)}


def test_a_conversation_goes_over_the_wire():
    conversation = Conversation().with_turn(said("one", estimate("sad", certain=True)))
    plain = json.loads(json.dumps(to_plain(conversation)))
    assert from_plain(Conversation, plain) == conversation


def test_the_mood_is_the_mean_of_the_last_minutes_by_length_of_speech():
    conversation = Conversation(
        (
            Turn(0.0, "long ago", estimate("happy", 1.0), 9.0),
            Turn(1_000.0, "short", estimate("sad", 0.8, certain=True), 1.0),
            Turn(1_010.0, "typed"),
            Turn(1_020.0, "long", estimate("angry", 0.8, certain=True), 3.0),
        )
    )
    mood = conversation.mood(now_s=1_100.0)
    assert mood.probabilities["angry"] == pytest.approx(0.25 * 0.2 / 7 + 0.75 * 0.8)
    assert sum(mood.probabilities[label] for label in EMOTIONS) == pytest.approx(1)
    assert (mood.label, mood.certain) == ("angry", True)
    assert conversation.mood(over_s=50, now_s=1_100.0) is None
    assert conversation.mood(over_s=2_000, now_s=1_100.0).label == "happy"
    assert Conversation().mood() is None


def test_what_they_say_they_felt_counts_more_than_how_it_sounded():
    conversation = Conversation(
        (
            Turn(1_000.0, "one", estimate("angry", 0.8, certain=True), 1.0),
            Turn(1_010.0, "two", estimate("angry", 0.8, certain=True), 1.0),
        )
    )
    told = conversation.felt(1_000.0, "calm").felt(1_010.0, "calm").felt(5.0, "sad")
    assert [turn.felt for turn in told.turns] == ["calm", "calm"]
    assert told.mood(now_s=1_020.0).probabilities["calm"] == 1
    half = conversation.felt(1_010.0, "calm")
    assert [turn.mood.label for turn in half.turns] == ["angry", "calm"]
    assert half.turns[0] == conversation.turns[0]


def test_how_much_likelier_than_usual_an_emotion_is():
    conversation = Conversation()
    for _ in range(3):
        assert conversation.change(estimate("happy")) is None
        conversation = conversation.with_turn(said("x", estimate("sad", 0.8)))
        conversation = conversation.with_turn(said("typed"))
    change = conversation.change(estimate("happy", 0.8))
    assert change["happy"] == pytest.approx(0.8 - 0.2 / 7)
    assert change["sad"] == pytest.approx(0.2 / 7 - 0.8)
    assert sum(change.values()) == pytest.approx(0)
    assert change["calm"] == pytest.approx(0)
