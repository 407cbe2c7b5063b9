"""Pictures hold the numbers that they are drawn from."""

import struct
import sys

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.scoring.answers import Answers
from assistant.scoring.figures import (
    draw_confusion,
    draw_figures,
    draw_precision_over_coverage,
    draw_recalls,
    draw_reliability,
    prepare_folder,
)
from tests.scoring.labelled import answers_of

NAMES = ("confusion.png", "reliability.png", "recall.png", "precision_over_coverage.png")


@pytest.fixture
def answers():
    """Sixty clips of six emotions by a classifier that is honest."""
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(8, 0.4), 60)
    truth = np.array([rng.choice(6, p=row[:6] / row[:6].sum()) for row in probabilities])
    return Answers(truth, probabilities, probabilities.max(axis=1) > 0.7)


@pytest.mark.slow
def test_four_pictures_are_drawn_as_png(answers, tmp_path):
    drawn = draw_figures(answers, "home, 3 speakers", tmp_path)
    assert [path.name for path in drawn] == list(NAMES)
    for path in drawn:
        content = path.read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", content[16:24])
        assert 300 < height <= width * 1.3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pairs", "certain"),
    [
        ([("happy", "happy")], True),
        ([("happy", "sad")], None),
        ([("happy", "happy"), ("sad", "sad")] * 20, False),
    ],
    ids=["one right", "one wrong", "all right"],
)
def test_few_clips_are_drawn_without_complaint(pairs, certain, tmp_path):
    sure = None if certain is None else [certain] * len(pairs)
    drawn = draw_figures(answers_of(*pairs, certain=sure), "x", tmp_path)
    assert all(path.stat().st_size > 1_000 for path in drawn)


@pytest.mark.slow
def test_any_name_may_stand_in_a_title(answers, tmp_path):
    subject = r"a$\frac{$ 家の録音 " + "x" * 300
    assert len(draw_figures(answers, subject, tmp_path)) == 4


def test_every_picture_says_on_how_many_clips_it_rests(answers):
    for draw in (draw_confusion, draw_reliability, draw_recalls, draw_precision_over_coverage):
        axes = draw(answers, "home, 60 clips").axes[0]
        assert "60 clips" in axes.get_title()
        assert axes.get_ylabel()


def test_the_confusion_counts_clips_and_shades_by_the_share_of_a_row():
    pairs = [("happy", "happy")] * 3 + [("happy", "sad")] + [("sad", "sad")] * 40
    axes = draw_confusion(answers_of(*pairs), "").axes[0]
    counts = sorted(int(text.get_text()) for text in axes.texts)
    assert counts == [1, 3, 40]
    (image,) = axes.images
    assert sorted(image.get_array()[image.get_array() > 0]) == [25, 75, 100]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["happy (4)", "sad (40)"]
    assert len(axes.get_xticklabels()) == 8


def test_the_recalls_are_bars_from_nothing_to_all():
    axes = draw_recalls(answers_of(("happy", "happy"), ("happy", "sad"), ("sad", "sad")), "")
    axes = axes.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [50, 100]
    assert [text.get_text() for text in axes.texts] == ["50 %", "100 %"]


def test_the_reliability_is_drawn_at_the_confidence_that_was_given():
    pairs = [("happy", "happy")] * 3 + [("happy", "sad")]
    upper, lower = draw_reliability(answers_of(*pairs, confidence=0.62), "").axes
    x, y = upper.lines[1].get_data()
    measured = ~np.isnan(np.asarray(y, dtype=float))
    assert (x[measured], y[measured]) == (pytest.approx([62]), pytest.approx([75]))
    assert sum(bar.get_height() for bar in lower.patches) == 4
    assert "13.0 points" in upper.get_title()


def test_the_curve_ends_where_every_clip_gets_a_label(answers):
    axes = draw_precision_over_coverage(answers, "").axes[0]
    coverage, precision = axes.lines[0].get_data()
    assert coverage[-1] == 100
    assert precision[-1] == pytest.approx(100 * answers.correct.mean())
    assert coverage[0] == pytest.approx(100 * 10 / 60)  # fewer clips would be noise
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    share, right = answers.certain.mean(), answers.correct[answers.certain].mean()
    assert f"certain: {100 * share:.0f} % of clips, {100 * right:.1f} % right" in said


def test_a_folder_is_made_before_the_long_work_or_refused(tmp_path):
    prepare_folder(tmp_path / "a" / "b")
    prepare_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match="cannot be made"):
        prepare_folder(tmp_path / "file" / "c")


def test_a_picture_that_cannot_be_written_is_one_line(answers, tmp_path):
    with pytest.raises(TrainingError, match=r"confusion\.png cannot be written"):
        draw_figures(answers, "", tmp_path / "absent")


def test_without_matplotlib_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(TrainingError, match="pictures need: pip install"):
        prepare_folder(tmp_path)
