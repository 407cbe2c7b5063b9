"""What corrections do to later estimates, by properties, and what a profile refuses."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ProfileError
from assistant.profiles import (
    MAX_CORRECTIONS,
    MAX_NAME_LENGTH,
    RELATIVE_SHARE,
    Correction,
    Impression,
    VoiceProfile,
    adjustment,
    relative_offset,
)
from assistant.values import EMOTIONS
from tests.fakes import estimate

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LOGITS = st.lists(st.floats(-10, 10), min_size=8, max_size=8).map(tuple)


def softmax(logits):
    powers = np.exp(np.asarray(logits) - np.max(logits))
    return powers / powers.sum()


def corrected(features, label, model="ab"):
    """The correction of an utterance whose features are its logits."""
    probabilities = softmax(features)
    heard = EMOTIONS[int(probabilities.argmax())]
    return Correction(
        label, heard, NOON.isoformat(), tuple(features), tuple(probabilities), model
    )


CORRECTIONS = st.lists(st.builds(corrected, LOGITS, st.sampled_from(EMOTIONS)), max_size=6)


def is_plain(features):
    """Whether features have a direction to be compared by."""
    return np.ptp(features) > 0.01


@given(LOGITS)
def test_without_corrections_nothing_changes(features):
    assert adjustment(features, ()).tolist() == [0.0] * 8


@given(LOGITS.filter(is_plain), st.sampled_from(EMOTIONS), CORRECTIONS)
def test_a_correction_makes_its_label_likelier_when_the_utterance_is_heard_again(
    features, label, others
):
    place = EMOTIONS.index(label)
    correction = corrected(features, label)
    before = softmax(features + adjustment(features, others))
    after = softmax(features + adjustment(features, [*others, correction]))
    assert after[place] >= before[place]
    if 1e-6 < before[place] < 0.99 and correction.probabilities[place] < 0.99:
        assert after[place] > before[place]


@given(LOGITS, CORRECTIONS, st.randoms())
def test_the_order_of_corrections_does_not_matter(features, corrections, random):
    shuffled = random.sample(corrections, len(corrections))
    np.testing.assert_allclose(
        adjustment(features, shuffled), adjustment(features, corrections), atol=1e-9
    )


def test_the_step_is_the_label_minus_what_was_heard():
    features = (3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    moved = adjustment(features, [corrected(features, "sad")], strength=2.0)
    expected = -2 * softmax(features)
    expected[EMOTIONS.index("sad")] += 2
    np.testing.assert_allclose(moved, expected)


@pytest.mark.parametrize("power", [1, 4, 8])
def test_the_step_falls_with_the_power_of_the_correlation(power):
    heard = np.array([3.0, 0.0, 1.0, 2.0, -1.0, 0.5, 0.0, -2.0])
    other = heard + np.array([0.0, 2.0, 0.0, -1.0, 2.0, 0.0, 1.0, 0.0])
    correction = corrected(heard, "sad")
    whole = adjustment(heard, [correction], power=power)
    correlation = np.corrcoef(heard, other)[0, 1]
    assert 0.3 < correlation < 0.9
    found = adjustment(other, [correction], power=power)
    np.testing.assert_allclose(found, whole * correlation**power)


@given(LOGITS.filter(is_plain), st.sampled_from(EMOTIONS))
def test_an_opposed_utterance_is_not_moved(features, label):
    opposed = tuple(-each for each in features)
    np.testing.assert_array_equal(adjustment(opposed, [corrected(features, label)]), 0)


def test_a_dissimilar_utterance_hardly_moves():
    angry = np.eye(8)[EMOTIONS.index("angry")] * 4
    calm = np.eye(8)[EMOTIONS.index("calm")] * 4 + angry / 2
    assert 0.3 < np.corrcoef(angry, calm)[0, 1] < 0.4
    moved = adjustment(calm, [corrected(angry, "happy")], strength=1.0)
    assert 0.3**2 < moved[EMOTIONS.index("happy")] < 0.4**2  # of a whole logit


def test_loudness_of_features_is_no_similarity():
    """Neither a factor nor an offset makes two utterances differ."""
    features = np.array([3.0, 0.0, 1.0, 2.0, -1.0, 0.5, 0.0, -2.0])
    correction = corrected(features, "sad")
    np.testing.assert_allclose(
        adjustment(2 * features + 5, [correction]), adjustment(features, [correction])
    )


@pytest.mark.parametrize("flat", [(0.0,) * 8, (0.1,) * 8, (1 / 3,) * 8])
def test_features_without_a_direction_resemble_nothing(flat):
    correction = corrected((3.0, 0.0, 1.0, 2.0, -1.0, 0.5, 0.0, -2.0), "sad")
    np.testing.assert_array_equal(adjustment(flat, [correction]), 0)
    np.testing.assert_array_equal(adjustment(correction.features, [corrected(flat, "sad")]), 0)


def test_features_may_be_of_any_length():
    heard = replace(corrected((0.0,) * 8, "sad"), features=(1.0, 2.0, 4.0))
    moved = adjustment((1.0, 2.0, 4.0), [heard], strength=1.0)
    assert moved[EMOTIONS.index("sad")] == pytest.approx(1 - 1 / 8)


def test_a_correction_remembers_what_was_heard():
    heard = Impression(estimate("happy"), (1.0, 2.0), (0.125,) * 8, "ab")
    assert Correction.of(heard, "sad", NOON) == Correction(
        "sad", "happy", "2026-11-21T12:00:00+00:00", (1.0, 2.0), (0.125,) * 8, "ab"
    )


def numbered(count):
    return [corrected((float(number), *[0.0] * 7), "sad") for number in range(1, count + 1)]


def test_of_too_many_corrections_the_oldest_go():
    corrections = numbered(MAX_CORRECTIONS + 2)
    profile = VoiceProfile("anna").with_corrections(*corrections[:-1])
    profile = profile.with_corrections(corrections[-1])
    assert profile.corrections == tuple(corrections[2:])


def test_the_last_word_about_an_utterance_counts():
    first, second = numbered(2)
    again = corrected(first.features, "angry")
    profile = VoiceProfile("anna").with_corrections(first, second)
    assert profile.with_corrections(again).corrections == (second, again)


def test_features_of_another_model_do_not_compare():
    own, foreign = corrected((1.0,) * 8, "sad", "ab"), corrected((2.0,) * 8, "sad", "cd")
    longer = replace(corrected((3.0,) * 8, "sad", "ab"), features=(1.0,) * 9)
    profile = VoiceProfile("anna").with_corrections(own, foreign, longer)
    assert profile.corrections_of("ab", 8) == (own,)


@pytest.mark.parametrize("name", ["anna", "Jörg", "anna-2", "_b", "7", "a" * MAX_NAME_LENGTH])
def test_letters_digits_and_dashes_name_a_voice(name):
    assert VoiceProfile(name).name == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "../a", "a b", "a.json", "a\n", "a\0", "-", "_", "é́", "a" * 41],
)
def test_other_names_are_refused_in_one_line(name):
    with pytest.raises(ProfileError, match="cannot name a voice: use up to 40 ") as refusal:
        VoiceProfile(name)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "bored"}, "names 'bored'; expected one of neutral, calm"),
        ({"heard": ""}, "names ''"),
        ({"features": ()}, "lacks its features"),
        ({"probabilities": (0.5, 0.5)}, "lacks its features or probabilities"),
        ({"features": (np.inf,)}, "NaN or infinite"),
        ({"probabilities": (np.nan,) * 8}, "NaN or infinite"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ProfileError, match=message):
        replace(corrected((1.0,) * 8, "sad"), **changes)


@pytest.mark.parametrize("logits", [(0.0,) * 7, (0.0,) * 9, (0.0,) * 7 + (np.nan,)])
def test_neutral_logits_that_cannot_be_are_refused(logits):
    with pytest.raises(ProfileError, match="anna: its neutral logits are not 8 finite"):
        VoiceProfile("anna", logits)


@given(LOGITS, LOGITS, st.floats(0, 1))
def test_a_share_of_what_sets_a_voice_apart_is_taken_off(neutral, reference, share):
    offset = relative_offset(neutral, reference, share)
    moved = np.asarray(neutral) + offset
    expected = share * np.asarray(reference) + (1 - share) * np.asarray(neutral)
    np.testing.assert_allclose(moved, expected, atol=1e-9)


def test_the_share_is_three_tenths():
    offset = relative_offset((1.0, *[0.0] * 7), (0.0, 2.0, *[0.0] * 6))
    np.testing.assert_allclose(offset, [-0.3, 0.6, 0, 0, 0, 0, 0, 0])


def test_taking_logits_off_is_moving_the_features_of_a_linear_layer():
    rng = np.random.default_rng(1)
    weights, bias = rng.standard_normal((20, 8)), rng.standard_normal(8)
    heard, neutral, reference = rng.standard_normal((3, 20))
    moved = (heard - RELATIVE_SHARE * (neutral - reference)) @ weights + bias
    offset = relative_offset(neutral @ weights + bias, reference @ weights + bias)
    np.testing.assert_allclose(heard @ weights + bias + offset, moved)
