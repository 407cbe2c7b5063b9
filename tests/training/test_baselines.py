"""The older projects' classifiers on recordings that are easy to tell apart."""

from typing import ClassVar

import numpy as np
import pytest
import soundfile

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.training.baselines import BASELINES, CepstraSystem
from assistant.training.mfcc import cached_cepstra
from assistant.training.protocols import Fold

SCIKIT_LEARN = [system for system in BASELINES if "sklearn" in system.needs]


@pytest.fixture(scope="module")
def fold(tmp_path_factory):
    """Label 3 is a hum and label 4 is noise."""
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    times = np.arange(4_000) / 16_000
    clips = []
    for i in range(80):
        label = 3 + i % 2
        hum = 0.3 * np.sin(2 * np.pi * (150 + i) * times)
        path = folder / f"{i}.flac"
        soundfile.write(path, hum if label == 3 else 0.1 * rng.standard_normal(4_000), 16_000)
        clips.append(Clip(path, "ravdess", "a", label))
    return Fold(1, "", tuple(clips[:60]), tuple(clips[60:]), ())


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def ignored(stage, done, total):
    pass


@pytest.mark.parametrize("system", SCIKIT_LEARN, ids=lambda system: system.name)
def test_it_learns_what_is_easy_and_repeats_itself(system, fold, cache):
    answers = system.run(fold, 0, cache, ignored)
    assert answers.prediction.tolist() == [clip.label for clip in fold.test]
    assert answers.probabilities is None
    again = system.run(fold, 0, cache, ignored)
    np.testing.assert_array_equal(again.prediction, answers.prediction)


class Recorder:
    """A classifier that notes what it is given, and always answers 2."""

    made: ClassVar[list] = []

    def __init__(self, **parameters):
        self.parameters = parameters
        Recorder.made.append(self)

    def fit(self, cepstra, labels):
        self.cepstra, self.labels = cepstra, labels

    def predict(self, cepstra):
        self.asked = cepstra
        return np.full(len(cepstra), 2)


def recording(**changes):
    return CepstraSystem("recorder", f"{__name__}.Recorder", {"size": 9}, **changes)


def test_a_classifier_gets_the_cepstra_of_its_side_its_parameters_and_the_seed(fold, cache):
    answers = recording().run(fold, 5, cache, ignored)
    classifier = Recorder.made[-1]
    assert classifier.parameters == {"size": 9, "random_state": 5}
    assert classifier.labels.tolist() == [clip.label for clip in fold.training]
    np.testing.assert_array_equal(classifier.cepstra, cached_cepstra(fold.training, cache))
    np.testing.assert_array_equal(classifier.asked, cached_cepstra(fold.test, cache))
    assert answers.prediction.tolist() == [2] * len(fold.test)


def test_coefficients_are_standardised_by_what_trains(fold, cache):
    recording(is_standardised=True).run(fold, 0, cache, ignored)
    classifier = Recorder.made[-1]
    np.testing.assert_allclose(classifier.cepstra.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(classifier.cepstra.std(axis=0), 1, rtol=1e-4)
    training, test = cached_cepstra(fold.training, cache), cached_cepstra(fold.test, cache)
    expected = (test - training.mean(axis=0)) / training.std(axis=0)
    np.testing.assert_allclose(classifier.asked, expected, rtol=1e-4)


def test_features_and_training_are_reported(fold, cache):
    told = []
    recording().run(fold, 0, cache, lambda *progress: told.append(progress))
    assert told[0] == ("features", 1, 80)
    assert told[79:] == [("features", 80, 80), ("training", 0, 1), ("training", 1, 1)]


def test_a_classifier_that_cannot_learn_says_so_in_one_line(fold, cache):
    alike = Fold(1, "", fold.training[:1], fold.test, ())
    with pytest.raises(TrainingError, match=r"mfcc-svm cannot learn from these clips: .*class"):
        BASELINES[0].run(alike, 0, cache, ignored)


def test_a_perceptron_may_use_up_its_passes(fold, cache):
    (system,) = (system for system in BASELINES if system.name == "mfcc-mlp")
    hasty = CepstraSystem("hasty", system.classifier, {"max_iter": 1})
    assert len(hasty.run(fold, 0, cache, ignored).prediction) == len(fold.test)
