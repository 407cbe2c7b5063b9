"""The model file that is shipped."""

import json
import sys
import threading
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from assistant.audio import read_audio
from assistant.corpora.ravdess import ravdess_speakers
from assistant.corpora.splits import HELD_OUT_ACTORS
from assistant.emotion import EmotionClassifier
from assistant.errors import ModelError
from assistant.scoring.answers import classify_clips, select_clips
from assistant.scoring.scores import Scores
from assistant.training.results_file import read_results
from assistant.training.tables import fold_by_fold
from assistant.values import EMOTIONS
from tests.conftest import RECORDINGS, ROOT
from tests.golden_emotion import GOLDEN, TOLERANCE, measured, sounds

MODEL = ROOT / "models" / "emotion.tflite"
DESCRIPTION = ROOT / "models" / "emotion.json"
HELD_OUT = "held-out"


@pytest.fixture(scope="module")
def classifier():
    return EmotionClassifier.load(MODEL, DESCRIPTION)


@pytest.fixture(scope="module")
def interpreter():
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="needs ai-edge-litert")
    loaded = litert.Interpreter(model_content=MODEL.read_bytes())
    loaded.allocate_tensors()
    return loaded


@pytest.fixture(scope="module")
def description():
    return json.loads(DESCRIPTION.read_text())


def test_it_gives_its_golden_probabilities():
    stored = json.loads(GOLDEN.read_text())
    found = measured()
    assert found.keys() == stored.keys()
    for name, probabilities in found.items():
        assert probabilities == pytest.approx(stored[name], abs=TOLERANCE), name


def test_its_golden_sounds_do_not_all_sound_alike():
    assert len({max(p, key=p.get) for p in json.loads(GOLDEN.read_text()).values()}) > 1


def test_no_tensor_in_it_is_float(interpreter):
    types = {np.dtype(tensor["dtype"]).name for tensor in interpreter.get_tensor_details()}
    assert types == {"int8", "int32"}


def test_it_is_at_most_a_megabyte():
    assert MODEL.stat().st_size <= 1_000_000


def test_it_was_trained_without_the_actors_that_test_it(description):
    training = description["training"]
    assert training["held_out_actors"] == [1, 11, 20, 21]
    assert not set(training["held_out_actors"]) & set(training["validation_actors"])
    assert set(training["corpora"]) <= {"ravdess", "ravdess_song", "nemo"}


def test_the_card_states_the_scores_of_the_description(description):
    card = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    score = description["scores"][HELD_OUT]
    assert score["n"] == 240
    assert f"{100 * score['uar']:.1f}" in card
    assert f"{100 * score['accuracy']:.1f}" in card
    for label, found in score["per_class"].items():
        assert f"| {label} | {100 * found['recall']:.1f} |" in card


def test_the_card_states_what_disturbances_cost_both_ways_of_hearing(description):
    card = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    found = {name: 100 * score["uar"] for name, score in description["scores"].items()}
    whole, cut = HELD_OUT, f"{HELD_OUT}, cut"
    disturbed = [each.removeprefix(f"{whole}: ") for each in found if f"{whole}: " in each]
    assert len(disturbed) == 7
    for name in disturbed:
        shares = [
            f"{found[f'{way}: {name}']:.1f} | {found[f'{way}: {name}'] - found[way]:+.1f}"
            for way in (whole, cut)
        ]
        n_unvoiced = description["scores"][f"{cut}: {name}"]["n_unvoiced"]
        assert f"| {name} | {' | '.join(shares)} | {n_unvoiced} |" in card


@pytest.mark.parametrize("protocol", ["unseen-6", "unseen-5"])
def test_the_card_states_each_fold_and_their_mean(description, protocol):
    card = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    results = read_results(ROOT / f"models/results/tonewise-{protocol}.json")
    runs = Counter(fold.seed for fold in results.folds)
    whole = tuple(fold for fold in results.folds if runs[fold.seed] == results.n_folds)
    stated = replace(results, folds=whole)
    assert fold_by_fold(stated) in card
    scores = description["scores"][protocol]
    assert scores["uar"] == stated.for_description()["uar"]
    assert scores["seeds"] == sorted(seed for seed in runs if runs[seed] == results.n_folds)


@pytest.mark.parametrize(("protocol", "corpus"), [("nemo-out", "nEMO"), ("ased-out", "ASED")])
def test_the_card_states_what_is_found_in_a_corpus_left_out(protocol, corpus):
    card = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    (row,) = (line for line in card.splitlines() if line.startswith(f"| {corpus} ("))
    for system in ("pilot", "tonewise"):
        results = json.loads((ROOT / f"models/results/{system}-{protocol}.json").read_text())
        (fold,) = results["folds"]
        assert f"{100 * fold['uar_present']:.1f}" in row
        assert f"({100 * fold['uar']:.1f})" in row


def test_a_changed_bit_is_refused(tmp_path):
    content = bytearray(MODEL.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "emotion.tflite").write_bytes(content)
    with pytest.raises(ModelError, match="has SHA-256"):
        EmotionClassifier.load(tmp_path / "emotion.tflite", DESCRIPTION)


def test_a_truncated_model_is_refused(tmp_path):
    (tmp_path / "emotion.tflite").write_bytes(MODEL.read_bytes()[:-1])
    with pytest.raises(ModelError, match="has SHA-256"):
        EmotionClassifier.load(tmp_path / "emotion.tflite", DESCRIPTION)


def test_threads_get_the_answers_of_a_single_one(classifier):
    expected = {name: classifier.classify(sound) for name, sound in sounds().items()}
    wrong = []

    def classify_all():
        for name, sound in sounds().items():
            if classifier.classify(sound) != expected[name]:
                wrong.append(name)

    threads = [threading.Thread(target=classify_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("recording", sorted(RECORDINGS.glob("*.wav")), ids=lambda p: p.stem)
def test_it_classifies_a_recording(classifier, recording):
    estimate = classifier.classify(read_audio(recording))
    assert sum(estimate.probabilities.values()) == pytest.approx(1.0, abs=1e-5)
    assert estimate.label in EMOTIONS
    assert estimate.certain is not None


def test_training_is_not_imported_at_run_time():
    import subprocess

    program = (
        "import sys, assistant.emotion; print([m for m in sys.modules if 'training' in m])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert said.stdout.strip() == "[]"


def test_its_stated_score_on_held_out_actors_is_measured_again(shared_data, description):
    speakers = ravdess_speakers(HELD_OUT_ACTORS)
    clips = select_clips(shared_data, ["ravdess"], speakers)
    found = Scores.of(classify_clips(clips, EmotionClassifier.load(MODEL, DESCRIPTION)))
    assert found.n == 240
    assert found.uar == pytest.approx(description["scores"][HELD_OUT]["uar"], abs=0.03)
    assert found.uar > 0.65
