"""``tonewise enroll``, from recordings and at a microphone."""

import io
import json
import signal
import sys
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile

from assistant import settings_reading
from assistant.audio import read_audio
from assistant.build import open_classifier
from assistant.bundled import bundled
from assistant.cli import main
from assistant.endpointing import Endpointer
from assistant.enrolment import SENTENCES, sentence_in
from assistant.profile_store import ProfileStore
from assistant.profiles import Correction, Impression, VoiceProfile
from assistant.vad import VoiceDetector
from tests.conftest import RECORDINGS
from tests.fakes import estimate
from tests.processes import PATIENCE_S, PythonProcess

HELLO, HAPPY, TIME = (RECORDINGS / f"{name}.wav" for name in ("1_hello", "2_happy", "3_time"))
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_voices(monkeypatch, tmp_path):
    """No test sees or changes the voices of the person who runs it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def enroll(capsys):
    """Runs the command here; returns exit status, stdout, stderr."""

    def run(*arguments):
        try:
            status = main(["enroll", *map(str, arguments)])
        except SystemExit as stop:  # argparse
            status = stop.code
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return status, printed.out, printed.err

    return run


def in_use():
    return settings_reading.load().emotion.profile


def test_a_voice_is_enrolled_from_recordings_and_used_from_then_on(enroll, enrolling_model):
    status, printed, error = enroll("anna", "--from", HELLO, HAPPY, TIME)
    assert (status, error) == (0, "")
    assert printed.startswith("anna is enrolled. From now on your voice is heard relative")
    assert in_use() == "anna"
    profile = ProfileStore().read("anna")
    enrolling_model.check(profile)
    endpointer = Endpointer(VoiceDetector())
    heard = [
        sentence_in(read_audio(path), endpointer, enrolling_model).logits
        for path in (HELLO, HAPPY, TIME)
    ]
    np.testing.assert_allclose(profile.neutral_logits, np.mean(heard, axis=0), 1e-6)
    assert profile.n_sentences == 3


@pytest.mark.usefixtures("enrolling_model")
def test_fewer_than_three_are_taken_with_a_note(enroll):
    status, _, error = enroll("anna", "--from", HELLO, HAPPY)
    assert status == 0
    assert error == "tonewise: 3 sentences or more tell better how a voice sounds\n"


@pytest.mark.slow
@pytest.mark.usefixtures("enrolling_model")
def test_a_recording_that_cannot_be_used_leaves_everything_as_it_was(enroll, tmp_path):
    enroll("anna", "--from", HELLO)
    before = ProfileStore().read("anna")
    soundfile.write(tmp_path / "silence.wav", np.zeros(32_000), 16_000)
    soundfile.write(tmp_path / "short.wav", read_audio(HELLO).samples[:16_000], 16_000)
    for name, reason in (
        ("none.wav", "no such file"),
        ("silence.wav", "nobody speaks in it"),
        ("short.wav", "only 0."),
    ):
        path = tmp_path / name
        for voice in ("anna", "ben"):
            status, printed, error = enroll(voice, "--replace", "--from", HELLO, path)
            assert (status, printed) == (1, "")
            assert error.startswith(f"tonewise: {path}: {reason}")
            assert len(error.splitlines()) == 1
    assert ProfileStore().read("anna") == before
    assert ProfileStore().names() == ("anna",)
    assert in_use() == "anna"


@pytest.mark.usefixtures("enrolling_model")
@pytest.mark.parametrize("answer", ["y\n", "yes\n"])
def test_a_voice_is_replaced_when_the_person_says_so(enroll, monkeypatch, answer):
    enroll("anna", "--from", HELLO)
    monkeypatch.setattr(sys, "stdin", Typed(answer))
    status, _, error = enroll("anna", "--from", HELLO, HAPPY)
    assert status == 0
    assert "Enrol the voice anew? [y/N] " in error
    assert ProfileStore().read("anna").n_sentences == 2


class Typed(io.StringIO):
    """What is typed at a terminal."""

    def isatty(self):
        return True


@pytest.mark.usefixtures("enrolling_model")
def test_a_voice_is_kept_when_the_person_does_not_say_so(enroll, monkeypatch):
    enroll("anna", "--from", HELLO)
    for answer in ("n\n", "\n", ""):
        monkeypatch.setattr(sys, "stdin", Typed(answer))
        status, _, error = enroll("anna", "--from", HELLO, HAPPY)
        assert status == 1
        assert "anna is as it was" in error
    assert ProfileStore().read("anna").n_sentences == 1


@pytest.mark.usefixtures("enrolling_model")
def test_where_nobody_can_be_asked_a_flag_is_wanted(enroll, monkeypatch):
    enroll("anna", "--from", HELLO)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    status, _, error = enroll("anna", "--from", HELLO, HAPPY)
    assert status == 1
    assert error == (
        "tonewise: anna is enrolled already; give --replace to enrol the voice anew\n"
    )
    assert enroll("anna", "--replace", "--from", HELLO, HAPPY)[0] == 0
    assert ProfileStore().read("anna").n_sentences == 2


def corrected(model):
    heard = Impression(estimate("happy"), (1.0, len(model), *[0.0] * 6), (0.125,) * 8, model)
    return Correction.of(heard, "sad", NOON)


@pytest.mark.slow
@pytest.mark.usefixtures("enrolling_model")
def test_corrections_of_this_model_are_kept_and_older_ones_dropped(enroll):
    enroll("anna", "--from", HELLO, HAPPY, TIME)
    own, old = (corrected(model) for model in (open_classifier().sha256, "old"))
    ProfileStore().change("anna", lambda was: was.with_corrections(own, old))
    status, _, error = enroll("anna", "--replace", "--from", HELLO, HAPPY, TIME)
    assert status == 0
    assert error == (
        "tonewise: corrections that were kept: 1\n"
        "tonewise: corrections of an earlier emotion model that were dropped: 1\n"
    )
    assert ProfileStore().read("anna").corrections == (own,)


@pytest.mark.usefixtures("enrolling_model")
def test_a_voice_of_corrections_alone_may_be_enrolled_without_a_question(enroll):
    profile = VoiceProfile("me").with_corrections(corrected(open_classifier().sha256))
    ProfileStore().change("me", lambda was: profile)
    assert enroll("me", "--from", HELLO, HAPPY, TIME)[0] == 0
    assert len(ProfileStore().read("me").corrections) == 1


@pytest.mark.usefixtures("enrolling_model")
def test_the_list_has_every_voice_and_the_one_in_use(enroll):
    enroll("anna", "--from", HELLO)
    enroll("ben", "--from", HELLO, HAPPY)
    status, printed, error = enroll("--list")
    assert (status, error) == (0, "")
    heading, anna, ben = (line.split() for line in printed.splitlines())
    assert heading == ["name", "enrolled", "sentences", "corrections", "in", "use"]
    today = ProfileStore().read("anna").enrolled[:10]
    assert (anna, ben) == (["anna", today, "1", "0", "-"], ["ben", today, "2", "0", "yes"])
    listed = json.loads(enroll("--list", "--json")[1])
    assert listed[1] == {
        "name": "ben",
        "enrolled": ProfileStore().read("ben").enrolled,
        "sentences": 2,
        "corrections": 0,
        "corrections_not_heeded": 0,
        "in_use": True,
    }
    assert [each["in_use"] for each in listed] == [False, True]


def test_the_list_counts_corrections_that_are_heeded(enroll):
    own, old = (corrected(model) for model in (open_classifier().sha256, "old"))
    profile = VoiceProfile("me").with_corrections(own, old)
    ProfileStore().change("me", lambda was: profile)
    _, printed, error = enroll("--list")
    assert printed.splitlines()[1].split() == ["me", "-", "0", "1", "-"]
    assert error == (
        "tonewise: voice profile me: 1 correction was made for another emotion model and is "
        "not heeded\n"
    )
    (listed,) = json.loads(enroll("--list", "--json")[1])
    assert (listed["corrections"], listed["corrections_not_heeded"]) == (1, 1)


@pytest.mark.usefixtures("correcting_model")
def test_where_nobody_can_enrol_an_empty_list_says_how_to_correct(enroll):
    status, printed, error = enroll("--list")
    assert (status, printed) == (0, "")
    assert error == (
        "tonewise: no voice is enrolled; this emotion model cannot be enrolled with yet; "
        "corrections work: tonewise analyze FILE --correct EMOTION\n"
    )


@pytest.mark.usefixtures("enrolling_model")
def test_an_empty_list_says_how_to_enrol(enroll):
    assert enroll("--list") == (
        0, "", "tonewise: no voice is enrolled; `tonewise enroll NAME` enrols yours\n",
    )  # fmt: skip
    assert enroll("--list", "--json") == (0, "[]\n", "")


@pytest.mark.usefixtures("enrolling_model")
def test_a_damaged_voice_is_named_beside_the_others(enroll):
    enroll("ben", "--from", HELLO)
    (ProfileStore().folder / "anna.json").write_text("{")
    status, printed, error = enroll("--list")
    assert status == 0
    assert printed.splitlines()[1].startswith("ben")
    assert error.startswith("tonewise: voice profile anna is damaged")
    assert len(error.splitlines()) == 1


@pytest.mark.usefixtures("enrolling_model")
def test_a_deleted_voice_is_gone_and_out_of_use(enroll):
    enroll("anna", "--from", HELLO)
    enroll("ben", "--from", HELLO)
    assert enroll("--delete", "anna") == (0, "anna is deleted.\n", "")
    assert in_use() == "ben"
    status, printed, _ = enroll("--delete", "ben")
    assert (status, in_use()) == (0, "")
    assert "It was in use" in printed
    assert ProfileStore().names() == ()
    status, _, error = enroll("--delete", "ben")
    assert (status, error.splitlines()) == (
        1, ["tonewise: there is no voice profile ben; `tonewise enroll --list` shows them"],
    )  # fmt: skip


@pytest.mark.usefixtures("enrolling_model")
def test_the_setting_goes_to_the_file_that_is_named(enroll, tmp_path):
    other = tmp_path / "other.toml"
    other.touch()
    enroll("anna", "--settings", other, "--from", HELLO)
    assert settings_reading.load(other).emotion.profile == "anna"
    assert in_use() == ""
    enroll("--delete", "anna", "--settings", other)
    assert settings_reading.load(other).emotion.profile == ""


@pytest.mark.parametrize(
    "arguments",
    [[], ["--from", "a.wav"], ["--list", "--from", "a.wav"], ["anna", "--list"],
     ["--list", "--delete", "anna"], ["anna", "ben"], ["anna", "--json"],
     ["--delete", "anna", "--json"], ["--delete", "anna", "--replace"], ["--list", "--replace"],
     ["--list", "--input-device", "x"], ["--delete", "anna", "--input-device", "x"],
     ["anna", "--input-device", "x", "--from", "a.wav"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_exits_with_2(enroll, arguments):
    status, _, error = enroll(*arguments)
    assert status == 2
    assert "usage: tonewise" in error


def test_its_help_says_what_it_does(enroll):
    status, printed, _ = enroll("--help")
    assert status == 0
    assert "three neutral sentences" in " ".join(printed.split())


@pytest.mark.parametrize("arguments", [["../anna"], ["--delete", "../anna"]], ids=" ".join)
def test_a_wrong_name_is_refused_before_anything_is_recorded(enroll, arguments):
    status, _, error = enroll(*arguments)
    assert status == 1
    assert error.startswith("tonewise: '../anna' cannot name a voice")


def test_an_empty_name_is_refused(enroll):
    status, _, error = enroll("--delete", "")
    assert (status, len(error.splitlines())) == (1, 1)
    assert error.startswith("tonewise: '' cannot name a voice")


@pytest.mark.usefixtures("correcting_model")
def test_a_model_that_cannot_be_enrolled_with_says_so_before_anyone_speaks(enroll):
    status, printed, error = enroll("anna")
    assert (status, printed, len(error.splitlines())) == (1, "", 1)
    assert error.startswith("tonewise: this emotion model cannot be enrolled with")
    assert ProfileStore().names() == ()


COMMAND = """\
import sys
from assistant.bundled import IN_CHECKOUT
from assistant.cli import main
IN_CHECKOUT["models"] = sys.argv.pop(1)
sys.exit(main())
"""
"""``tonewise`` with the models of a folder."""


class AtMicrophone(PythonProcess):
    """``tonewise`` in a process of its own, and what it says to the person."""

    def __init__(self, environment, *arguments):
        super().__init__(environment, "-c", COMMAND, str(bundled("models")), *arguments)

    def until(self, words):
        """Wait for a line with these words."""
        said = []
        for line in self.process.stderr:
            said.append(line)
            if words in line:
                return line
        raise AssertionError(f"it ended before {words!r}: {said}")


@pytest.fixture
def at_microphone(virtual_audio, tmp_path):
    """Starts it on the virtual sound card."""
    own = {
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TONEWISE_SETTINGS": str(tmp_path / "settings" / "settings.toml"),
    }
    return lambda *arguments: AtMicrophone({**virtual_audio.environment, **own}, *arguments)


@pytest.mark.usefixtures("enrolling_model")
@pytest.mark.slow
def test_a_voice_is_enrolled_at_a_microphone(virtual_audio, at_microphone, tmp_path):
    short = tmp_path / "short.wav"
    soundfile.write(short, read_audio(TIME).samples[:14_400], 16_000)
    with at_microphone("enroll", "anna") as tonewise:
        tonewise.until("in an even voice")
        tonewise.until(f"1/3  {SENTENCES[0]}")
        virtual_audio.say(short)
        tonewise.until("once more, please")
        for number, path in enumerate((HELLO, HAPPY, TIME), 1):
            if number > 1:
                tonewise.until(f"{number}/3  {SENTENCES[number - 1]}")
            if number == 3:  # what was read before is not lost with the microphone
                virtual_audio.unplug()
                tonewise.until("microphone lost")
                virtual_audio.plug()
                tonewise.until("is back")
            virtual_audio.say(path)
            tonewise.until("heard, ")
        assert tonewise.process.wait(PATIENCE_S) == 0
        assert "anna is enrolled" in tonewise.process.stdout.read()
    with at_microphone("run") as tonewise:
        assert "Listening to anna (Ctrl-C ends)" in tonewise.process.stdout.readline()
        tonewise.process.send_signal(signal.SIGINT)
        assert tonewise.process.wait(PATIENCE_S) == 0
    heard = ProfileStore().read("anna").neutral_logits
    assert main(["enroll", "files", "--from", str(HELLO), str(HAPPY), str(TIME)]) == 0
    # The sound card's resampling cuts what is near 8 kHz.
    from_files = ProfileStore().read("files").neutral_logits
    np.testing.assert_allclose(heard, from_files, atol=1.0)


@pytest.mark.usefixtures("enrolling_model")
@pytest.mark.slow
def test_a_voice_that_is_interrupted_leaves_everything_as_it_was(
    virtual_audio, at_microphone, tmp_path
):
    with at_microphone("enroll", "anna") as tonewise:
        tonewise.until("1/3")
        virtual_audio.say(HELLO)
        tonewise.until("2/3")
        tonewise.process.send_signal(signal.SIGINT)
        assert tonewise.process.wait(PATIENCE_S) == 130
        assert "Traceback" not in tonewise.process.stderr.read()
    assert ProfileStore().names() == ()
    assert not (tmp_path / "settings").exists()


@pytest.mark.usefixtures("enrolling_model")
@pytest.mark.slow
def test_a_microphone_that_is_not_there_is_an_error_of_one_line(enroll):
    status, printed, error = enroll("anna", "--input-device", "Røde")
    assert (status, printed, len(error.splitlines())) == (1, "", 1)
    assert "cannot listen" in error
