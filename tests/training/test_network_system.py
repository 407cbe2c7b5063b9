"""The emotion network as a system: what it is shown, and what it answers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip, read_clips
from assistant.errors import TrainingError
from assistant.training.network_system import write_index
from tests.training.in_keras import ROOT, needs_tensorflow
from tests.training.small_run import HAS_ENCODER
from tests.training.test_train import sung_by_formula


def test_the_trainer_is_shown_an_index_of_the_training_clips_alone(tmp_path):
    clips = [
        Clip(tmp_path / "data" / "03-01-05-01-01-01-12.wav", "ravdess", "ravdess-12", 4),
        Clip(tmp_path / "data" / "sad, or not.wav", "nemo", "nemo-1", 3),
    ]
    folder = tmp_path / "cache" / "run"
    write_index(folder, clips)
    found = read_clips(folder)
    assert [(clip.corpus, clip.speaker, clip.label) for clip in found] == [
        ("ravdess", "ravdess-12", 4),
        ("nemo", "nemo-1", 3),
    ]
    assert [clip.path.resolve() for clip in found] == [clip.path for clip in clips]
    # Training stores paths relative to the index.
    assert all(clip.path.is_relative_to(folder) for clip in found)


def test_a_recording_that_is_a_link_keeps_its_name(tmp_path):
    (tmp_path / "real" / "data").mkdir(parents=True)
    (tmp_path / "stored.wav").touch()
    (tmp_path / "real" / "data" / "1.wav").symlink_to(tmp_path / "stored.wav")
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    write_index(tmp_path / "linked" / "run", [Clip(tmp_path / "linked/data/1.wav", "", "", 0)])
    (clip,) = read_clips(tmp_path / "linked" / "run")
    assert clip.path.name == "1.wav"
    assert clip.path.samefile(tmp_path / "stored.wav")


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match=r"cannot be written \(.*; choose another cache"):
        write_index(tmp_path / "file" / "run", [])


def small_fold(folder):
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("small_fold.py")), folder],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.long
@needs_tensorflow
def test_it_trains_and_answers_by_the_model_that_people_run_and_by_the_float_network(tmp_path):
    sung_by_formula(tmp_path / "data")
    found = small_fold(tmp_path)
    heard, floats = (np.array(found[name]) for name in ("probabilities", "float_probabilities"))
    assert heard.shape == floats.shape == (8, 8)
    np.testing.assert_allclose(heard.sum(axis=1), 1, atol=1e-4)
    assert found["prediction"] == heard.argmax(axis=1).tolist()
    # The same network, so nearly the same; not the same form, so not quite.
    np.testing.assert_allclose(heard, floats, atol=0.05)
    assert not np.array_equal(heard, floats)
    assert len(found["certain"]) == 8
    assert not found["has_gains"], "the speaker has too few clips"
    stages = [stage for stage, _, _ in found["stages"]]
    taught = ["teacher's features", "teacher"] if HAS_ENCODER else []
    expected = ["features", *taught, "training", "calibration", "testing"]
    assert [*dict.fromkeys(stages)] == expected
    assert found["stages"][-1] == ["testing", 8, 8]

    again = small_fold(tmp_path)
    assert again["probabilities"] == found["probabilities"]
    assert again["float_probabilities"] == found["float_probabilities"]
    assert "training" not in [stage for stage, _, _ in again["stages"]], "it was trained before"


PROGRAM = """
import json
import numpy as np
from assistant.training.mfcc_network import CepstraNetwork, cepstra_network
rng = np.random.default_rng(0)
labels = np.arange(400) % 8
cepstra = rng.standard_normal((400, 40)).astype("float32")
cepstra[np.arange(400), labels] += 9
answers = []
for seed in (3, 3, 4):
    network = CepstraNetwork(epochs=9, batch_size=32, random_state=seed)
    network.fit(cepstra[:300], labels[:300])
    answers.append(network.predict(cepstra[300:]).tolist())
print(json.dumps([cepstra_network().count_params(), labels[300:].tolist(), *answers]))
"""


@pytest.mark.long
@needs_tensorflow
def test_the_older_network_has_its_20872_weights_and_learns():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    n_weights, truth, first, again, _ = json.loads(done.stdout.splitlines()[-1])
    assert n_weights == 20_872
    assert np.mean(np.equal(truth, first)) > 0.9
    assert first == again
