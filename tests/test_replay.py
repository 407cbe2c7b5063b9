"""What was said in recorded conversations, to be said again."""

import json

import pytest

from assistant import Reply
from assistant.errors import PluginError
from assistant.event_log import EventLog
from assistant.events import EmotionHeard, Heard, Listening, Replied
from assistant.settings import LogSettings
from assistant.testing import Rehearsal, estimate, replay, utterance
from assistant.values import EMOTIONS, Transcript


@pytest.fixture
def log(tmp_path):
    """Where a conversation is logged, and a function that logs events."""
    path = tmp_path / "logs" / "events.jsonl"

    def write(*events, **settings):
        with EventLog(LogSettings(str(path), **settings), pytest.fail) as log:
            for event in events:
                log.note(event)

    return path, write


SPOKEN = Transcript("what a day", "en-GB", "vosk", "what a day")


def test_a_recorded_conversation_can_be_asked_again(log, tmp_path):
    path, write = log
    write(
        Listening(1),
        Heard(1, SPOKEN, 1.25, "microphone"),
        EmotionHeard(1, estimate("sad", 0.61234, certain=False)),
        Replied(1, Reply("I see.")),
        Heard(2, Transcript("hello"), 0.0, "keyboard"),
        Replied(2, Reply("Hi.")),
        Heard(3, SPOKEN, 2.0, "microphone"),
        EmotionHeard(3, estimate("happy", certain=None)),
    )
    first, typed, last = replay(path)
    assert (first.transcript, first.duration_s) == (SPOKEN, 1.25)
    assert (first.emotion.label, first.emotion.certain) == ("sad", False)
    assert first.emotion.confidence == pytest.approx(0.61234, abs=1e-4)
    assert (typed.transcript, typed.emotion) == (Transcript("hello"), None)
    assert (last.emotion.label, last.emotion.certain) == ("happy", None)
    (tmp_path / "lamp.py").write_text(
        "def phrases(): return ['what a day']\n"
        "def respond(utterance): return utterance.transcript.phrase or None"
    )
    with Rehearsal(tmp_path / "lamp.py") as plugin:
        assert [bool(plugin.say(said)) for said in replay(str(path))] == [True, False, True]


def test_files_that_were_put_aside_are_read_first(log):
    path, write = log
    heard = [Heard(turn, Transcript(f"{turn}"), 0.0, "keyboard") for turn in range(60)]
    write(*heard, max_bytes=1_000, n_files=50)
    assert len(list(path.parent.iterdir())) > 10
    for name in ("old", "²", "10.gz"):
        (path.parent / f"events.jsonl.{name}").write_text('{"event": "heard"}')
    assert [said.transcript.text for said in replay(path)] == [f"{n}" for n in range(60)]
    path.unlink()  # as in the moment in which it is put aside
    assert [said.transcript.text for said in replay(path)][:50] == [f"{n}" for n in range(50)]


@pytest.mark.parametrize("n_bytes", [1, 20, 120, 10_000])
def test_a_line_that_was_half_written_is_passed_over(log, n_bytes):
    path, write = log
    write(Heard(1, Transcript("one"), 0.0, "keyboard"))
    write(Heard(2, SPOKEN, 1.0, "microphone"), EmotionHeard(2, estimate("sad")))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1] + lines[2][:n_bytes])
    one, two = replay(path)
    assert (one.transcript.text, two.transcript) == ("one", SPOKEN)
    assert (two.emotion is not None) == (n_bytes == 10_000)
    path.write_bytes(lines[0] + lines[1][: n_bytes % 10_000])
    assert [said.transcript.text for said in replay(path)] == ["one"]
    write(Heard(3, Transcript("three"), 0.0, "keyboard"))
    assert [said.transcript.text for said in replay(path)] == ["one", "three"]


@pytest.mark.parametrize(
    "line",
    [
        "[]", "5", "nonsense", "[" * 100_000, "\udcff", '{"event": "heard"}', "{}",
        '{"event": "heard", "turn": 1, "transcript": 5, "duration_s": 0}',
        '{"event": "heard", "turn": 1, "transcript": {"text": 5}, "duration_s": 0}',
        '{"event": "heard", "turn": 1, "transcript": {"text": "x"}, "duration_s": "long"}',
        '{"event": "heard", "turn": 1, "transcript": {"text": "x"}, "duration_s": NaN}',
    ],
)  # fmt: skip
def test_whatever_is_no_event_is_passed_over(line, tmp_path):
    good = '{"event": "heard", "turn": 1, "transcript": {"text": "x"}, "duration_s": 0}'
    (tmp_path / "log").write_bytes(f"{line}\n{good}\n".encode("utf-8", "surrogateescape"))
    (said,) = replay(tmp_path / "log")
    assert said == utterance("x")


@pytest.mark.parametrize(
    "emotion",
    [
        5, None, {}, {"probabilities": {"sad": 1}, "certain": None}, {"probabilities": 5},
        {"probabilities": dict.fromkeys(EMOTIONS, "x"), "certain": True},
        {"probabilities": dict.fromkeys(EMOTIONS, 0.125), "certain": 5},
    ],
)  # fmt: skip
def test_an_emotion_that_is_damaged_or_of_another_turn_is_none(emotion, log):
    path, write = log
    write(
        Heard(1, SPOKEN, 1.0, "microphone"),
        EmotionHeard(2, estimate("sad")),
        Heard(2, SPOKEN, 1.0, "microphone"),
    )
    line = json.dumps({"event": "emotion", "turn": 2, "emotion": emotion})
    path.write_text(path.read_text() + f"{line}\n")
    assert [said.emotion for said in replay(path)] == [None, None]


def test_a_log_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(PluginError, match="none: cannot be read: No such file"):
        list(replay(tmp_path / "none"))
    with pytest.raises(PluginError, match="cannot be read: Is a directory"):
        list(replay(tmp_path))


def test_the_log_of_the_settings_may_begin_with_the_home_folder(log, monkeypatch, tmp_path):
    _, write = log
    write(Heard(1, SPOKEN, 1.0, "microphone"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(list(replay("~/logs/events.jsonl"))) == 1
