"""``tonewise stream``, run on recordings, at a microphone and in a terminal."""

import fcntl
import io
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from rich.console import Console

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, read_audio
from assistant.cli import main
from assistant.cli.level_meter import NOTHING_HEARD_S
from assistant.cli.stream_view import JsonLines, Lines, Screen, Sound
from assistant.emotion_stream import Moment, Quiet, Timeline
from assistant.values import EMOTIONS
from tests.conftest import RECORDINGS
from tests.fakes import estimate
from tests.processes import PATIENCE_S, PythonProcess

HELLO = RECORDINGS / "1_hello.wav"
TIME = RECORDINGS / "3_time.wav"
WIDTHS = [60, 80, 120]


def moment(end_s, label="happy", certain=True, utterance=1, is_final=False, start_s=0.5):
    return Moment(utterance, start_s, end_s, estimate(label, 0.7, certain), is_final)


class Screened:
    """A screen of some width, what it prints, and the picture it shows."""

    def __init__(self, width=80, is_live=True, level=0.5):
        self.printed = io.StringIO()
        chunks = [np.full(CHUNK_SAMPLES, level, np.float32)] * 2000
        self.sound = Sound(iter(chunks))
        self.console = Console(file=self.printed, width=width, force_terminal=True)
        self.screen = Screen(self.console, self.sound, is_live)
        self.passing = self.sound.chunks()

    def show(self, *events):
        """Show events, the sound having come as far as each."""
        with self.screen:
            for event in events:
                while self.sound.duration_s < event.end_s:
                    next(self.passing)
                self.screen.show(event)
        return self.picture()

    def picture(self):
        """Return the lines that are shown."""
        console = Console(width=self.console.width)
        with console.capture() as capture:
            console.print(self.screen._live.get_renderable(), soft_wrap=True)
        return capture.get().splitlines()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_picture_fits_and_never_changes_its_height(width):
    pictures = [
        Screened(width).show(*events)
        for events in (
            [Quiet(0, 0.3)],
            [moment(1.0)],
            [moment(1.0, "surprised", certain=False)],
            [moment(1.0), moment(60.0, is_final=True), Quiet(60.0, 62.0)],
        )
    ]
    assert {len(lines) for lines in pictures} == {11}
    assert max(len(line) for lines in pictures for line in lines) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_picture_has_all_eight_probabilities_and_the_label(width):
    status, *bars, _, strip = Screened(width).show(moment(0.99, "fearful"))
    assert "fearful 70%" in status
    assert [line.split()[1] for line in bars] == list(EMOTIONS)
    assert [line.split()[-1] for line in bars] == [
        "70%" if label == "fearful" else "4%" for label in EMOTIONS
    ]
    long, *short = sorted((line.count("█") for line in bars), reverse=True)
    assert long / (min(width, 80) - 20) == pytest.approx(0.7, abs=0.03)
    assert max(short) < long / 10
    assert strip.split() == ["0:00", "·F"]


def test_it_says_when_it_is_not_sure_and_when_nobody_speaks():
    assert "not sure" not in Screened().show(moment(1.0))[0]
    assert "happy 70%, not sure" in Screened().show(moment(1.0, certain=False))[0]
    assert "nobody speaks" in Screened().show(Quiet(0, 1))[0]
    lines = Screened().show(moment(1.0), Quiet(1.0, 2.0))
    assert "nobody speaks" in lines[0]
    assert "70%" in lines[3]  # the last thing heard stays in sight


def test_the_blocks_move_on_when_the_row_is_full():
    *_, strip = Screened(60).show(moment(10.0), moment(31.1, "sad"))
    assert strip.split() == ["0:11", "S" * 40]


def test_the_level_of_the_microphone_is_shown():
    loud, quiet = (Screened(level=level).show(Quiet(0, 1))[0] for level in (1.0, 0.001))
    assert "level ████████" in loud
    assert "level          " in quiet


def test_what_has_been_said_stays_as_a_line():
    screened = Screened()
    screened.show(moment(1.0), moment(2.5, "sad", is_final=True), Quiet(2.5, 3.0))
    assert re.search(r"0:00\.5 - 0:02\.5 .* S .* sad 70%", screened.printed.getvalue())


def test_who_is_not_heard_is_told_once_what_to_do(capsys):
    for is_live, n_hints in ((True, 1), (False, 0)):
        waiting = [Quiet(0, at * NOTHING_HEARD_S) for at in (0.9, 1.0, 2.0)]
        screened = Screened(is_live=is_live)
        screened.show(*waiting)
        told = screened.printed.getvalue() + capsys.readouterr().err
        assert told.count("--input-device") == n_hints
    screened = Screened()
    screened.show(moment(1.0), *waiting)
    assert "--input-device" not in screened.printed.getvalue()


def test_lines_for_a_file_say_what_is_heard_and_when_it_becomes_quiet():
    file = io.StringIO()
    lines = Lines(Console(file=file, width=40))
    with lines:
        for event in (
            Quiet(0, 0.3), Quiet(0, 0.5), moment(1.0, "sad", False), moment(1.3),
            moment(1.5, is_final=True), Quiet(1.5, 1.8), Quiet(1.5, 2.1),
        ):  # fmt: skip
            lines.show(event)
    printed = [" ".join(line.split()) for line in file.getvalue().splitlines()]
    others = "N 4% C 4% H {} S {} A 4% F 4% D 4% U 4%"
    assert printed == [
        "0:00.3 nobody speaks",
        f"0:01.0 sad 70%, not sure {others.format('4%', '70%')}",
        f"0:01.3 happy 70% {others.format('70%', '4%')}",
        "0:00.5 - 0:01.5 H happy 70%",
        "0:01.8 nobody speaks",
    ]
    assert "\x1b" not in file.getvalue()


def test_the_timeline_for_programs_has_runs_of_what_sounds_the_same(capsys):
    JsonLines().end(
        Timeline(
            4.0,
            (
                moment(1.0, start_s=0.0),
                moment(2.0, certain=False),
                moment(2.5, "sad", is_final=True),
                moment(4.0, "sad", utterance=2, start_s=3.0),
            ),
        )
    )
    (told,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert told["blocks"] == [
        {"start_s": 0.0, "end_s": 1.0, "label": "happy", "certain": True},
        {"start_s": 1.0, "end_s": 2.0, "label": "happy", "certain": False},
        {"start_s": 2.0, "end_s": 2.5, "label": "sad", "certain": True},
        {"start_s": 3.0, "end_s": 4.0, "label": "sad", "certain": True},
    ]
    assert [(each["utterance"], each["final"]) for each in told["utterances"]] == [
        (1, True), (2, False),
    ]  # fmt: skip


def test_sound_that_is_ended_lets_no_more_pass():
    sound = Sound([np.ones(CHUNK_SAMPLES, np.float32)] * 9)
    for n_passed, _ in enumerate(sound.chunks(), 1):
        if n_passed == 3:
            sound.end()
    assert (n_passed, sound.duration_s) == (3, 3 * CHUNK_S)


@pytest.fixture
def stream(capsys):
    """Runs it on a recording at once; returns exit status, lines of stdout, text of stderr."""

    def run(*arguments):
        try:
            status = main(["stream", *map(str, arguments)])
        except SystemExit as stop:  # argparse
            status = stop.code
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return status, printed.out.splitlines(), printed.err

    return run


@pytest.mark.slow
def test_for_programs_there_is_an_object_for_each_estimate_and_the_timeline(stream):
    status, lines, error = stream("--json", "--fast", "--file", HELLO)
    assert (status, error) == (0, "")
    *estimates, timeline = map(json.loads, lines)
    for told in estimates:
        assert set(told) == {
            "event", "utterance", "start_s", "end_s", "final", "label", "confidence",
            "certain", "probabilities",
        }  # fmt: skip
        assert told["event"] == "emotion"
        assert tuple(told["probabilities"]) == EMOTIONS
        assert sum(told["probabilities"].values()) == pytest.approx(1, abs=0.001)
        assert told["label"] == max(told["probabilities"], key=told["probabilities"].get)
        assert told["certain"] in (True, False)
    assert [told["final"] for told in estimates] == [False] * (len(estimates) - 1) + [True]
    ends_s = [told["end_s"] for told in estimates[:-2]]
    assert all(0.25 <= after - before <= 0.26 for before, after in pairwise(ends_s))
    assert len(ends_s) >= 4
    assert set(timeline) == {"event", "duration_s", "utterances", "blocks"}
    assert timeline["event"] == "timeline"
    duration_s = read_audio(HELLO).duration_s
    assert timeline["duration_s"] == pytest.approx(duration_s, abs=CHUNK_S)
    without_event = {key: value for key, value in estimates[-1].items() if key != "event"}
    assert timeline["utterances"] == [without_event]
    for run in timeline["blocks"]:
        assert 0 <= run["start_s"] < run["end_s"] < duration_s + 0.5
        assert run["label"] in {told["label"] for told in estimates}


@pytest.mark.slow
def test_for_people_there_are_lines_and_the_timeline(stream):
    status, lines, error = stream("--fast", "--file", HELLO)
    assert (status, error) == (0, "")
    assert lines[0].endswith("nobody speaks")
    assert sum("%" in line for line in lines) >= 5
    assert any(line.startswith("Over time: a letter each 0.5 s") for line in lines)
    assert re.fullmatch(r"   0:00 [NCHSAFDUnchsafdu·]{4,6}", lines[-2])


@pytest.mark.slow
def test_at_real_speed_it_takes_as_long_as_the_recording(stream):
    begin_s = time.monotonic()
    stream("--json", "--file", TIME)
    assert time.monotonic() - begin_s >= read_audio(TIME).duration_s - CHUNK_S


@pytest.mark.slow
@pytest.mark.parametrize("flags", [["--json"], []], ids=["json", "lines"])
def test_where_nobody_speaks_it_says_so(stream, tmp_path, flags):
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(32_000), 16_000)
    status, lines, error = stream("--fast", "--file", silence, *flags)
    assert (status, error) == (0, f"tonewise: {silence}: nobody speaks in it\n")
    if flags:
        assert json.loads(lines[0]) == {
            "event": "timeline", "duration_s": 2.016, "utterances": [], "blocks": [],
        }  # fmt: skip
    assert len(lines) == 1


@pytest.mark.slow
def test_a_recording_that_cannot_be_used_is_one_line(stream, tmp_path):
    status, lines, error = stream("--file", tmp_path / "none.wav")
    assert (status, lines) == (1, [])
    assert error == f"tonewise: {tmp_path}/none.wav: no such file\n"


@pytest.mark.slow
def test_a_voice_that_is_not_known_is_one_line(stream):
    status, lines, error = stream("--fast", "--file", HELLO, "--profile", "nobody")
    assert (status, lines, len(error.splitlines())) == (1, [], 1)
    assert "no voice profile nobody" in error


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [["--fast"], ["--file", "a.wav", "--input-device", "x"], ["a.wav"]],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(stream, arguments):
    status, _, error = stream(*arguments)
    assert status == 2
    assert "usage: tonewise" in error


@pytest.mark.slow
def test_without_that_microphone_it_says_how_to_go_on(stream):
    status, lines, error = stream("--input-device", "Røde")
    assert (status, lines, len(error.splitlines())) == (1, [], 1)
    assert "cannot listen" in error
    assert "--file RECORDING" in error


@pytest.mark.slow
def test_no_recogniser_is_loaded():
    program = (
        "import sys\nfrom assistant.cli import main\n"
        "assert main(['stream', '--fast', '--json', '--file', sys.argv[1]]) == 0\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, HELLO], capture_output=True, text=True, check=True
    )
    loaded = set(answer.stdout.splitlines()[-1].split())
    assert "ai_edge_litert" in loaded
    assert loaded & {"pocketsphinx", "speech_recognition", "pyttsx3", "tensorflow"} == set()


def command(*arguments):
    return ["-m", "assistant", "stream", *map(str, arguments)]


@pytest.fixture
def long_recording(tmp_path):
    """Somebody who speaks for a minute, as fast as recordings can be put together."""
    samples = read_audio(HELLO).samples
    soundfile.write(tmp_path / "long.wav", np.tile(samples, round(60 * 16_000 / samples.size)),
                    16_000)  # fmt: skip
    return tmp_path / "long.wav"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_interrupted_it_ends_well_with_the_timeline(long_recording, number):
    with PythonProcess(os.environ, *command("--json", "--file", long_recording)) as tonewise:
        while '"final": true' not in (line := tonewise.process.stdout.readline()):
            assert line
        told = json.loads(tonewise.process.stdout.readline())  # of the next utterance
        tonewise.process.send_signal(number)
        printed, error = tonewise.process.communicate(timeout=PATIENCE_S)
        assert (tonewise.process.returncode, error) == (0, "")
    *_, last, timeline = map(json.loads, [json.dumps(told), *printed.splitlines()])
    assert timeline["event"] == "timeline"
    assert timeline["duration_s"] < 30
    assert len(timeline["utterances"]) == 2
    assert timeline["utterances"][-1]["end_s"] == last["end_s"]
    assert last["final"]  # what was being said has been heard to where it was cut off


class InTerminal:
    """The command in a pseudo-terminal, and all that it writes there."""

    def __init__(self, width, *arguments, **environment):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, width, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.written = ""
        self.process = subprocess.Popen(
            [sys.executable, *command(*arguments)],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**os.environ, "TERM": "xterm-256color", **environment},
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def read(self, patience_s=0.1):
        while select.select([self.master], [], [], patience_s)[0]:
            self.written += os.read(self.master, 65_536).decode()

    def until(self, words):
        end_s = time.monotonic() + PATIENCE_S
        while words not in self.written:
            assert time.monotonic() < end_s, self.written[-2000:]
            self.read()

    def wait(self):
        """Return the exit status, all that it wrote having been read."""
        end_s = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < end_s:
            self.read()
        self.read()
        return self.process.poll()


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_in_a_terminal_a_picture_moves_and_q_ends_it_with_the_timeline(long_recording, width):
    with InTerminal(width, "--file", long_recording) as terminal:
        terminal.until(" - 0:")  # something has been said
        os.write(terminal.master, b"q")
        assert terminal.wait() == 0
        assert termios.tcgetattr(terminal.slave) == terminal.before
        written = terminal.written
    assert "nobody speaks" in written
    assert "Over time" in written
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1  # the cursor is back
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    assert max(len(line) for line in re.split(r"[\r\n]+", plain)) <= width
    assert all(label in plain for label in EMOTIONS)


@pytest.mark.slow
def test_the_cursor_is_seen_while_the_terminal_is_the_shell_s(long_recording):
    with InTerminal(80, "--file", long_recording) as terminal:
        terminal.until("nobody speaks")
        hidden, seen = "\x1b[?25l", "\x1b[?25h"
        # Nobody could resume it: the kernel lets such a program go on at once.
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.until(seen + hidden)
        os.write(terminal.master, b"q")
        assert terminal.wait() == 0
        assert terminal.written.rindex(seen) > terminal.written.rindex(hidden)


@pytest.mark.slow
def test_a_terminal_that_cannot_move_its_cursor_gets_lines():
    with InTerminal(80, "--fast", "--file", HELLO, TERM="dumb") as terminal:
        assert terminal.wait() == 0
        assert "Over time" in terminal.written
        assert "\x1b[" not in terminal.written


@pytest.mark.slow
def test_at_a_microphone_it_hears_while_one_speaks(virtual_audio, tmp_path):
    settings = {"TONEWISE_SETTINGS": str(tmp_path / "settings.toml")}
    environment = {**virtual_audio.environment, **settings}
    with PythonProcess(environment, *command("--json")) as tonewise:
        told = say_until_heard(virtual_audio, tonewise.process.stdout)
        tonewise.process.send_signal(signal.SIGINT)
        printed, error = tonewise.process.communicate(timeout=PATIENCE_S)
        assert (tonewise.process.returncode, error) == (0, "")
    spoken_s = told[-1]["end_s"] - told[-1]["start_s"]
    assert len(told) >= spoken_s / 0.256 - 4
    timeline = json.loads(printed.splitlines()[-1])
    assert timeline["utterances"][0]["end_s"] == told[-1]["end_s"]


@pytest.mark.slow
def test_a_lost_microphone_is_waited_for_and_one_may_end_meanwhile(virtual_audio, tmp_path):
    settings = {"TONEWISE_SETTINGS": str(tmp_path / "settings.toml")}
    environment = {**virtual_audio.environment, **settings}
    with PythonProcess(environment, *command("--json")) as tonewise:
        stream = tonewise.process
        say_until_heard(virtual_audio, stream.stdout)
        try:
            virtual_audio.unplug()
            assert "microphone lost: " in stream.stderr.readline()
        finally:
            virtual_audio.plug()
        assert "the microphone is back" in stream.stderr.readline()
        say_until_heard(virtual_audio, stream.stdout)
        try:
            virtual_audio.unplug()
            assert "microphone lost: " in stream.stderr.readline()
            stream.send_signal(signal.SIGTERM)
            printed, error = stream.communicate(timeout=PATIENCE_S)
        finally:
            virtual_audio.plug()
    assert (stream.returncode, error) == (0, "")
    assert len(json.loads(printed.splitlines()[-1])["utterances"]) >= 2


def say_until_heard(virtual_audio, printed):
    """Say something, and read what is printed until it has been heard."""
    told = []
    saying = threading.Thread(target=say_until, args=(virtual_audio, told))
    saying.start()
    while not (told and told[-1]["final"]):
        told.append(json.loads(printed.readline()))
    saying.join()
    return told


def say_until(virtual_audio, told):
    """Say it again and again until something has been heard: nobody tells when it listens."""
    end_s = time.monotonic() + PATIENCE_S
    while not told and time.monotonic() < end_s:
        virtual_audio.say(HELLO)
        time.sleep(1.0)  # so that it is an utterance of its own
