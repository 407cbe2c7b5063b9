"""The values: frozen, checked, in the field's terms."""

import dataclasses

import numpy as np
import pytest

from assistant.errors import AudioError
from assistant.values import (
    EMOTIONS,
    Audio,
    EmotionEstimate,
    Reply,
    Style,
    Transcript,
    Utterance,
    mean_emotion,
)
from tests.fakes import estimate, tone

ONE_OF_EACH = [
    tone(),
    Transcript("hi"),
    estimate(),
    Utterance(Transcript("hi"), estimate(), 1.0),
    Style(),
    Reply("hi"),
]


@pytest.mark.parametrize("value", ONE_OF_EACH, ids=lambda value: type(value).__name__)
def test_values_are_frozen(value):
    field = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, None)


def test_samples_are_read_only_and_a_copy():
    own = np.zeros(10, np.float32)
    audio = Audio(own, 16_000)
    own[0] = 1
    assert audio.samples[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        audio.samples[0] = 1


@pytest.mark.parametrize(
    ("samples", "sample_rate", "message"),
    [
        (np.zeros((10, 2)), 16_000, r"must be mono, got shape \(10, 2\)"),
        (np.zeros(10), 0, "sample rate must be positive, got 0 Hz"),
        (np.array([np.nan]), 16_000, "NaN or infinite"),
        (np.array([np.inf]), 16_000, "NaN or infinite"),
    ],
)
def test_sound_that_is_none_is_refused(samples, sample_rate, message):
    with pytest.raises(AudioError, match=message):
        Audio(samples, sample_rate)


def test_the_length_is_in_seconds():
    assert tone(1.5).duration_s == 1.5


def test_a_part_is_given_in_seconds():
    audio = tone(2.0)
    part = audio.between(0.5, 1.25)
    np.testing.assert_array_equal(part.samples, audio.samples[8_000:20_000])
    assert audio.between(-1, 99).duration_s == 2.0


def test_the_likeliest_emotion_is_the_label_and_its_share_the_confidence():
    found = estimate("sad", 0.7)
    assert (found.label, found.confidence) == ("sad", pytest.approx(0.7))


@pytest.mark.parametrize(
    ("confidence", "certain", "is_reliable"),
    [(0.5, None, True), (0.49, None, False), (0.3, True, True), (0.9, False, False)],
)
def test_a_label_is_relied_on_if_certain_or_else_if_likely(confidence, certain, is_reliable):
    assert estimate("sad", confidence, certain).is_reliable is is_reliable


def test_a_plain_reply_ends_the_turn_in_the_voice_s_own_manner():
    assert Reply("hi") == Reply("hi", plugin="", style=None, continues=False)
    assert Style() == Style(rate=1, volume=1, pitch=1)


def test_probabilities_cannot_be_changed():
    own = dict.fromkeys(EMOTIONS, 0.125)
    found = EmotionEstimate(own)
    own["sad"] = 1.0
    assert found.probabilities["sad"] == 0.125
    with pytest.raises(TypeError):
        found.probabilities["sad"] = 1.0


def test_the_labels_are_those_of_ravdess_in_its_order():
    """Livingstone & Russo 2018, table 2: 01 neutral ... 08 surprised."""
    assert EMOTIONS == (
        "neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised",
    )  # fmt: skip


def uttered(label, sentiment, confidence=0.8):
    return Utterance(Transcript("x"), estimate(label, confidence), 1.0, sentiment)


@pytest.mark.parametrize(
    ("utterance", "is_mixed"),
    [
        (uttered("sad", 0.6), True),
        (uttered("fearful", 0.3), True),
        (uttered("happy", -0.6), True),
        (uttered("sad", -0.6), False),
        (uttered("happy", 0.6), False),
        (uttered("neutral", 0.9), False),
        (uttered("sad", 0.29), False),
        (uttered("sad", 0.6, confidence=0.4), False),
        (uttered("sad", None), False),
        (Utterance(Transcript("x"), None, 0.0, 0.9), False),
    ],
)
def test_words_and_voice_may_disagree(utterance, is_mixed):
    assert utterance.is_mixed is is_mixed


def test_the_mean_of_estimates_is_weighted_and_certain_where_all_are():
    sure, unsure = estimate("sad", 0.8, certain=True), estimate("happy", 0.8, certain=False)
    mean = mean_emotion([(sure, 3.0), (None, 5.0), (unsure, 1.0), (unsure, 0.0)])
    assert mean.probabilities["sad"] == pytest.approx(0.75 * 0.8 + 0.25 * 0.2 / 7)
    assert mean.certain is False
    assert mean_emotion([(sure, 1.0), (estimate("sad"), 1.0)]).certain is None
    assert mean_emotion([(sure, 2.0)]).certain is True
    assert mean_emotion([(None, 1.0), (sure, 0.0)]) is None


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Reply(42), "Reply.text must be a str, got int"),
        (lambda: Reply(None), "Reply.text must be a str, got NoneType"),
        (lambda: Reply("hm?", 20), "Reply.plugin must be a str, got int"),
        (
            lambda: Reply("x", style={"rate": 1.2}),
            "Reply.style must be a Style or None, got dict",
        ),
        (lambda: Reply("x", style=Style), "Reply.style must be a Style or None, got type"),
        (lambda: Reply("x", continues=1), "Reply.continues must be a bool, got int"),
        (lambda: Reply("x", asks_s="20"), "Reply.asks_s must be a number, got str"),
        (lambda: Reply("x", asks_s=True), "Reply.asks_s must be a number, got bool"),
        (lambda: Reply("x", is_fixed="no"), "Reply.is_fixed must be a bool, got str"),
        (lambda: Style("fast"), "Style.rate must be a number, got str"),
        (lambda: Style(volume=None), "Style.volume must be a number, got NoneType"),
        (lambda: Style(pitch=False), "Style.pitch must be a number, got bool"),
        (lambda: dataclasses.replace(Reply("x"), text=5), "Reply.text must be a str, got int"),
    ],
)
def test_a_reply_of_wrong_types_is_refused_where_it_is_built(build, told):
    with pytest.raises(TypeError) as caught:
        build()
    assert str(caught.value) == told


def test_every_kind_of_number_makes_a_reply():
    assert Reply("x", style=Style(1, np.float64(0.5), 2), asks_s=20).style.volume == 0.5
