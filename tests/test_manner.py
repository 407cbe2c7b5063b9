"""The manner of a reply follows the emotion, and only a sure one."""

from dataclasses import astuple, fields

import pytest

from assistant.manner import style_for
from assistant.settings import MannerSettings
from assistant.values import EMOTIONS, Style
from tests.fakes import estimate


def test_every_emotion_has_a_manner_within_what_a_voice_can_do():
    assert tuple(field.name for field in fields(MannerSettings)) == EMOTIONS
    for rate, volume, pitch in astuple(MannerSettings()):
        assert 0.5 <= rate <= 2
        assert 0 <= volume <= 1
        assert 0.5 <= pitch <= 2


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_manner_is_that_of_the_label(emotion):
    own = MannerSettings(**{emotion: (1.5, 0.25, 0.75)})
    assert style_for(estimate(emotion), own) == Style(rate=1.5, volume=0.25, pitch=0.75)
    assert style_for(estimate(emotion, certain=True), own) == Style(1.5, 0.25, 0.75)
    usual = Style(*getattr(MannerSettings(), emotion))
    assert style_for(estimate(emotion)) == usual


def test_someone_sad_or_angry_is_answered_slower_and_softer():
    for emotion in ("sad", "angry", "fearful"):
        assert style_for(estimate(emotion)).rate < 1
        assert style_for(estimate(emotion)).volume < 1


def test_someone_happy_is_answered_faster_and_brighter():
    assert style_for(estimate("happy")) == Style(rate=1.08, volume=1.0, pitch=1.2)


def test_an_uncertain_or_unknown_emotion_changes_nothing():
    own = MannerSettings(neutral=(1.5, 0.25, 0.75), angry=(1.5, 0.25, 0.75))
    assert style_for(estimate("angry", certain=False), own) == Style()
    assert style_for(estimate("angry", 0.4), own) == Style()
    assert style_for(None, own) == Style()
