"""Reading back the emotion: never claimed where it is not known."""

import re
from itertools import pairwise

import pytest

from assistant import EmotionEstimate, Transcript, Utterance
from assistant.values import EMOTIONS
from tests.plugins import load

WORDS_OF_CLAIM = ("You sound", "I hear", "Your voice is")


@pytest.fixture
def plugin():
    return load("emotion_readback")


def heard(label, confidence, certain=None):
    """An estimate of ``confidence`` for the label, the rest shared by the others."""
    rest = (1 - confidence) / (len(EMOTIONS) - 1)
    probabilities = dict.fromkeys(EMOTIONS, rest) | {label: confidence}
    return EmotionEstimate(probabilities, certain)


def test_typed_words_have_no_voice_to_read_back(plugin):
    assert plugin.respond(Utterance(Transcript("I am sad"))) is None


def test_the_next_plugin_goes_on(plugin):
    reply = plugin.respond(Utterance(Transcript("x"), heard("happy", 0.9, True)))
    assert (reply.text, reply.continues) == ("You sound happy.", True)


@pytest.mark.parametrize(
    ("label", "word"),
    [
        ("neutral", "neutral"),
        ("calm", "calm"),
        ("happy", "happy"),
        ("sad", "sad"),
        ("angry", "angry"),
        ("fearful", "afraid"),
        ("disgust", "disgusted"),
        ("surprised", "surprised"),
    ],
)
def test_every_emotion_is_named(label, word, plugin):
    assert plugin.sentence(heard(label, 0.9, True), 0) == f"You sound {word}."


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize(
    ("confidence", "certain"),
    [(0.99, False), (0.99, None), (0.5, None), (0.49, None), (0.31, False), (0.2, None)],
)
def test_what_is_uncertain_is_never_claimed(label, confidence, certain, plugin):
    for turn in range(2):
        sentence = plugin.sentence(heard(label, confidence, certain), turn)
        assert not any(words in sentence for words in WORDS_OF_CLAIM)
        assert re.fullmatch(r"[^.!?]+\?", sentence) or sentence in plugin.UNKNOWN


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize("confidence", [0.2, 0.4, 0.9])
def test_what_is_certain_is_claimed(label, confidence, plugin):
    for turn in range(2):
        sentence = plugin.sentence(heard(label, confidence, True), turn)
        assert sentence.startswith(WORDS_OF_CLAIM)


def test_a_likely_feeling_is_asked_about_and_an_unlikely_one_is_not(plugin):
    assert plugin.sentence(heard("sad", 0.3), 0) == "Do you feel sad?"
    assert plugin.sentence(heard("sad", 0.29), 0) in plugin.UNKNOWN


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize(("confidence", "certain"), [(0.9, None), (0.5, None), (0.9, False)])
def test_what_is_likely_but_not_certain_is_asked(label, confidence, certain, plugin):
    for turn in range(2):
        sentence = plugin.sentence(heard(label, confidence, certain), turn)
        assert sentence in plugin.ASKED[label]


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize(("confidence", "certain"), [(0.9, True), (0.4, None), (0.2, None)])
def test_no_line_comes_twice_in_a_row(label, confidence, certain, plugin):
    utterance = Utterance(Transcript("x"), heard(label, confidence, certain))
    lines = [plugin.respond(utterance).text for _ in range(4)]
    assert all(line != following for line, following in pairwise(lines))


def test_the_tables_hold_the_labels_of_the_model(plugin):
    assert set(plugin.HEARD) == set(EMOTIONS)
    assert set(plugin.ASKED) == set(EMOTIONS)
