"""The recogniser's process: what a decoder does to itself costs one utterance."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ChildError, TranscriptionError
from assistant.stepped_recognition import SteppedEngine
from assistant.transcription import Transcriber
from tests.processes import children_of, wait_until_gone
from tests.virtual_audio import replacing

pytestmark = pytest.mark.slow

SPARE_S = 20  # generous: a loaded machine

POCKETSPHINX = """
import os, time

class Config(dict):
    def __init__(self, **settings):
        super().__init__(settings)
        if os.path.exists(os.path.join(os.path.dirname(self["lm"]), "broken")):
            raise RuntimeError("no\\nmodel")

class Hypothesis:
    score = 1.0
    def __init__(self, text):
        self.hypstr = text

class Decoder:
    def __init__(self, config):
        self.config = config
        self.n_samples = 0
        self.has_begun = False
        self.search = None

    def current_search(self):
        return "dictation"

    def create_fsg(self, name, start, end, arcs):
        return " ".join(word for *_, word in arcs)

    def add_fsg(self, name, fsg):
        self.fsg = fsg

    def activate_search(self, name):
        assert not self.has_begun
        self.search = name

    def set_cmn(self, mean):
        pass

    def get_cmn(self):
        return ",".join(["40.0"] * 13)

    def lookup_word(self, word):
        return "N OW N" if word == "known" else None

    def start_utt(self):
        if self.has_begun:
            raise RuntimeError("utterance already started")
        self.has_begun = True
        self.n_samples = 0

    def process_raw(self, pcm, no_search=False, full_utt=False):
        if no_search:
            return
        self.n_samples += len(pcm) // 2
        if b"\\x01\\x01" in pcm:
            raise RuntimeError("the decoder\\nis unhappy")
        if b"\\x02\\x02" in pcm:
            time.sleep(600)
        if b"\\x03\\x03" in pcm:
            os.abort()

    def end_utt(self):
        if not self.has_begun:
            raise RuntimeError("no utterance")
        self.has_begun = False
        if self.n_samples == 512 * 7:
            os.abort()
        if self.n_samples == 512 * 9:
            time.sleep(600)
        if self.n_samples == 512 * 11:
            raise RuntimeError("no lattice")

    def hyp(self):
        if self.search != "dictation":
            return Hypothesis(self.fsg)
        kind = "drafted" if self.has_begun else "samples"
        return Hypothesis(f"{self.n_samples} {kind}" if self.n_samples else "")
"""
"""Counts samples, and breaks over some."""

RAISES, HANGS, DIES = 0x0101, 0x0202, 0x0303
N_DIES_AT_ITS_END, N_HANGS_AT_ITS_END, N_RAISES_AT_ITS_END = 7, 9, 11
ENOUGH = 50
"""Chunks that are decoded at once, not held until their mean is known."""


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    return folder


@pytest.fixture
def open_engine(tmp_path, model):
    """Return a function that opens the stand-in; what it opens is closed."""
    environment = replacing("pocketsphinx", POCKETSPHINX, tmp_path)
    opened = []

    def open_engine(spare_s=SPARE_S, patience_s=None):
        arguments = ["pocketsphinx", f"--model={model}"]
        opened.append(SteppedEngine(arguments, environment, spare_s, patience_s))
        return opened[-1]

    yield open_engine
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_engine):
    return open_engine()


@pytest.fixture
def transcriber(engine):
    return Transcriber(engine, "pocketsphinx")


def chunk(n=1, pcm=0x1111):
    return np.full(512 * n, pcm / 32_768, np.float32)


def dictate(transcriber, *chunks):
    dictation = transcriber.dictation()
    for each in chunks:
        dictation.feed(each)
    return dictation.end().text


def pid_of(engine):
    return engine._child._process.pid


def kill(engine):
    """End the process; returns when it has ended."""
    pid = pid_of(engine)
    os.kill(pid, signal.SIGKILL)
    assert wait_until_gone(pid)


def test_all_that_was_fed_is_decoded_and_nothing_of_the_utterance_before(transcriber):
    assert dictate(transcriber, *[chunk()] * 60) == f"{60 * 512} samples"
    assert dictate(transcriber, chunk(2)) == "1024 samples"
    assert dictate(transcriber) == ""


def test_no_sound_is_lost_over_a_pause_and_none_is_decoded_twice(transcriber):
    dictation = transcriber.dictation()
    for n in (1, 3, ENOUGH, 4):  # held, held, and then not
        dictation.feed(chunk(n))
        dictation.pause()
        dictation.feed(chunk())
        dictation.resume()
    dictation.pause()
    dictation.feed(chunk())
    dictation.pause()
    assert dictation.end().text == f"{512 * (4 + 1 + 3 + ENOUGH + 4)} samples"


def test_what_is_held_back_and_not_resumed_is_left_out(transcriber):
    dictation = transcriber.dictation()
    dictation.feed(chunk(ENOUGH))
    dictation.pause()
    dictation.feed(chunk(5))
    assert dictation.end().text == f"{512 * ENOUGH} samples"


def test_a_dropped_utterance_leaves_nothing_behind(transcriber, engine):
    for _ in range(3):
        dictation = transcriber.dictation()
        dictation.feed(chunk(ENOUGH))
        dictation.pause()
        dictation.drop()
    assert dictate(transcriber, chunk(3)) == "1536 samples"
    assert children_of(pid_of(engine)) == []


@pytest.mark.parametrize(
    ("pcm", "reason"),
    [(RAISES, "the decoder is unhappy"), (DIES, "the recogniser died over this utterance")],
)
def test_a_decoder_that_breaks_costs_its_own_turn(transcriber, engine, pcm, reason):
    pid = pid_of(engine)
    with pytest.raises(TranscriptionError, match=f"^pocketsphinx: {reason}; `tonewise doctor`"):
        dictate(transcriber, chunk(ENOUGH), chunk(1, pcm), chunk(3))
    assert dictate(transcriber, chunk(3)) == "1536 samples"
    assert pid_of(engine) == pid  # the model is not loaded again


@pytest.mark.parametrize("n_chunks", [N_DIES_AT_ITS_END, N_RAISES_AT_ITS_END])
def test_a_decoder_that_breaks_over_better_words_costs_these_alone(transcriber, n_chunks):
    dictation = transcriber.dictation()
    dictation.feed(chunk(n_chunks))
    dictation.pause()
    assert dictation.end().text == f"{512 * n_chunks} drafted"
    assert dictate(transcriber, chunk(3)) == "1536 samples"


@pytest.mark.parametrize("is_foreseen", [True, False], ids=["after a pause", "at once"])
def test_better_words_are_waited_for_only_so_long(open_engine, is_foreseen):
    transcriber = Transcriber(open_engine(patience_s=0.2), "pocketsphinx")
    dictation = transcriber.dictation()
    dictation.feed(chunk(N_HANGS_AT_ITS_END))
    if is_foreseen:
        dictation.pause()
    assert dictation.end().text == f"{512 * N_HANGS_AT_ITS_END} drafted"
    assert dictate(transcriber, chunk(3)) == "1536 samples"


def test_one_that_dies_over_a_pause_which_is_none_costs_nothing(transcriber):
    dictation = transcriber.dictation()
    dictation.feed(chunk(N_DIES_AT_ITS_END))
    dictation.pause()
    dictation.resume()
    dictation.feed(chunk())
    assert dictation.end().text == f"{512 * (N_DIES_AT_ITS_END + 1)} samples"


@pytest.mark.parametrize("n_after", [3, 3_000], ids=["pipe takes all", "pipe is full"])
def test_a_decoder_that_hangs_is_replaced_after_the_deadline(open_engine, n_after):
    engine = open_engine(spare_s=1.0)
    transcriber = Transcriber(engine, "pocketsphinx")
    pid = pid_of(engine)
    begin_s = time.monotonic()
    dictation = transcriber.dictation()
    dictation.feed(chunk(ENOUGH, HANGS))
    for _ in range(n_after):
        dictation.feed(chunk(1))
    assert time.monotonic() - begin_s < 5  # feeding waits for nothing
    dictation._recognition._n_bytes = 0  # or so much sound would have a longer deadline
    with pytest.raises(
        TranscriptionError, match=r"pocketsphinx: (no answer within 1 s|.*died)"
    ):
        dictation.end()
    assert time.monotonic() - begin_s < 15
    assert wait_until_gone(pid)
    engine._spare_s = SPARE_S
    assert dictate(transcriber, chunk(3)) == "1536 samples"


def test_a_process_killed_between_two_utterances_is_started_again(transcriber, engine):
    assert dictate(transcriber, chunk(3)) == "1536 samples"
    kill(engine)
    assert dictate(transcriber, chunk(3)) == "1536 samples"


def test_a_process_killed_within_an_utterance_costs_that(transcriber, engine):
    dictation = transcriber.dictation()
    dictation.feed(chunk(ENOUGH))
    engine.submit({"pause": True}).result()  # it has begun
    kill(engine)
    dictation.feed(chunk(3))
    with pytest.raises(TranscriptionError, match="pocketsphinx: the child process died"):
        dictation.end()
    end_s = time.monotonic() + SPARE_S
    while not engine._child.is_running and time.monotonic() < end_s:
        time.sleep(0.02)
    assert engine._child.is_running  # before anybody speaks again
    assert dictate(transcriber, chunk(3)) == "1536 samples"


def test_phrases_are_listened_for_after_a_restart_too(transcriber, engine):
    assert engine.listen_for(["Known!", "known xyzzy", "frobs"]) == ("xyzzy", "frobs")
    for _ in range(2):
        dictation = transcriber.dictation()
        dictation.feed(chunk(3))
        dictation.pause()
        heard = dictation.end()
        assert (heard.text, heard.phrase) == ("known", "Known!")
        kill(engine)
    assert engine.listen_for([]) == ()
    assert dictate(transcriber, chunk(3)) == "1536 samples"


def test_the_process_that_is_copied_has_one_thread_alone(transcriber, engine):
    """A fork copies no other thread, but the locks that it may hold."""
    dictate(transcriber, chunk(ENOUGH))
    status = Path(f"/proc/{pid_of(engine)}/status").read_text()
    assert "Threads:\t1\n" in status


def test_a_model_that_cannot_be_loaded_is_an_error_in_one_line(open_engine, model):
    (model / "broken").touch()
    with pytest.raises(ChildError, match=r"model in .*/model cannot be loaded \(no model\)"):
        open_engine()


def test_after_close_no_process_is_left_and_who_asks_is_told(transcriber, engine):
    dictation = transcriber.dictation()
    dictation.feed(chunk(ENOUGH))
    dictation.pause()
    engine.submit({"hear": ""}).result()
    pid = pid_of(engine)
    copies = children_of(pid)
    transcriber.close()
    assert wait_until_gone(pid)
    assert all(wait_until_gone(copy) for copy in copies)
    dictation.feed(chunk())
    with pytest.raises(TranscriptionError, match="the recogniser has been closed"):
        dictation.end()
    transcriber.close()


def test_copies_end_with_the_process_they_were_made_of(transcriber, engine):
    dictation = transcriber.dictation()
    dictation.feed(chunk(ENOUGH, HANGS))
    pid = pid_of(engine)
    end_s = time.monotonic() + SPARE_S
    while not (copies := children_of(pid)) and time.monotonic() < end_s:
        time.sleep(0.02)
    assert copies
    os.kill(pid, signal.SIGKILL)
    assert all(wait_until_gone(copy) for copy in copies)
    dictation.drop()
