"""Results side by side, as Markdown."""

from dataclasses import replace

import pytest

from assistant.errors import TrainingError
from assistant.training.results import FoldResult, Results
from assistant.training.results_file import read_results, write_results
from assistant.training.tables import fold_by_fold, main, side_by_side
from tests.conftest import ROOT


@pytest.fixture
def results_with_clips():
    """What the model that is shipped was measured by."""
    return read_results(ROOT / "models" / "results" / "tonewise-unseen-6.json")


def results(system, protocol, *shares, n_folds=2):
    folds = [
        FoldResult(number, 0, "", (), 9, 9, share, share / 2, share, {}, ())
        for number, share in enumerate(shares, start=1)
    ]
    return Results(protocol, n_folds, system, {}, tuple(folds))


def test_systems_are_rows_and_protocols_are_columns():
    table = side_by_side(
        [
            results("older", "random", 0.8, n_folds=1),
            results("older", "unseen-5", 0.3, 0.4),
            results("ours", "unseen-5", 0.66, 0.67),
        ]
    )
    assert table.splitlines() == [
        "| system | random UAR | random accuracy | unseen-5 UAR | unseen-5 accuracy |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| older | 80.0 | 40.0 | 35.0 | 17.5 |",
        "| ours | – | – | 66.5 | 33.2 |",
    ]


def test_where_labels_are_absent_the_others_have_a_column_of_their_own():
    found = results("ours", "nemo-out", 0.5, n_folds=1)
    found = replace(found, folds=(replace(found.folds[0], uar_present=0.6),))
    older = results("older", "nemo-out", 0.3, n_folds=1)
    assert side_by_side([found, older, results("ours", "unseen-5", 0.7, 0.7)]).splitlines() == [
        "| system | nemo-out UAR | nemo-out UAR of the labels present | nemo-out accuracy "
        "| unseen-5 UAR | unseen-5 accuracy |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| ours | 50.0 | 60.0 | 25.0 | 70.0 | 35.0 |",
        "| older | 30.0 | – | 15.0 | – | – |",
    ]


def test_a_mean_over_fewer_folds_says_so():
    (row,) = side_by_side([results("ours", "unseen-5", 0.6)]).splitlines()[2:]
    assert row == "| ours | 60.0 (1 of 2 folds) | 30.0 (1 of 2 folds) |"


def test_each_seed_needs_all_folds():
    found = results("ours", "unseen-5", 0.6, 0.6)
    found = found.adding(replace(found.folds[0], seed=1))
    assert "60.0 (3 of 4 folds)" in side_by_side([found])


def test_results_without_folds_have_no_mean():
    assert "| ours | – | – |" in side_by_side([results("ours", "unseen-5")])


def of_folds(*runs):
    """Results of some (fold, seed, UAR)."""
    empty = Results("unseen-5", 2, "ours", {})
    for fold, seed, share in runs:
        clip = {"label": "sad", "prediction": "sad"}
        about, n = f"actor {fold}", 9 + fold
        done = FoldResult(fold, seed, about, (), n, 9, share, 0.5, 0.5, {}, (clip,))
        empty = empty.adding(replace(done, float_uar=share + 0.01, ece=0.05, coverage=0.6))
    return empty


def test_each_fold_is_a_row_and_the_last_is_their_mean():
    assert fold_by_fold(of_folds((1, 0, 0.6), (2, 0, 0.7))).splitlines() == [
        "| fold | tested | clips | UAR | float UAR | accuracy | ECE | certain | right |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| 1 | actor 1 | 10 | 60.0 | 61.0 | 50.0 | 5.0 | 60.0 | – |",
        "| 2 | actor 2 | 11 | 70.0 | 71.0 | 50.0 | 5.0 | 60.0 | – |",
        "| **mean**; ECE and certainty of all clips | | 21 | **65.0** | 66.0 | 50.0 "
        "| – | – | – |",
    ]


def test_of_several_seeds_each_is_told_and_their_mean():
    found = of_folds((1, 0, 0.6), (2, 0, 0.7), (1, 2, 0.64), (2, 2, 0.7))
    _, _, first, _, mean = fold_by_fold(found).splitlines()
    assert "UAR of seeds 0, 2" in fold_by_fold(found)
    assert first.startswith("| 1 | actor 1 | 10 | 62.0 | 60.0, 64.0 | 63.0 |")
    assert "| | 21 | **66.0** | 65.0, 67.0 | 67.0 |" in mean


def test_confidence_in_the_last_row_is_that_of_all_clips(results_with_clips):
    mean = fold_by_fold(results_with_clips).splitlines()[-1]
    pooled = results_with_clips.pooled()
    shares = [f"{100 * pooled[name]:.1f}" for name in ("ece", "coverage", "precision_certain")]
    assert mean.endswith(f"| {' | '.join(shares)} |")


def test_without_folds_there_is_no_table_of_them():
    with pytest.raises(TrainingError, match="no fold is done"):
        fold_by_fold(results("ours", "unseen-5"))


def test_two_results_for_one_place_are_refused():
    found = [results("ours", "unseen-5", share, share) for share in (0.6, 0.7)]
    with pytest.raises(TrainingError, match="two files have results of ours in unseen-5"):
        side_by_side(found)


def test_the_program_prints_the_table_of_files(tmp_path, capsys):
    for name in ("b", "a"):
        write_results(tmp_path / f"{name}.json", results(name, "unseen-5", 0.5, 0.5))
    assert main([str(tmp_path / "b.json"), str(tmp_path / "a.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines] == ["| s", "| -", "| b", "| a"]


def test_the_program_prints_one_file_fold_by_fold(tmp_path, capsys):
    write_results(tmp_path / "a.json", of_folds((1, 0, 0.6), (2, 0, 0.7)))
    assert main(["--folds", str(tmp_path / "a.json")]) == 0
    assert [line[:3] for line in capsys.readouterr().out.splitlines()] == [
        "| f", "| -", "| 1", "| 2", "| *"
    ]  # fmt: skip


@pytest.mark.parametrize("arguments", [[], ["--folds"], ["--folds", "a.json", "b.json"]])
def test_the_program_says_how_it_is_used(arguments, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 2)


def test_the_program_says_in_one_line_what_is_wrong(capsys):
    assert main(["absent.json"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
