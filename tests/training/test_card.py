"""The model card's pictures: which are drawn, and that they hold the numbers given."""

import json

import numpy as np
import pytest

from assistant.training.card import draw_card, draw_disturbed, draw_training, main
from assistant.training.history import Epoch
from assistant.training.results import FoldResult, Results
from assistant.training.results_file import write_results
from assistant.training.systems import FoldAnswers
from tests.training.test_results import DATA, FOLD, certain

SCORES = {
    "unseen-6": {"uar": 0.7},
    "held-out": {"uar": 0.8, "n": 240},
    "held-out: noise at 10 dB": {"uar": 0.6, "n": 240},
}
HISTORY = [
    {"epoch": 1, "loss": 3.0, "validation_uar": None},
    {"epoch": 2, "loss": 2.0, "validation_uar": 0.5},
]


def model_folder(folder, scores, **training):
    described = {"scores": scores, "training": {"validation_actors": [5, 9], **training}}
    (folder / "emotion.json").write_text(json.dumps(described))
    done = FoldResult.of(FOLD, 0, FoldAnswers.of(certain(0, 1, 4, 4)), DATA)
    write_results(folder / "results.json", Results("unseen-6", 6, "tonewise", {}, (done,)))
    return folder, folder / "results.json"


@pytest.mark.slow
def test_all_that_is_known_is_drawn(tmp_path, capsys):
    models, results = model_folder(tmp_path, SCORES, history=HISTORY)
    assert main([str(models), str(results)]) == 0
    drawn = [line.rsplit("/", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert drawn[-2:] == ["training.png", "disturbed.png"]
    assert "confusion.png" in drawn
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in drawn)


@pytest.mark.slow
def test_what_is_not_known_is_not_drawn(tmp_path):
    names = [path.name for path in draw_card(*model_folder(tmp_path, {}))]
    assert "recall.png" in names
    assert "training.png" not in names
    assert "disturbed.png" not in names


@pytest.mark.slow
@pytest.mark.parametrize(
    ("without", "drawn"), [("training", {"disturbed.png"}), ("scores", {"training.png"})]
)
def test_what_a_description_lacks_is_not_drawn(tmp_path, without, drawn):
    models, results = model_folder(tmp_path, SCORES, history=HISTORY)
    described = json.loads((models / "emotion.json").read_text())
    del described[without]
    (models / "emotion.json").write_text(json.dumps(described))
    names = {path.name for path in draw_card(models, results)}
    assert names & {"disturbed.png", "training.png"} == drawn


@pytest.mark.slow
def test_clean_comes_first_and_without_it_nothing_is_compared(tmp_path):
    disturbed, clean = {"held-out: at -30 dB": {"uar": 0.8}}, {"held-out": SCORES["held-out"]}
    models, results = model_folder(tmp_path, disturbed)
    assert "disturbed.png" not in {path.name for path in draw_card(models, results)}
    models, results = model_folder(tmp_path, disturbed | clean)
    assert "disturbed.png" in {path.name for path in draw_card(models, results)}


@pytest.mark.slow
def test_the_curves_are_the_epochs_that_were_measured():
    left, right = draw_training([Epoch(**each) for each in HISTORY], "x").axes
    np.testing.assert_array_equal(left.lines[0].get_xydata(), [[1, 3.0], [2, 2.0]])
    np.testing.assert_array_equal(right.lines[0].get_xydata(), [[2, 50.0]])


@pytest.mark.slow
def test_each_bar_says_what_is_lost():
    (axes,) = draw_disturbed({"whole": {"clean": 0.8, "noise": 0.635}}, "x").axes
    assert [round(bar.get_width(), 1) for bar in axes.patches] == [80.0, 63.5]
    assert [text.get_text() for text in axes.texts] == ["80.0", "63.5  (-16.5)"]


@pytest.mark.slow
def test_two_ways_of_hearing_stand_side_by_side_each_against_its_own_clean():
    whole = {"clean": 0.8, "room": 0.7, "noise": 0.6}
    heard = {"whole": whole, "cut": {"clean": 0.7, "noise": 0.8}}
    figure = draw_disturbed(heard, "x")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts][3:] == ["70.0", "80.0  (+10.0)"]
    rows = [round(text.get_position()[1]) for text in axes.texts]
    assert rows == [0, 1, 2, 0, 2]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["whole", "cut"]


@pytest.mark.parametrize("folder", ["absent", ""])
def test_what_cannot_be_drawn_is_one_line(tmp_path, folder, capsys):
    (tmp_path / "emotion.json").write_text("{")
    assert main([str(tmp_path / folder), str(tmp_path / "results.json")]) == 1
    assert "emotion.json cannot be read" in capsys.readouterr().err
    assert main([]) == 2
