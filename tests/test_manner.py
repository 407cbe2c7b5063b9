"""The manner of a reply follows the emotion, and only a sure one."""

import pytest

from assistant.manner import STYLES, style_for
from assistant.values import EMOTIONS, Style
from tests.fakes import estimate


def test_every_emotion_has_a_manner_within_what_a_voice_can_do():
    assert tuple(STYLES) == EMOTIONS
    for style in STYLES.values():
        assert 0.5 <= style.rate <= 2
        assert 0 <= style.volume <= 1
        assert 0.5 <= style.pitch <= 2


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_manner_is_that_of_the_label(emotion):
    assert style_for(estimate(emotion)) == STYLES[emotion]
    assert style_for(estimate(emotion, certain=True)) == STYLES[emotion]


def test_someone_sad_or_angry_is_answered_slower_and_softer():
    for emotion in ("sad", "angry", "fearful"):
        assert style_for(estimate(emotion)).rate < 1
        assert style_for(estimate(emotion)).volume < 1


def test_an_uncertain_or_unknown_emotion_changes_nothing():
    assert style_for(estimate("angry", certain=False)) == Style()
    assert style_for(estimate("angry", 0.4)) == Style()
    assert style_for(None) == Style()
