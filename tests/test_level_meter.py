"""The bar beside a microphone: how loud it is, and what to do when nothing comes."""

import io

import numpy as np
import pytest
from rich.console import Console

from assistant.audio import CHUNK_S, CHUNK_SAMPLES
from assistant.cli.level_meter import NOTHING_HEARD_S, QUIETEST_DB, LevelMeter, shown_db
from tests.fakes import LoudnessDetector

QUIET, LOUD = (np.full(CHUNK_SAMPLES, level, np.float32) for level in (0.001, 0.5))
FILLED = "\x1b[91m━"
WAIT = round(NOTHING_HEARD_S / CHUNK_S) + 1


class Shown:
    """A meter, and what it has printed."""

    def __init__(self, is_terminal=False):
        self.screen = io.StringIO()
        self.detector = LoudnessDetector()
        console = Console(file=self.screen, force_terminal=is_terminal, width=80)
        self.meter = LevelMeter(self.detector, 0.7, console)

    def hear(self, chunk, times=1):
        return [self.meter.speech_probability(chunk) for _ in range(times)][-1]

    @property
    def n_hints(self):
        return self.screen.getvalue().count("nothing heard yet")


@pytest.mark.parametrize(("level", "db"), [(1.0, 0), (0.1, -20), (1e-5, -60), (0.0, -60)])
def test_the_level_is_the_root_mean_square(level, db):
    chunk = np.full(CHUNK_SAMPLES, level, np.float32)
    chunk[::2] *= -1
    assert shown_db(chunk) == pytest.approx(db, abs=1e-4)
    assert shown_db(chunk) >= QUIETEST_DB


def test_it_says_what_the_detector_says():
    shown = Shown()
    assert shown.hear(QUIET) == pytest.approx(0.002)
    assert shown.hear(LOUD) == 1.0
    shown.meter.reset()
    assert shown.detector.n_resets == 1


def test_when_nothing_is_heard_it_says_once_what_to_do():
    shown = Shown()
    shown.hear(QUIET, WAIT - 2)
    assert shown.n_hints == 0
    shown.hear(QUIET, 2 * WAIT)
    assert shown.n_hints == 1
    assert "--input-device" in shown.screen.getvalue()


def test_who_has_begun_to_speak_is_not_told():
    shown = Shown()
    shown.hear(LOUD)
    shown.hear(QUIET, 2 * WAIT)
    assert shown.n_hints == 0


def test_for_the_next_sentence_the_wait_begins_anew():
    shown = Shown()
    shown.hear(QUIET, WAIT - 2)
    shown.meter.reset()
    shown.hear(QUIET, WAIT - 2)
    assert shown.n_hints == 0
    shown.hear(QUIET, 3)
    assert shown.n_hints == 1


def test_the_bar_moves_on_a_terminal_alone():
    for is_terminal in (True, False):
        shown = Shown(is_terminal)
        with shown.meter:
            shown.hear(QUIET)
            quiet = shown.screen.getvalue()
            shown.hear(LOUD)
            loud = shown.screen.getvalue()[len(quiet) :]
        assert ("listening" in quiet) is is_terminal
        assert ("a voice" in loud) is is_terminal
        assert (FILLED in loud, FILLED in quiet) == (is_terminal, False)
