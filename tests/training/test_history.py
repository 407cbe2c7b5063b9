"""What is kept of the epochs of a run."""

import pytest

from assistant.errors import TrainingError
from assistant.training.history import Epoch, record_epoch, recorded_epochs


def test_epochs_are_kept_in_order_and_a_newer_record_replaces_an_older(tmp_path):
    assert recorded_epochs(tmp_path / "run") == ()
    first, second = Epoch(1, 2.5), Epoch(2, 2.0)
    for each in (first, second, Epoch(2, 2.0, 0.4)):
        record_epoch(tmp_path / "run", each)
    assert recorded_epochs(tmp_path / "run") == (first, Epoch(2, 2.0, 0.4))


def test_a_run_that_goes_on_from_an_earlier_checkpoint_forgets_later_epochs(tmp_path):
    for number in (1, 2, 3):
        record_epoch(tmp_path, Epoch(number, 1.0))
    record_epoch(tmp_path, Epoch(2, 0.5))
    assert [(each.epoch, each.loss) for each in recorded_epochs(tmp_path)] == [
        (1, 1.0),
        (2, 0.5),
    ]


@pytest.mark.parametrize("text", ["", "[1]", '[{"epoch": 1}]'])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "history.json").write_text(text)
    with pytest.raises(TrainingError, match=r"history\.json is damaged; delete it"):
        recorded_epochs(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match=r"history\.json"):
        record_epoch(tmp_path / "file", Epoch(1, 1.0))
