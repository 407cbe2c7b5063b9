"""Where speech comes from."""

import io
import os

import numpy as np

from assistant.announcements import Announcements
from assistant.audio import SAMPLE_RATE, write_wav
from assistant.endpointing import Endpointer, Speech
from assistant.sources import from_keyboard, from_microphone, from_recordings
from assistant.values import Audio, Reply
from tests.fakes import FakeMicrophone, LoudnessDetector, tone


def sentence():
    silence = np.zeros(SAMPLE_RATE)
    return Audio(np.concatenate([silence, tone(1.0).samples, silence]), SAMPLE_RATE)


def recordings(*paths, max_file_s=60.0):
    errors, notes = [], []
    endpointer = Endpointer(LoudnessDetector())
    said = list(
        from_recordings(
            paths, endpointer, max_file_s, errors.append, notes.append, Announcements()
        )
    )
    return said, errors, notes


def test_recordings_are_heard_in_order(tmp_path):
    paths = [tmp_path / name for name in ("b.wav", "a.wav")]
    for path in paths:
        write_wav(path, sentence())
    said, errors, notes = recordings(*paths)
    assert [one.source for one in said] == [str(path) for path in paths]
    assert (errors, notes) == ([], [])


def test_one_recording_may_hold_several_utterances(tmp_path):
    double = Audio(np.concatenate([sentence().samples] * 2), SAMPLE_RATE)
    write_wav(tmp_path / "a.wav", double)
    first, second = recordings(tmp_path / "a.wav")[0]
    assert first.content.end_s < second.content.start_s


def test_a_recording_that_cannot_be_used_is_reported_and_the_others_go_on(tmp_path):
    write_wav(tmp_path / "good.wav", sentence())
    said, errors, _ = recordings(tmp_path / "none.wav", tmp_path / "good.wav")
    assert len(said) == 1
    assert [str(error) for error in errors] == [f"{tmp_path}/none.wav: no such file"]


def test_a_silent_recording_is_noted(tmp_path):
    write_wav(tmp_path / "a.wav", Audio(np.zeros(SAMPLE_RATE), SAMPLE_RATE))
    said, errors, notes = recordings(tmp_path / "a.wav")
    assert (said, errors) == ([], [])
    assert notes == [f"{tmp_path}/a.wav: nobody speaks in it"]


def test_the_limit_on_length_is_passed_on(tmp_path):
    write_wav(tmp_path / "a.wav", sentence())
    _, (error,), _ = recordings(tmp_path / "a.wav", max_file_s=1.0)
    assert "is longer than 1 s" in str(error)


def test_the_microphone_is_emptied_before_each_utterance():
    """Half-duplex: what was captured while the assistant spoke is dropped."""
    microphone = FakeMicrophone(sentence())
    said = from_microphone(microphone, Endpointer(LoudnessDetector()))
    assert next(said).source == "microphone"
    assert microphone.n_discards == 1
    next(said)
    assert microphone.n_discards == 2


def test_typed_lines_are_utterances_and_empty_ones_are_not():
    prompts, notes = [], []
    lines = io.StringIO("hello  there\n\n   \nbye")
    said = from_keyboard(lines, lambda: prompts.append(1), notes.append, Announcements())
    assert [one.content.transcript.text for one in said] == ["hello there", "bye"]
    assert len(prompts) == 5
    assert notes == []


def test_a_line_that_is_too_long_is_noted_and_left_out():
    notes = []
    lines = io.StringIO("x" * 5_001 + "\n" + "y" * 5_000 + "\n")
    (said,) = from_keyboard(lines, lambda: None, notes.append, Announcements())
    assert said.content.transcript.text == "y" * 5_000
    assert notes == ["a line of 5001 characters is too long; type it in parts"]


def test_between_recordings_and_after_them_it_is_announced_what_is_due(tmp_path):
    write_wav(tmp_path / "a.wav", sentence())
    announcements = Announcements()
    announcements.put(Reply("first", "clock"))
    paths = [tmp_path / "a.wav"]
    endpointer = Endpointer(LoudnessDetector())
    contents = []
    for said in from_recordings(paths, endpointer, 60.0, print, print, announcements):
        contents.append(said.content)
        if said.source != "clock":
            announcements.put(Reply("second", "clock"))
    assert [type(content) for content in contents] == [Reply, Speech, Reply]
    assert contents[2].text == "second"


def test_it_is_announced_while_nobody_types():
    read_end, write_end = os.pipe()
    announcements = Announcements()
    with os.fdopen(read_end) as lines:
        said = from_keyboard(lines, lambda: None, print, announcements)
        os.write(write_end, b"hello\n")
        assert next(said).content.transcript.text == "hello"
        announcements.put(Reply("tea", "clock"))
        announced = next(said)
        assert (announced.content.text, announced.source) == ("tea", "clock")
        announcements.put(Reply("at the end", "clock"))
        os.close(write_end)
        assert [each.content.text for each in said] == ["at the end"]
