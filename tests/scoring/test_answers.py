"""From an index to what a classifier says of its clips."""

import dataclasses

import numpy as np
import pytest

from assistant.audio import read_audio, write_wav
from assistant.errors import CorpusError, ModelError
from assistant.scoring.answers import classify_clips, select_clips
from assistant.scoring.disturbances import Disturbances
from assistant.values import EMOTIONS
from tests.conftest import RECORDINGS
from tests.fakes import FakeClassifier, estimate, tone
from tests.scoring.labelled import CLIPS, write_index

FIVE = ("neutral", "happy", "happy", "angry", "sad")
"""What the fake says of the five clips: the first, second and fourth are right."""


@pytest.fixture
def folder(tmp_path):
    return write_index(tmp_path / "data")


def five(certain=(None,) * 5):
    return [estimate(label, 0.5, sure) for label, sure in zip(FIVE, certain, strict=True)]


def test_without_a_choice_every_clip_is_taken(folder):
    assert [clip.path.name for clip in select_clips(folder)] == [row[0] for row in CLIPS]
    assert select_clips(folder / "index.csv") == select_clips(folder)


@pytest.mark.parametrize(
    ("corpora", "speakers", "names"),
    [
        (["car"], None, ["5_angry.wav", "6_angrier.wav"]),
        (None, ["anna"], ["1_hello.wav", "2_happy.wav"]),
        (["home"], ["ben"], ["4_sad.wav"]),
        (["home", "car"], ["ben", "anna"], [row[0] for row in CLIPS]),
    ],
)
def test_a_corpus_and_speakers_are_chosen_together(folder, corpora, speakers, names):
    assert [c.path.name for c in select_clips(folder, corpora, speakers)] == names


@pytest.mark.parametrize(
    ("corpora", "speakers", "message"),
    [
        (["bus"], None, "has no clips of bus; it has car, home"),
        (None, ["carl", "anna"], "has no clips of carl to score; it has anna, ben"),
        (["car"], ["anna"], "has no clips of anna to score; it has ben"),
    ],
)
def test_who_is_not_there_is_named_with_who_is(folder, corpora, speakers, message):
    with pytest.raises(CorpusError, match=message):
        select_clips(folder, corpora, speakers)


def test_an_index_without_speakers_says_so(tmp_path):
    write_index(tmp_path, [("1_hello.wav", "neutral")], ("path", "emotion"))
    assert len(select_clips(tmp_path)) == 1
    with pytest.raises(CorpusError, match="it names no speakers"):
        select_clips(tmp_path, speakers=["anna"])


def test_an_index_without_emotions_leaves_nothing_to_score(tmp_path):
    write_index(tmp_path, [("1_hello.wav", "")], ("path", "emotion"))
    with pytest.raises(CorpusError, match="has no recordings with an emotion"):
        select_clips(tmp_path)


def test_of_many_speakers_only_some_are_listed(tmp_path):
    rows = [(f"{n}.wav", "happy", f"s{n:02}") for n in range(20)]
    write_index(tmp_path, rows, ("path", "emotion", "speaker"))
    with pytest.raises(CorpusError, match=r"s10, s11 and 8 more$"):
        select_clips(tmp_path, speakers=["nobody"])


def test_answers_hold_what_was_acted_and_said(folder):
    done = []
    answers = classify_clips(select_clips(folder), FakeClassifier(five()), report=done.append)
    assert [EMOTIONS[i] for i in answers.truth] == [row[3] for row in CLIPS]
    assert [EMOTIONS[i] for i in answers.prediction] == list(FIVE)
    assert answers.correct.tolist() == [True, True, False, True, False]
    assert answers.confidence == pytest.approx([0.5] * 5)
    assert answers.probabilities.sum(axis=1) == pytest.approx(np.ones(5))
    assert (answers.certain, answers.skipped) == (None, ())
    assert done == [1, 2, 3, 4, 5]


def test_a_calibrated_classifier_says_of_what_it_is_certain(folder):
    certain = [True, False, False, True, True]
    answers = classify_clips(select_clips(folder), FakeClassifier(five(certain)))
    assert answers.certain.tolist() == certain


def test_the_classifier_hears_the_recordings_as_they_are(folder):
    classifier = FakeClassifier(five())
    classify_clips(select_clips(folder), classifier)
    for heard, row in zip(classifier.heard, CLIPS, strict=True):
        expected = read_audio(RECORDINGS / row[0])
        np.testing.assert_array_equal(heard.samples, expected.samples)


def test_a_damaged_recording_costs_itself_alone(folder):
    (folder / "4_sad.wav").write_bytes(b"no sound")
    (folder / "5_angry.wav").unlink()
    done = []
    answers = classify_clips(select_clips(folder), FakeClassifier(five()), report=done.append)
    assert [EMOTIONS[i] for i in answers.truth] == ["neutral", "happy", "angry"]
    damaged, missing = answers.skipped
    assert damaged.startswith(f"{folder / '4_sad.wav'}: is not a recording")
    assert missing == f"{folder / '5_angry.wav'}: no such file"
    assert done == [1, 2, 3, 4, 5]


def test_a_recording_that_is_too_long_is_skipped(folder):
    write_wav(folder / "1_hello.wav", tone(8.0))
    answers = classify_clips(select_clips(folder), FakeClassifier(five()), max_file_s=7.0)
    (skipped,) = answers.skipped
    assert "1_hello.wav: is longer than 7 s" in skipped


def test_if_none_can_be_used_the_first_says_why(folder):
    for name, *_ in CLIPS:
        (folder / name).unlink()
    with pytest.raises(CorpusError, match=r"none of 5 recordings .*1_hello\.wav: no such file"):
        classify_clips(select_clips(folder), FakeClassifier(five()))


def test_a_model_that_fails_ends_the_run(folder):
    class Broken:
        def classify(self, audio):
            raise ModelError("the model does not run")

    with pytest.raises(ModelError):
        classify_clips(select_clips(folder), Broken())


def test_a_clip_gets_the_same_noise_in_every_selection(folder, tmp_path):
    write_wav(tmp_path / "noise.wav", tone(3.0))
    disturbances = Disturbances(noises=(tmp_path / "noise.wav",), snr_db=0)
    heard = []
    for clips in (select_clips(folder), select_clips(folder, ["car"])):
        classifier = FakeClassifier(five())
        classify_clips(clips, classifier, disturbances)
        heard.append(classifier.heard[-1].samples)
    np.testing.assert_array_equal(*heard)
    assert (heard[0] != read_audio(folder / "6_angrier.wav").samples).any()


def test_clips_of_one_sound_get_different_noise(tmp_path):
    rows = [("1_hello.wav", "happy"), ("again.wav", "happy")]
    folder = write_index(tmp_path / "data", rows, ("path", "emotion"))
    write_wav(folder / "again.wav", read_audio(folder / "1_hello.wav"))
    write_wav(tmp_path / "noise.wav", tone(3.0))
    classifier = FakeClassifier(five())
    noisy = Disturbances(noises=(tmp_path / "noise.wav",), snr_db=0)
    classify_clips(select_clips(folder), classifier, noisy)
    first, second = classifier.heard
    assert np.abs(first.samples - second.samples).max() > 0.01


def test_answers_cannot_be_changed(folder):
    answers = classify_clips(select_clips(folder), FakeClassifier(five()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        answers.truth = answers.prediction
