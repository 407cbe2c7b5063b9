"""Any program as the voice: flite, which is real, and Python where one has to misbehave."""

import shlex
import stat
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import SILENCE
from assistant.build import open_synthesizer
from assistant.errors import SettingsError, SpeechError
from assistant.sentences import MAX_CHARACTERS
from assistant.settings import Settings, SpeechSettings
from assistant.speech_command import CommandSynthesizer
from assistant.values import Reply, Style
from assistant.voice import Voice
from tests.fakes import FakeLoudspeaker
from tests.processes import wait_until_gone

pytestmark = pytest.mark.slow

SENTENCE = "We were away a year ago."
FLITE = "flite -voice slt --setf duration_stretch={stretch} -o {wav} -f {text_file}"


def synthesizer(command, **settings):
    return CommandSynthesizer(SpeechSettings(command=command, **settings))


def python(program):
    """A command line that runs a program, to which its own arguments may be added."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"


WRITES_A_TONE = """
import array, math, sys, wave
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1), file.setsampwidth(2), file.setframerate(24000)
    tone = (int(16000 * math.sin(math.tau * 440 * n / 24000)) for n in range(12000))
    file.writeframes(array.array("h", tone).tobytes())
"""


def saying(tmp_path):
    """A command that keeps what it was told, and writes half a second of a tone."""
    told = tmp_path / "told"
    program = WRITES_A_TONE + (
        f"open({str(told)!r}, 'w').write(repr(sys.argv[2:]) + chr(10) + sys.stdin.read())"
    )
    return python(program), told


def rms(audio):
    return float(np.sqrt(np.mean(np.square(audio.samples))))


def test_flite_speaks():
    with synthesizer(FLITE) as flite:
        speech = flite.render(SENTENCE)
        slow = flite.render(SENTENCE, Style(rate=0.5))
        again = flite.render(SENTENCE)
    assert speech.sample_rate == 16_000  # its own
    assert 1 < speech.duration_s < 4
    assert rms(speech) > 0.03
    assert slow.duration_s / speech.duration_s == pytest.approx(2, rel=0.1)
    np.testing.assert_array_equal(again.samples, speech.samples)


def test_flite_is_the_voice_of_a_reply():
    loudspeaker = FakeLoudspeaker()
    with open_synthesizer(Settings(speech=SpeechSettings(command=FLITE))) as flite:
        spoken = Voice(flite, loudspeaker).speak(Reply(f"Yes. {SENTENCE}"))
    ((yes, sentence),) = loudspeaker.played
    assert 0.3 < yes.duration_s < sentence.duration_s
    assert spoken.duration_s == pytest.approx(yes.duration_s + sentence.duration_s)


def test_flite_reads_the_text_on_stdin_where_it_is_not_named():
    with (
        synthesizer("flite -voice slt -o {wav} -f {text_file}") as named,
        synthesizer("flite -voice slt /dev/stdin {wav}") as piped,
    ):
        expected = named.render(SENTENCE)
        np.testing.assert_array_equal(piped.render(SENTENCE).samples, expected.samples)


def test_each_placeholder_is_filled(tmp_path):
    command, told = saying(tmp_path)
    rest = "{rate} {stretch} {rate_wpm} {volume} {pitch} x{text}x {{}} {text}"
    with synthesizer(f"{command} {{wav}} {rest}", rate_wpm=340, volume=0.5) as voice:
        speech = voice.render("Say {rate} now", Style(rate=1.1, volume=0.5, pitch=3))
    arguments = ["2.200", "0.455", "374", "0.250", "2.000", "xSay {rate} nowx", "{{}}"]
    assert told.read_text() == f"{[*arguments, 'Say {rate} now']!r}\n"
    assert speech.sample_rate == 24_000
    assert rms(speech) == pytest.approx(16_000 / 32_768 / 2**0.5, rel=0.01)  # as it came


def test_rates_stay_within_what_is_documented(tmp_path):
    command, told = saying(tmp_path)
    with synthesizer(command + " {wav} {text_file} {rate} {rate_wpm}") as voice:
        for rate, words in ((0.01, ["0.471", "80"]), (99, ["2.647", "450"])):
            voice.render("One", Style(rate=rate))
            assert told.read_text().splitlines()[0].endswith(f"{words!r}"[1:])


def test_the_volume_is_applied_where_the_command_does_not_take_it(tmp_path):
    command, told = saying(tmp_path)
    with synthesizer(command + " {wav}", volume=0.5) as voice:
        speech = voice.render("One, two", Style(volume=0.5))
    assert rms(speech) == pytest.approx(0.25 * 16_000 / 32_768 / 2**0.5, rel=0.01)
    assert told.read_text() == "[]\nOne, two"


@pytest.mark.parametrize("text", ["--help", "-o /x", "; touch {}", "$(touch {})", "`touch {}`"])
def test_what_is_said_is_neither_an_option_nor_run(tmp_path, text):
    victim = tmp_path / "victim"
    said = text.format(victim)
    command, told = saying(tmp_path)
    with synthesizer(command + " {wav} {text}") as voice:
        voice.render(said)
    assert told.read_text().splitlines()[0] in (repr([said]), repr([f" {said}"]))
    assert not told.read_text().startswith("['-")
    assert not victim.exists()


def test_what_has_nothing_to_say_is_a_short_silence_and_no_process():
    with synthesizer("there-is-no-such-program {wav}") as voice:
        assert voice.render("🙂") is SILENCE


def test_a_text_of_100_kb_is_cut(tmp_path):
    command, told = saying(tmp_path)
    counting = command.replace("'w'", "'a'", 1)
    with synthesizer(counting + " {wav}") as voice:
        speech = voice.render("It is so warm. " * 7_000)
    said = told.read_text().replace("[]\n", "")
    assert MAX_CHARACTERS - 600 < len(said) <= MAX_CHARACTERS
    assert speech.duration_s == pytest.approx(0.5 * told.read_text().count("[]"))


def test_a_missing_program_is_one_line_that_says_what_to_install():
    with synthesizer("piperette --output_file {wav}") as voice:
        for _ in range(2):
            with pytest.raises(
                SpeechError, match="no program 'piperette'; install it"
            ) as caught:
                voice.render(SENTENCE)
            assert "\n" not in str(caught.value)


def test_a_program_that_may_not_be_run_is_named(tmp_path):
    (tmp_path / "program").write_text("no program")
    with (
        synthesizer(f"{tmp_path}/program {{wav}}") as voice,
        pytest.raises(SpeechError, match=r"program cannot be started \(Permission denied\)"),
    ):
        voice.render(SENTENCE)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            "import sys; print('first\\nno such model\\n', file=sys.stderr); sys.exit(3)",
            r"failed \(exit status 3: no such model\)$",
        ),
        ("import sys; sys.exit(4)", r"failed \(exit status 4\)$"),
        ("import os; os.abort()", r"failed \(signal 6\)$"),
        ("pass", r"wrote no speech \(no such file\)$"),
        (
            "import sys; print('no voice', file=sys.stderr); open(sys.argv[1], 'w')",
            r"wrote no speech \(is empty; record it again: no voice\)$",
        ),
        (
            "import sys; open(sys.argv[1], 'w').write('not sound')",
            r"wrote no speech \(is not a recording .*\)$",
        ),
    ],
)
def test_a_program_that_fails_is_one_line_with_its_last_words(program, message):
    with synthesizer(python(program) + " {wav}") as voice:
        expected = f"^speech.command: .*python.* {message}"
        with pytest.raises(SpeechError, match=expected) as caught:
            voice.render(SENTENCE)
        assert "\n" not in str(caught.value)
        assert list(Path(voice._folder.name).iterdir()) == []


def hanging(tmp_path):
    """A command that hangs with a child of its own, and where it writes both pids."""
    pids = tmp_path / "pids"
    program = (
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(pids) + '.new'!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        f"os.rename({str(pids) + '.new'!r}, {str(pids)!r})\n"
        "time.sleep(60)"
    )
    return f"{python(program)} {{wav}}", pids


def all_gone(pids):
    return all(wait_until_gone(int(pid)) for pid in pids.read_text().split())


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path):
    command, pids = hanging(tmp_path)
    with (
        synthesizer(command, command_deadline_s=2.0) as voice,
        pytest.raises(SpeechError, match="took more than 2 s and was ended"),
    ):
        voice.render(SENTENCE)
    assert all_gone(pids)


@pytest.mark.parametrize("end", [CommandSynthesizer.stop, CommandSynthesizer.close])
def test_stop_and_close_end_what_is_rendered(tmp_path, end):
    command, pids = hanging(tmp_path)
    voice = synthesizer(command)
    raised = []

    def render():
        with pytest.raises(SpeechError, match="stopped"):
            voice.render(SENTENCE)
        raised.append(time.monotonic())

    thread = threading.Thread(target=render)
    thread.start()
    end_s = time.monotonic() + 10
    while not pids.exists() and time.monotonic() < end_s:
        time.sleep(0.02)
    stopped_s = time.monotonic()
    end(voice)
    thread.join(10)
    assert raised[0] - stopped_s < 1
    assert all_gone(pids)
    voice.close()
    assert not Path(voice._folder.name).exists()


def test_after_a_stop_the_next_is_rendered():
    with synthesizer(FLITE) as flite:
        flite.stop()
        assert flite.render(SENTENCE).duration_s > 1


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("flite -o {wav} -t '{text}", "No closing quotation"),
        ("flite -o {wave} -t {text}", r"no placeholder \{wave\}; there are \{wav\}, \{text\}"),
        ("flite -t {text}", r"must name \{wav\}"),
    ],
)
def test_a_command_that_is_none_is_refused_before_anything_runs(command, message):
    with pytest.raises(SettingsError, match=f"^speech.command: .*{message}"):
        synthesizer(command)


def test_the_temporary_folder_is_private_and_empty_after_use(tmp_path):
    with synthesizer(FLITE) as flite:
        folder = Path(flite._folder.name)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        flite.render(SENTENCE)
        assert list(folder.iterdir()) == []


def test_threads_may_render_at_once():
    rendered = []
    with synthesizer(FLITE) as flite:
        expected = flite.render(SENTENCE).samples
        threads = [
            threading.Thread(target=lambda: rendered.append(flite.render(SENTENCE).samples))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(rendered) == 3
    for samples in rendered:
        np.testing.assert_array_equal(samples, expected)
