"""``tonewise crossval``, run as a person runs it, on corpora of tones."""

import json
from dataclasses import replace
from importlib import util

import numpy as np
import pytest
import soundfile

from assistant.cli import crossval, main
from assistant.training.results import Results
from tests.training.test_results import HALF

SPEECH_AND_SONG = [
    (
        f"{corpus}/03-0{channel}-0{code}-01-01-01-{actor:02}.wav",
        corpus,
        f"ravdess-{actor:02}",
        label,
    )
    for actor in range(1, 25)
    for corpus, channel in (("ravdess", 1), ("ravdess_song", 2))
    for code, label in ((1, "neutral"), (5, "angry"))
]
TESS = [
    (f"tess/{voice}_{word}_{label}.wav", "tess", f"tess-{voice}", label)
    for voice in ("oaf", "yaf")
    for word in ("back", "bar")
    for label in ("neutral", "angry")
]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """All voices of the older projects; the angry ones are an octave up."""
    folder = tmp_path_factory.mktemp("data")
    times = np.arange(4_000) / 16_000
    rows = ["path,corpus,speaker,emotion"]
    for i, (path, *others) in enumerate([*SPEECH_AND_SONG, *TESS]):
        pitch_hz = (400 if others[-1] == "angry" else 200) + i % 40
        (folder / path).parent.mkdir(exist_ok=True)
        soundfile.write(folder / path, 0.2 * np.sin(2 * np.pi * pitch_hz * times), 16_000)
        rows.append(",".join([path, *others]))
    (folder / "index.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture
def tonewise(capsys, monkeypatch, tmp_path):
    """Runs the command in an empty folder; returns exit status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        try:
            status = main(["crossval", *(str(argument) for argument in arguments)])
        except SystemExit as stop:  # argparse
            status = stop.code
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.mark.slow
def test_folds_are_run_once_and_all_are_shown(tonewise, data, tmp_path):
    arguments = ("--data", data, "--protocol", "unseen-5", "--system", "mfcc-tree")
    arguments = (*arguments, "--cache", tmp_path / "cache")
    status, shown, told = tonewise(*arguments, "--folds", "2,5")
    assert status == 0
    assert "2 of 5 folds" in shown
    assert told.count("UAR") == 2

    (tmp_path / "emotion.json").write_text('{"scores": {"mine": {"uar": 0.5}}}')
    status, shown, told = tonewise(*arguments, "--write", tmp_path)
    assert status == 0
    assert told.count("UAR") == 3, "three were lacking"
    stored = json.loads((tmp_path / "emotion.json").read_text())["scores"]
    assert (stored["mine"]["uar"], stored["unseen-5"]["uar"]) == (0.5, 1.0)
    rows = [line.split() for line in shown.splitlines() if "100.0" in line]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "mean"]
    # An octave is easy to hear.
    assert " ".join(rows[4]) == "5 0 1, 4, 9, 22 8 100.0 100.0 100.0"
    assert "folds" not in shown
    out = "models/results/mfcc-tree-unseen-5.json"
    assert shown.splitlines()[-1] == out
    stored = json.loads((tmp_path / out).read_text())
    assert [fold["uar"] for fold in stored["folds"]] == [1.0] * 5


def test_each_score_that_there_is_has_a_column_on_80_columns(capsys):
    folds = tuple(
        replace(HALF, fold=number, about="10, 11, 12, 19, 20", float_uar=0.5125)
        for number in range(1, 6)
    )
    crossval.show(Results("unseen-5", 5, "tonewise", {}, folds))
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert sum("float UAR" in line for line in lines) == 1
    assert sum("10, 11, 12, 19, 20" in line for line in lines) == 5
    assert sum("51.2" in line for line in lines) == 6


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--data", "x"],
        ["--data", "x", "--protocol", "unseen-7"],
        ["--data", "x", "--protocol", "random", "--system", "other"],
        ["--data", "x", "--protocol", "random", "--folds", "one"],
        ["--data", "x", "--protocol", "random", "--seeds", "1,,2"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(tonewise, arguments):
    status, _, error = tonewise(*arguments)
    assert status == 2
    assert "usage: tonewise" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--protocol", "random"], "index.csv cannot be read"),
        (["--protocol", "unseen-5", "--folds", "6"], "unseen-5 has no fold 6; it has 1 to 5"),
    ],
    ids=" ".join,
)
def test_what_fails_is_said_in_one_line(tonewise, tmp_path, arguments, message):
    status, shown, error = tonewise("--data", tmp_path, "--system", "mfcc-tree", *arguments)
    assert (status, shown) == (1, "")
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.skipif(util.find_spec("tensorflow") is not None, reason="TensorFlow is installed")
def test_a_system_says_what_it_needs(tonewise, tmp_path):
    status, _, error = tonewise("--data", tmp_path, "--protocol", "random")
    assert status == 1
    assert error.strip() == (
        "tonewise: this system needs keras and tensorflow: pip install 'tonewise[train]'"
    )


def test_a_folder_without_a_model_is_named_before_anything_is_trained(tonewise, tmp_path):
    arguments = ("--data", tmp_path, "--protocol", "unseen-5", "--system", "mfcc-tree")
    status, _, told = tonewise(*arguments, "--write", tmp_path)
    assert status == 1
    assert "emotion.json is not there: name the folder of a model" in told
