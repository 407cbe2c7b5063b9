"""What knowing a voice is worth, on clips whose logits are known."""

from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.emotion import ClipLogits, EmotionClassifier
from assistant.errors import ProfileError, TrainingError
from assistant.features import FeatureRecipe
from assistant.model_description import ModelDescription
from assistant.profiles import MAX_CORRECTIONS
from assistant.scoring.personal import (
    MOST_CHOICES,
    N_DRAWS,
    Gain,
    Gains,
    corrected_gain,
    enough_for,
    enrolled_gain,
    personal_gains,
)
from assistant.values import EMOTIONS

NEUTRAL, SAD, ANGRY = (EMOTIONS.index(label) for label in ("neutral", "sad", "angry"))


def never(windows):
    raise AssertionError("clips that were heard are not heard again")


CLASSIFIER = EmotionClassifier(
    never, ModelDescription("ab", FeatureRecipe(), neutral_logits=(2.0, *[0.0] * 7))
)


def said(speaker, label, **logits):
    """A clip, and its logits by emotion, 0 where none is given."""
    values = np.array([[logits.get(name, 0.0) for name in EMOTIONS]], np.float32)
    return Clip(Path(), "home", speaker, EMOTIONS.index(label)), ClipLogits(values, 2.0)


def apart(pairs):
    clips, heard = zip(*pairs, strict=True)
    return clips, heard


def sad_sounding(speaker, n_neutral=3):
    """Whatever this speaker says sounds sad by half a logit more than it is meant."""
    neutral = [said(speaker, "neutral", neutral=2.0, sad=2.5)] * n_neutral
    return [*neutral, said(speaker, "angry", angry=1.5, sad=2.0)]


def test_a_voice_that_always_sounds_sad_is_set_right_by_enrolment():
    """Two fifths of the neutral clips' 2.5 are taken off: half a logit less than meant."""
    clips, heard = apart(sad_sounding("anna"))
    found = enrolled_gain(clips, heard, CLASSIFIER, 2)
    # Three choices of two; each leaves one neutral clip and the angry one.
    assert found == Gain(n=6, uar=1.0, uar_without=0.0)


def test_a_clip_that_enrols_is_not_scored():
    clips, heard = apart([*sad_sounding("anna", 2), *sad_sounding("ben", 3)])
    assert enrolled_gain(clips, heard, CLASSIFIER, 1).n == 2 * 2 + 3 * 3
    assert enrolled_gain(clips, heard, CLASSIFIER, 2).n == 3 * 2  # anna has none to spare


def test_answers_of_all_speakers_are_pooled():
    """Ben's voice is usual, so that enrolment changes nothing for him."""
    ben = [said("ben", "neutral", neutral=2.0)] * 2 + [said("ben", "angry", sad=1.0)]
    clips, heard = apart([*sad_sounding("anna"), *ben])
    found = enrolled_gain(clips, heard, CLASSIFIER, 1)
    # Answers to angry clips: three of anna's, right if enrolled, two of ben's, wrong.
    assert found == Gain(n=13, uar=(1 + 3 / 5) / 2, uar_without=(2 / 8 + 0) / 2)


def test_of_many_choices_some_are_drawn_the_same_whoever_is_scored_beside():
    anna, ben = sad_sounding("anna", 7), sad_sounding("ben", 7)
    rng = np.random.default_rng(2)
    noisy = [
        (clip, ClipLogits(heard.windows + rng.normal(0, 1.5, 8).astype(np.float32), 2.0))
        for clip, heard in [*anna, *ben]
    ]
    alone = [enrolled_gain(*apart(own), CLASSIFIER, 3) for own in (noisy[:8], noisy[8:])]
    assert [gain.n for gain in alone] == [MOST_CHOICES * 5] * 2
    both = enrolled_gain(*apart(noisy), CLASSIFIER, 3)
    assert both.n == MOST_CHOICES * 10
    assert both == enrolled_gain(*apart(noisy), CLASSIFIER, 3)
    assert both.uar == pytest.approx(np.mean([gain.uar for gain in alone]))


def test_each_drawn_choice_is_another():
    """With all but one of 21 clips enrolled, each of 20 choices leaves another one out."""
    clips, heard = apart([said("anna", "neutral", neutral=float(n)) for n in range(21)])
    found = enrolled_gain(clips, heard, CLASSIFIER, 20)
    assert found.n == MOST_CHOICES


def test_corrections_reach_the_clips_beside_them():
    """Each of her angry clips sounds sad by half a logit; two corrections are enough."""
    clips, heard = apart([said("anna", "angry", angry=2.0, sad=2.5)] * 5)
    found = corrected_gain(clips, heard, CLASSIFIER, 2)
    assert found == Gain(n=N_DRAWS * 3, uar=1.0, uar_without=0.0)


def test_corrections_of_one_speaker_leave_others_alone():
    anna = [said("anna", "angry", angry=2.0, sad=2.5)] * 3
    ben = [said("ben", "sad", angry=2.0, sad=2.5)] * 3
    found = corrected_gain(*apart([*anna, *ben]), CLASSIFIER, 2)
    assert found == Gain(n=2 * N_DRAWS, uar=1.0, uar_without=0.5)


def test_every_window_of_a_clip_counts():
    """The mean of the windows says sad, but two of three are surely neutral."""
    windows = np.zeros((3, 8), np.float32)
    windows[:2, NEUTRAL], windows[2, SAD] = 5.0, 30.0
    clip = Clip(Path(), "home", "anna", NEUTRAL)
    heard = [ClipLogits(windows, 2.0)] * 3
    assert corrected_gain([clip] * 3, heard, CLASSIFIER, 1).uar_without == 1.0


@pytest.mark.parametrize("speaker", ["anna", ""])
@pytest.mark.parametrize(
    ("measure", "n", "message"),
    [
        (enrolled_gain, 3, "no speaker has more than 3 neutral clips; enrolment with"),
        (corrected_gain, 4, "no speaker has more than 4 clips; so many corrections"),
    ],
)
def test_without_clips_to_spare_nothing_can_be_scored(measure, n, message, speaker):
    with pytest.raises(TrainingError, match=message):
        measure(*apart(sad_sounding(speaker)), CLASSIFIER, n)


def test_clips_of_nobody_are_not_one_speakers():
    with pytest.raises(TrainingError, match="no speaker has more than 1 neutral"):
        enrolled_gain(*apart(sad_sounding("")), CLASSIFIER, 1)


def test_more_corrections_than_a_profile_keeps_cannot_be_scored():
    clips, heard = apart([said("anna", "sad")] * (MAX_CORRECTIONS + 2))
    with pytest.raises(TrainingError, match="a profile keeps 100 corrections, so 101 cannot"):
        corrected_gain(clips, heard, CLASSIFIER, MAX_CORRECTIONS + 1)


def test_a_model_that_cannot_be_enrolled_with_is_refused():
    classifier = EmotionClassifier(never, ModelDescription("ab", FeatureRecipe()))
    with pytest.raises(ProfileError, match="cannot be enrolled with"):
        enrolled_gain(*apart(sad_sounding("anna")), classifier, 1)


def test_what_was_measured_is_told_by_the_number_of_clips():
    given = (*apart(sad_sounding("anna")), CLASSIFIER)
    gains = personal_gains(*given, enrolled=(1, 2), corrected=(1,))
    assert gains.enrolled == {n: enrolled_gain(*given, n) for n in (1, 2)}
    assert gains.corrected == {1: corrected_gain(*given, 1)}
    assert personal_gains(*given) == Gains({}, {})


def test_its_json_names_what_is_compared():
    gain = Gain(6, 2 / 3, 1 / 3)
    assert Gains({2: gain}, {10: gain}).to_json() == {
        "enrolled": {"2": {"uar": 0.6667, "uar_not_enrolled": 0.3333, "n": 6}},
        "corrected": {"10": {"uar": 0.6667, "uar_not_corrected": 0.3333, "n": 6}},
    }
    assert Gains({}, {}).to_json() == {}


def test_numbers_that_leave_a_clip_to_score_are_enough():
    calm = Clip(Path(), "home", "anna", EMOTIONS.index("calm"))
    clips = [*[Clip(Path(), "home", "anna", NEUTRAL)] * 3, calm]
    clips += [Clip(Path(), "home", "ben", NEUTRAL)] * 2
    assert enough_for(clips, (1, 2, 3), (3, 4)) == ((1, 2), (3,))
    assert enough_for([], (1,), (1,)) == ((), ())
