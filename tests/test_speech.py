"""Speech that is real: eSpeak through pyttsx3, in processes that may die."""

import logging
import os
import re
import signal
import stat
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import SILENCE
from assistant.errors import SpeechError
from assistant.sentences import MAX_CHARACTERS, pieces
from assistant.settings import SpeechSettings
from assistant.speech import Synthesizer, voices
from assistant.values import Style
from tests.processes import wait_until_gone
from tests.virtual_audio import replacing

pytestmark = pytest.mark.slow

SENTENCE = "We were away a year ago when our rainy weather was so warm."


@pytest.fixture(scope="module")
def synthesizer():
    with Synthesizer(SpeechSettings()) as synthesizer:
        yield synthesizer


@pytest.fixture(scope="module")
def speech(synthesizer):
    """The sentence in the settings' manner."""
    return synthesizer.render(SENTENCE)


def level_db(audio):
    return 20 * np.log10(np.sqrt(np.mean(np.square(audio.samples))) + 1e-9)


def fundamental_hz(audio):
    """Median over the loud frames of the lag at which a frame is most like itself."""
    n_frame = round(0.05 * audio.sample_rate)
    frames = audio.samples[: audio.samples.size // n_frame * n_frame].reshape(-1, n_frame)
    frames = frames[frames.std(axis=1) > 0.5 * frames.std(axis=1).max()]
    lags = np.arange(audio.sample_rate // 400, audio.sample_rate // 50)
    spectra = np.fft.rfft(frames, 2 * n_frame)
    likeness = np.fft.irfft(np.abs(spectra) ** 2)[:, lags] / (n_frame - lags)
    return np.median(audio.sample_rate / lags[likeness.argmax(axis=1)])


def test_a_sentence_becomes_sound(speech):
    assert speech.sample_rate == 22_050
    assert 2 < speech.duration_s < 6  # 12 words at 170 a minute are 4.2 s
    assert level_db(speech) > -30


def test_more_words_take_longer(synthesizer, speech):
    twice = synthesizer.render(f"{SENTENCE} {SENTENCE}")
    assert twice.duration_s == pytest.approx(2 * speech.duration_s, rel=0.1)


def test_the_same_words_sound_the_same_again(synthesizer, speech):
    other = synthesizer.render("Now for something else.")
    again = synthesizer.render(SENTENCE)
    np.testing.assert_array_equal(again.samples, speech.samples)
    assert other.duration_s < 0.8 * speech.duration_s


@pytest.mark.parametrize("rate", [0.8, 1.5])
def test_the_rate_factor_changes_the_length(synthesizer, speech, rate):
    changed = synthesizer.render(SENTENCE, Style(rate=rate))
    assert speech.duration_s / changed.duration_s == pytest.approx(rate, rel=0.08)


@pytest.mark.parametrize("pitch", [0.8, 1.25, 1.5])
def test_the_pitch_factor_changes_the_fundamental(synthesizer, speech, pitch):
    changed = synthesizer.render(SENTENCE, Style(pitch=pitch))
    assert fundamental_hz(changed) / fundamental_hz(speech) == pytest.approx(pitch, rel=0.05)
    assert changed.duration_s == pytest.approx(speech.duration_s, rel=0.05)


def test_the_volume_factor_changes_the_level(synthesizer, speech):
    quieter = synthesizer.render(SENTENCE, Style(volume=0.5))
    assert level_db(speech) - level_db(quieter) == pytest.approx(6, abs=1)


def test_a_style_beyond_what_the_engine_can_do_is_clamped(synthesizer):
    extreme = synthesizer.render("Hello.", Style(rate=100, volume=9, pitch=100))
    assert 0.1 < extreme.duration_s < 1
    strongest = synthesizer.render("Hello.", Style(rate=450 / 170, volume=1, pitch=2))
    np.testing.assert_array_equal(extreme.samples, strongest.samples)
    low = synthesizer.render("Hello.", Style(rate=0, volume=1, pitch=0))
    assert fundamental_hz(low) < 0.75 * fundamental_hz(extreme)


def test_the_settings_make_the_voice(speech):
    settings = SpeechSettings(voice="gmw/en-us+f3", rate_wpm=300, pitch=50)
    with Synthesizer(settings) as synthesizer:
        other = synthesizer.render(SENTENCE)
    assert speech.duration_s / other.duration_s == pytest.approx(300 / 170, rel=0.15)
    assert fundamental_hz(other) > 1.5 * fundamental_hz(speech)


@pytest.mark.parametrize("text", ["", "  \n", "...", "🙂🎉", "?!", "—", "\x00\ud800"])
def test_what_cannot_be_said_is_a_short_silence(synthesizer, text):
    assert synthesizer.render(text) is SILENCE
    assert SILENCE.duration_s == pytest.approx(0.1)
    assert not SILENCE.samples.any()


def test_control_characters_are_not_the_end_of_a_text(synthesizer):
    whole = synthesizer.render("one two three four")
    broken = synthesizer.render("one\x00two\x1b three\n\nfour \ud83d")
    np.testing.assert_array_equal(broken.samples, whole.samples)


@pytest.mark.parametrize(
    "text", ["; rm -rf {}", "--help", "$(rm -rf {})", "<break time='9s'/>"]
)
def test_text_is_spoken_and_never_executed(synthesizer, tmp_path, text):
    victim = tmp_path / "victim"
    victim.write_text("still here")
    spoken = synthesizer.render(text.format(victim))
    assert spoken.duration_s > 0.4
    assert level_db(spoken) > -40
    assert victim.exists()


def test_the_engine_keeps_its_own_files_in_the_private_folder(synthesizer):
    # pyttsx3 puts names from TMPDIR into a shell command.
    environ = Path(f"/proc/{synthesizer._waiting[0]._process.pid}/environ")
    end_s = time.monotonic() + 5
    while not (variables := environ.read_text()) and time.monotonic() < end_s:
        time.sleep(0.01)  # it has just been started
    assert f"TMPDIR={synthesizer._folder.name}" in variables.split("\0")


def test_a_process_killed_while_it_renders_is_replaced(synthesizer, speech, caplog):
    caplog.set_level(logging.WARNING, logger="tonewise")
    pid = synthesizer._waiting[0]._process.pid
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    np.testing.assert_array_equal(synthesizer.render(SENTENCE).samples, speech.samples)
    assert "trying again" in caplog.text


@pytest.mark.long
def test_a_process_that_hangs_is_replaced_after_its_deadline(synthesizer, caplog):
    os.kill(synthesizer._waiting[0]._process.pid, signal.SIGSTOP)
    assert synthesizer.render("hello").duration_s > 0.2
    assert re.search(r"no answer within 5\.\d+ s", caplog.text)


def test_an_engine_that_always_dies_is_an_error(tmp_path):
    environment = replacing("pyttsx3", "import os\nos.abort()", tmp_path)
    with (
        Synthesizer(SpeechSettings(), environment) as synthesizer,
        pytest.raises(SpeechError, match="failed twice: the child process died"),
    ):
        synthesizer.render("hello")


def test_an_unknown_voice_is_refused_with_some_that_there_are():
    with (
        Synthesizer(SpeechSettings(voice="english")) as synthesizer,
        pytest.raises(SpeechError, match=r"no voice 'english'; set speech\.voice .*/.*,"),
    ):
        synthesizer.render("hello")


def without_espeak(folder):
    """Variables under which the engine's library is damaged."""
    for name in ("libespeak-ng.so.1", "libespeak.so.1"):
        (folder / name).write_bytes(b"")
    return {**os.environ, "LD_LIBRARY_PATH": str(folder)}


def test_without_espeak_the_error_says_what_to_install(tmp_path):
    environment = without_espeak(tmp_path)
    with (
        Synthesizer(SpeechSettings(), environment) as synthesizer,
        pytest.raises(SpeechError, match=r"no speech engine .* install espeak-ng"),
    ):
        synthesizer.render("hello")
    with pytest.raises(SpeechError, match="install espeak-ng"):
        voices(environment)


def test_the_voices_are_those_of_espeak():
    found = voices()
    assert "gmw/en-us" in found
    assert len(found) > 50


def test_the_temporary_folder_is_private_and_gone_after_close():
    synthesizer = Synthesizer(SpeechSettings())
    folder = Path(synthesizer._folder.name)
    child = synthesizer._waiting[0]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    synthesizer.render("hello")
    assert list(folder.iterdir()) == []
    waiting = list(synthesizer._waiting)
    assert [one.is_running for one in waiting] == [True, True]
    synthesizer.close()
    assert not folder.exists()
    assert not child.is_running
    assert not any(one.is_running for one in waiting)


def test_threads_may_render_at_once(synthesizer, speech):
    rendered = []

    def render():
        rendered.append(synthesizer.render(SENTENCE).samples)

    threads = [threading.Thread(target=render) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rendered) == 3
    for samples in rendered:
        np.testing.assert_array_equal(samples, speech.samples)


def test_a_text_of_several_pieces_is_spoken_whole(synthesizer, speech):
    n_sentences = 10
    text = " ".join([SENTENCE] * n_sentences)
    assert len(pieces(text)) == 2
    spoken = synthesizer.render(text)
    assert spoken.duration_s == pytest.approx(n_sentences * speech.duration_s, rel=0.1)


@pytest.mark.long
def test_100_kb_of_text_are_cut_and_spoken(synthesizer, speech, caplog):
    text = " ".join([SENTENCE] * 1_700)
    assert len(text) > 100_000
    spoken = synthesizer.render(text)
    n_sentences = MAX_CHARACTERS // (len(SENTENCE) + 1)
    assert spoken.duration_s == pytest.approx(n_sentences * speech.duration_s, rel=0.1)
    assert "too long" in caplog.text


@pytest.mark.long
def test_fifty_utterances_in_a_row_are_each_right(synthesizer, speech):
    for _ in range(50):
        np.testing.assert_array_equal(synthesizer.render(SENTENCE).samples, speech.samples)


def test_stop_ends_what_is_rendered_and_the_next_is_rendered(speech):
    with Synthesizer(SpeechSettings()) as synthesizer:
        pids = [child._process.pid for child in synthesizer._waiting]
        os.kill(pids[0], signal.SIGSTOP)  # it would take for ever
        threading.Timer(0.3, synthesizer.stop).start()
        began_s = time.monotonic()
        with pytest.raises(SpeechError, match="stopped"):
            synthesizer.render(SENTENCE)
        assert time.monotonic() - began_s < 2
        assert wait_until_gone(pids[0])
        np.testing.assert_array_equal(synthesizer.render(SENTENCE).samples, speech.samples)


def test_closing_ends_what_is_rendered():
    synthesizer = Synthesizer(SpeechSettings())
    pid = synthesizer._waiting[0]._process.pid
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.3, synthesizer.close).start()
    with pytest.raises(SpeechError, match="stopped"):
        synthesizer.render(SENTENCE)
    assert wait_until_gone(pid)
