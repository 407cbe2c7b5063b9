"""Scores of a fold, means of folds, and the file that keeps them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.scoring.personal import Gain, Gains
from assistant.training.protocols import Fold
from assistant.training.results import FoldResult, Results
from assistant.training.results_file import clips_digest, read_results, write_results
from assistant.training.systems import FoldAnswers

DATA = Path("/data")
TEST = tuple(
    Clip(DATA / "ravdess" / f"{i}.flac", "ravdess", f"ravdess-{1 + i % 2:02}", label)
    for i, label in enumerate([0, 0, 4, 4])
)
TRAINING = (Clip(DATA / "ravdess" / "t.flac", "ravdess", "ravdess-03", 2),) * 7
FOLD = Fold(3, "1, 2", TRAINING, TEST, validation_actors=())


def certain(*labels, share=0.9):
    """Probabilities whose likeliest labels are given."""
    rest = (1 - share) / 7
    return np.where(np.eye(8)[list(labels)] == 1, share, rest)


def result(*labels, fold=FOLD, seed=0, **answers):
    return FoldResult.of(fold, seed, FoldAnswers(np.array(labels), **answers), DATA)


def test_a_fold_is_scored_by_all_eight_labels():
    found = result(0, 1, 4, 4)
    assert found.uar == 0.75  # (1/2 + 1) / 2
    assert found.accuracy == 0.75
    assert found.macro_f1 == 0.8333  # (2/3 + 1) / 2
    assert found.recall == {"neutral": 0.5, "angry": 1.0}
    assert (found.fold, found.about, found.n, found.n_training) == (3, "1, 2", 4, 7)
    assert found.test_speakers == ("ravdess-01", "ravdess-02")
    assert (found.uar_present, found.float_uar) == (None, None)


def test_a_rare_label_counts_as_much_as_a_frequent_one():
    found = result(0, 4, 4, fold=replace(FOLD, test=TEST[1:]))
    assert (found.uar, found.accuracy) == (1.0, 1.0)
    found = result(1, 4, 4, fold=replace(FOLD, test=TEST[1:]))
    assert (found.uar, found.accuracy) == (0.5, 0.6667)


def test_a_clip_keeps_its_prediction_where_there_are_no_probabilities():
    assert result(0, 1, 4, 4).clips[1] == {
        "path": "ravdess/1.flac", "label": "neutral", "prediction": "calm",
    }  # fmt: skip


def test_a_clip_keeps_its_probabilities_to_four_places():
    answers = FoldAnswers.of(certain(0, 1, 4, 4, share=2 / 3))
    clip = FoldResult.of(FOLD, 0, answers, DATA).clips[1]
    assert clip["probabilities"] == [0.0476, 0.6667, *[0.0476] * 6]
    assert "prediction" not in clip


def test_only_labels_that_occur_may_be_answered_for_the_second_uar():
    probabilities = certain(0, 1, 4, 4, share=0.5)
    probabilities[1, 0] = 0.3  # of neutral and angry it is neutral
    found = FoldResult.of(FOLD, 0, FoldAnswers.of(probabilities), DATA)
    assert (found.uar, found.uar_present) == (0.75, 1.0)


def test_the_float_network_is_scored_beside_the_integer_one():
    answers = FoldAnswers.of(certain(0, 1, 4, 4), certain(0, 0, 4, 4))
    found = FoldResult.of(FOLD, 0, answers, DATA)
    assert (found.uar, found.float_uar) == (0.75, 1.0)


def test_a_fold_tells_how_far_the_answers_can_be_trusted():
    answers = FoldAnswers.of(certain(0, 1, 4, 4, share=0.85))
    found = FoldResult.of(FOLD, 0, answers, DATA)
    assert found.ece == 0.1  # said 85 %, was 75 %
    assert (found.coverage, found.precision_certain) == (None, None)
    answers = replace(answers, certain=np.array([False, True, True, True]))
    found = FoldResult.of(FOLD, 0, answers, DATA)
    assert (found.coverage, found.precision_certain) == (0.75, 0.6667)
    assert [clip["certain"] for clip in found.clips] == [False, True, True, True]
    answers = replace(answers, certain=np.zeros(4, bool))
    found = FoldResult.of(FOLD, 0, answers, DATA)
    assert (found.coverage, found.precision_certain) == (0.0, None)


def test_confidence_is_judged_on_all_clips_together():
    surely = replace(FoldAnswers.of(certain(0, 1, 4, 4, share=0.75)), certain=np.ones(4, bool))
    rightly = replace(FoldAnswers.of(certain(0, 0, 4, 4, share=0.75)), certain=np.ones(4, bool))
    folds = [
        replace(FoldResult.of(FOLD, 0, each, DATA), fold=fold)
        for fold, each in enumerate([surely, rightly], start=1)
    ]
    assert [done.ece for done in folds] == [0.0, 0.25]
    results = EMPTY.adding(folds[0]).adding(folds[1])
    assert results.pooled() == {"ece": 0.125, "coverage": 1.0, "precision_certain": 0.875}
    assert EMPTY.adding(HALF).pooled() == {}


def test_what_knowing_the_voices_is_worth_is_a_mean_over_folds(tmp_path):
    gains = [Gains({2: Gain(30, share, 0.6)}, {10: Gain(50, 0.7, 0.6)}) for share in (0.7, 0.8)]
    folds = [
        replace(result(0, 1, 4, 4, gains=each), fold=fold)
        for fold, each in enumerate(gains, start=1)
    ]
    results = EMPTY.adding(folds[0]).adding(folds[1]).adding(replace(HALF, fold=5))
    write_results(tmp_path / "results.json", results)
    found = read_results(tmp_path / "results.json").gains()
    assert found.enrolled == {2: Gain(60, 0.75, 0.6)}
    assert found.corrected == {10: Gain(100, 0.7, 0.6)}
    assert not EMPTY.adding(HALF).gains()


def test_a_clip_outside_the_folder_keeps_its_whole_path():
    elsewhere = replace(TEST[0], path=Path("/elsewhere/0.flac"))
    found = result(0, fold=replace(FOLD, test=(elsewhere,)))
    assert found.clips[0]["path"] == "/elsewhere/0.flac"


def test_a_system_must_answer_for_each_clip():
    with pytest.raises(TrainingError, match="one truth and one prediction for each clip"):
        result(0, 1)
    with pytest.raises(TrainingError, match=r"shape \(4, 7\), expected \(4, 8\)"):
        FoldAnswers(np.zeros(4, int), np.zeros((4, 7)))
    with pytest.raises(TrainingError, match=r"shape \(3, 8\), expected \(4, 8\)"):
        FoldAnswers(np.zeros(4, int), float_probabilities=np.zeros((3, 8)))


HALF, WHOLE = result(0, 1, 4, 3), replace(result(0, 0, 4, 4), fold=4)
EMPTY = Results("unseen-5", 5, "a system", {"epochs": 3, "schedule": {"steps": 2}})


def test_the_summary_is_the_mean_over_folds_and_seeds_with_its_range():
    summary = EMPTY.adding(HALF).adding(WHOLE).adding(replace(WHOLE, seed=1)).summary()
    assert summary["uar"] == {"mean": 0.8333, "min": 0.5, "max": 1.0}
    assert summary["accuracy"]["mean"] == 0.8333
    assert set(summary) == {"uar", "accuracy", "macro_f1"}
    with_floats = EMPTY.adding(replace(HALF, float_uar=0.7, uar_present=0.6)).summary()
    assert with_floats["float_uar"]["mean"] == 0.7
    assert with_floats["uar_present"]["mean"] == 0.6


def test_results_stand_by_seed_and_fold_and_a_newer_one_replaces_an_older():
    results = EMPTY
    for fold, seed in [(2, 1), (1, 1), (2, 0)]:
        results = results.adding(replace(HALF, fold=fold, seed=seed))
    assert [(done.seed, done.fold) for done in results.folds] == [(0, 2), (1, 1), (1, 2)]
    assert results.has(2, 0)
    assert not results.has(1, 0)
    assert results.n_runs == 10
    assert EMPTY.adding(HALF).adding(WHOLE).n_runs == 5
    newer = results.adding(replace(WHOLE, fold=1, seed=1))
    assert [done.uar for done in newer.folds] == [0.5, 1.0, 0.5]


PROBABLE = FoldResult.of(
    FOLD, 1, FoldAnswers.of(certain(0, 0, 4, 4), certain(0, 1, 4, 4)), DATA
)


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "made" / "results.json"
    results = EMPTY.adding(HALF).adding(PROBABLE)
    write_results(path, results)
    assert read_results(path) == results
    assert [file.name for file in path.parent.iterdir()] == ["results.json"]


def test_the_file_has_the_published_form(tmp_path):
    path = tmp_path / "results.json"
    write_results(path, EMPTY.adding(HALF).adding(PROBABLE))
    fields = json.loads(path.read_text())
    assert set(fields) == {"protocol", "n_folds", "system", "settings", "folds", "summary"}
    half, probable = fields["folds"]
    assert set(half) == {
        "fold", "seed", "about", "test_speakers", "n", "n_training", "uar", "accuracy",
        "macro_f1", "recall", "clips",
    }  # fmt: skip
    assert set(probable) - set(half) == {"uar_present", "float_uar", "ece"}
    assert fields["summary"]["uar"] == {"mean": 0.75, "min": 0.5, "max": 1.0}


def test_each_clip_is_one_line_of_the_file(tmp_path):
    path = tmp_path / "results.json"
    write_results(path, EMPTY.adding(HALF).adding(PROBABLE))
    lines = [line for line in path.read_text().splitlines() if '"path"' in line]
    assert len(lines) == 8
    assert json.loads(lines[0].rstrip(","))["path"] == "ravdess/0.flac"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"protocol": "x", "n_folds": 1, "system": "y"}',
        '{"protocol": "", "n_folds": 1, "system": "", "settings": {}, "folds": [{"fold": 1}]}',
    ],
    ids=["empty", "list", "object", "deep", "cut", "half a fold"],
)
def test_other_files_are_refused(tmp_path, text):
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(TrainingError, match="holds no results of tonewise crossval"):
        read_results(path)


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path):
    with pytest.raises(TrainingError, match=r"absent\.json cannot be read \(No such file"):
        read_results(tmp_path / "absent.json")
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match=r"r\.json cannot be written \(File exists"):
        write_results(tmp_path / "file" / "r.json", EMPTY)


def test_the_digest_follows_the_clips_and_not_where_they_lie():
    moved = [replace(clip, path=Path("/mnt") / f"{clip.path.stem}.wav") for clip in TEST[::-1]]
    assert clips_digest(moved) == clips_digest(TEST)
    for changed in (
        {"label": 7},
        {"speaker": "x"},
        {"corpus": "x"},
        {"path": DATA / "x.flac"},
    ):
        assert clips_digest([replace(TEST[0], **changed), *TEST[1:]]) != clips_digest(TEST)
    assert len(clips_digest(TEST)) == 16


def test_a_description_gets_the_means_once_all_folds_are_done():
    one, two = result(0, 0, 4, 4), result(0, 1, 4, 4, fold=replace(FOLD, number=1))
    results = Results("unseen-2", 2, "tonewise", {}, (two,))
    with pytest.raises(TrainingError, match="1 of 2 folds are done; run the others first"):
        results.for_description()
    means = results.adding(one).for_description()
    assert means == {
        "uar": 0.875,
        "accuracy": 0.875,
        "macro_f1": 0.9166,
        "folds": 2,
        "seeds": [0],
        "n": 8,
    }
