"""A run on the terminal."""

import io

import pytest
from rich.console import Console

from assistant.training.options import TrainProgress
from assistant.training.progress import training_bars


@pytest.mark.parametrize("is_terminal", [True, False])
def test_bars_are_for_terminals_and_validations_for_all(is_terminal):
    shown = io.StringIO()
    console = Console(file=shown, width=100, force_terminal=is_terminal, color_system=None)
    with training_bars(console) as report:
        report(TrainProgress("features", 3, 3))
        report(TrainProgress("training", 4, 9, loss=1.5))
        report(TrainProgress("training", 5, 9, loss=1.25, uar=0.5))
    text = shown.getvalue()
    assert "epoch 5: loss 1.250, validation UAR 50.0" in text
    assert "epoch 4" not in text
    for bar in ("3/3", "5/9", "training, validation UAR 50.0"):
        assert (bar in text) == is_terminal


def test_they_are_on_stderr(capsys):
    with training_bars() as report:
        report(TrainProgress("training", 5, 9, loss=1.25, uar=0.5))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "epoch 5" in printed.err
