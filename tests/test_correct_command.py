"""``tonewise analyze --correct`` and ``--profile``: a voice of one's own, from the outside."""

import json
import subprocess
from datetime import UTC, datetime

import pytest
import soundfile

from assistant import settings_reading
from assistant.build import open_classifier, open_hearing
from assistant.cli import main
from assistant.devices import check_sound
from assistant.errors import ProfileError
from assistant.profile_store import ProfileStore
from assistant.profiles import Correction, Impression, VoiceProfile
from assistant.settings import EmotionSettings, Settings
from assistant.values import EMOTIONS
from tests.conftest import RECORDINGS
from tests.fakes import estimate

SAD, TIME = RECORDINGS / "4_sad.wav", RECORDINGS / "3_time.wav"


@pytest.fixture(autouse=True)
def own_voices(monkeypatch, tmp_path):
    """No test sees or changes the voices of the person who runs it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def tonewise(capsys):
    """Runs a command here; returns exit status, stdout, stderr."""

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return status, printed.out, printed.err

    return run


@pytest.fixture
def analyze(tonewise):
    """Runs ``tonewise analyze --json`` on one recording; returns its object and stderr."""

    def run(*arguments):
        status, printed, error = tonewise("analyze", "--json", *arguments)
        assert status == 0, error
        return json.loads(printed), error

    return run


def in_use():
    return settings_reading.load().emotion.profile


def use(profile):
    """Store a profile and put it in use."""
    ProfileStore().change(profile.name, lambda was: profile)
    settings_reading.default_path().parent.mkdir(parents=True, exist_ok=True)
    settings_reading.default_path().write_text(f"[emotion]\nprofile = '{profile.name}'\n")


def enrolled(name="anna"):
    """A voice that is far from everybody's."""
    far = (-9.0, 9.0, -9.0, 9.0, -9.0, 9.0, -9.0, 9.0)
    return VoiceProfile(name, far, open_classifier().sha256, "2026-11-21T12:00:00+00:00", 3)


class Reports(list):
    """What is told while the listening stages are opened."""

    def hearing(self, name):
        return open_hearing(Settings(emotion=EmotionSettings(name)), self.append)


@pytest.mark.usefixtures("enrolling_model")
@pytest.mark.slow
def test_the_voice_in_use_is_what_is_expected():
    reports = Reports()
    anna = enrolled()
    ProfileStore().change("anna", lambda was: anna)
    assert reports.hearing("anna").profile == anna
    assert reports.hearing("").profile is None
    assert reports == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no voice profile anna"),
        ("{", "voice profile anna is damaged"),
        ("foreign", "made for another emotion model; enrol again: tonewise enroll anna --rep"),
    ],
)
def test_a_voice_that_cannot_be_used_is_told_and_stops_nothing(content, message):
    if content is not None:
        foreign = VoiceProfile("anna", (0.0,) * 8, "another")
        ProfileStore().change("anna", lambda was: foreign)
    if content == "{":
        (ProfileStore().folder / "anna.json").write_text(content)
    reports = Reports()
    assert reports.hearing("anna").profile is None
    (error,) = reports
    assert isinstance(error, ProfileError)
    assert message in str(error)


@pytest.mark.slow
def test_a_correction_is_kept_and_moves_the_estimate(analyze):
    first, _ = analyze(SAD)
    label = min(first["emotion"]["probabilities"], key=first["emotion"]["probabilities"].get)
    after, error = analyze(SAD, "--correct", label)
    assert error == (
        "tonewise: the voice profile me was made and is in use from now on; "
        "`--set emotion.profile=` leaves it out\n"
    )
    assert in_use() == "me"
    assert after["before_correction"] == first["emotion"]
    assert after["profile"] == "me"
    shares = after["emotion"]["probabilities"]
    assert shares[label] > 1.5 * first["emotion"]["probabilities"][label]
    assert shares[first["emotion"]["label"]] < first["emotion"]["confidence"]
    (correction,) = ProfileStore().read("me").corrections
    assert (correction.label, correction.heard) == (label, first["emotion"]["label"])
    assert correction.model == open_classifier().sha256
    assert ProfileStore().read("me").neutral_logits == ()
    # It is heard so from now on, and as before without the profile.
    again, error = analyze(SAD)
    assert (again["emotion"], again["profile"], error) == (after["emotion"], "me", "")
    without, _ = analyze(SAD, "--set", "emotion.profile=")
    assert without["emotion"] == first["emotion"]
    assert "profile" not in without


@pytest.mark.usefixtures("enrolling_model")
@pytest.mark.slow
def test_a_second_correction_joins_the_first(analyze):
    use(enrolled())
    analyze(SAD, "--correct", "calm")
    _, error = analyze(TIME, "--correct", "angry")
    assert error == ""
    analyze(TIME, "--correct", "happy")  # a change of mind
    corrections = ProfileStore().read("anna").corrections
    assert [each.label for each in corrections] == ["calm", "happy"]
    assert ProfileStore().read("anna").neutral_logits == enrolled().neutral_logits


@pytest.mark.usefixtures("enrolling_model")
@pytest.mark.slow
def test_a_voice_can_be_named_for_one_call(analyze):
    ProfileStore().change("anna", lambda was: enrolled())
    named, _ = analyze(SAD, "--profile", "anna")
    assert named["profile"] == "anna"
    assert named["emotion"] != analyze(SAD)[0]["emotion"]
    assert in_use() == ""


@pytest.mark.slow
def test_a_named_voice_is_made_by_its_first_correction(analyze):
    use(enrolled())
    after, error = analyze(SAD, "--profile", "ben", "--correct", "calm")
    assert error == "tonewise: the voice profile ben was made\n"
    assert (after["profile"], in_use()) == ("ben", "anna")
    assert ProfileStore().names() == ("anna", "ben")
    assert ProfileStore().read("anna").corrections == ()


@pytest.mark.slow
def test_people_see_what_was_heard_before_and_after(tonewise):
    _, before, _ = tonewise("analyze", SAD)
    heard = before.splitlines()[2].strip()
    status, printed, _ = tonewise("analyze", SAD, "--correct", "calm")
    path, _, first, after, *bars = printed.splitlines()
    assert status == 0
    assert path.endswith("s, as me)")
    assert first.strip() == f"{heard} before the correction"
    assert after.strip().split()[0] in EMOTIONS
    assert len([bar for bar in bars if bar]) == 8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--profile", "nobody"], "there is no voice profile nobody"),
        (["--profile", "../x"], "'../x' cannot name a voice"),
        (["--profile", "../x", "--correct", "sad"], "'../x' cannot name a voice"),
        (["--profile", "old"], "made for another emotion model"),
        (["--profile", "old", "--correct", "sad"], "made for another emotion model"),
        (["--correct", "sad"], "no voice is in use; name the one to correct: --profile old"),
    ],
    ids=" ".join,
)
def test_a_voice_that_is_asked_for_and_cannot_be_used_is_an_error(tonewise, arguments, message):
    foreign = VoiceProfile("old", (0.0,) * 8, "another")
    ProfileStore().change("old", lambda was: foreign)
    status, printed, error = tonewise("analyze", SAD, *arguments)
    assert (status, printed) == (1, "")
    assert message in error
    assert len(error.splitlines()) == 1
    assert ProfileStore().read("old") == foreign


@pytest.mark.slow
def test_corrections_for_another_model_are_told_and_stop_nothing(tonewise, tmp_path):
    heard = Impression(estimate(), (0.5,) * 8, (0.125,) * 8, "old")
    use(VoiceProfile("me").with_corrections(Correction.of(heard, "sad", datetime.now(UTC))))
    replies = ["--replies", tmp_path / "out"]
    for command in (
        ["run", "--from", TIME, *replies],
        ["analyze", TIME],
        ["analyze", TIME, "--profile", "me", "--correct", "calm"],
    ):
        status, _, error = tonewise(*command)
        assert (status, error) == (
            0,
            "tonewise: voice profile me: 1 correction was made for another emotion model and "
            "is not heeded\n",
        )


@pytest.mark.slow
def test_a_correction_counts_where_the_settings_cannot_be_written(analyze, tmp_path):
    after, error = analyze(
        SAD, "--correct", "calm", "--settings", unwritable(tmp_path / "settings.toml")
    )
    assert (after["profile"], "before_correction" in after) == ("me", True)
    assert error.startswith("tonewise: the voice profile me was made but is not in use: ")
    assert "cannot be written" in error
    assert len(error.splitlines()) == 1
    assert len(ProfileStore().read("me").corrections) == 1


def unwritable(path):
    """Settings that can be read and not changed, also by root: the draft is a folder."""
    path.touch()
    path.with_suffix(".new").mkdir()
    return path


@pytest.mark.slow
def test_where_nobody_speaks_nothing_is_corrected(tonewise, tmp_path):
    path = tmp_path / "silence.wav"
    soundfile.write(path, [0.0] * 32_000, 16_000)
    status, _, error = tonewise("analyze", path, "--correct", "sad")
    assert status == 1
    assert error == f"tonewise: {path}: nobody speaks in it; there is nothing to correct\n"
    assert ProfileStore().names() == ()


@pytest.mark.slow
def test_a_damaged_voice_stops_no_conversation_and_no_analysis(tonewise, tmp_path):
    use(enrolled())
    (ProfileStore().folder / "anna.json").write_text("{")
    replies = ["--replies", tmp_path / "out"]
    for command in (["run", "--from", TIME, *replies], ["analyze", TIME]):
        status, printed, error = tonewise(*command)
        assert status == 0
        assert "what time is it" in printed
        assert error.startswith("tonewise: voice profile anna is damaged")
        assert error.endswith("(until then the voice is heard without a profile)\n")
        assert len(error.splitlines()) == 1


def heard_emotion(printed):
    """The first emotion among the events of a conversation."""
    events = [json.loads(line) for line in printed.splitlines()]
    return next(event["emotion"] for event in events if event["event"] == "emotion")


@pytest.mark.usefixtures("enrolling_model")
@pytest.mark.slow
def test_a_conversation_hears_the_voice_in_use(tonewise, tmp_path):
    replies = ["--json", "--replies", tmp_path / "out"]

    def emotion(*arguments):
        return heard_emotion(tonewise("run", "--from", SAD, *replies, *arguments)[1])

    before = emotion()
    use(enrolled())
    assert emotion() != before
    assert emotion("--set", "emotion.profile=") == before


@pytest.mark.slow
def test_the_demos_voices_are_nobodys_that_is_enrolled(tonewise, tmp_path):
    found = check_sound()
    if found.has_microphone or found.has_loudspeaker:
        pytest.skip("this machine has a sound card")
    demo = ["run", "--json", "--turns", "1", "--replies", tmp_path / "out"]
    before = heard_emotion(tonewise(*demo)[1])
    use(enrolled())
    assert heard_emotion(tonewise(*demo)[1]) == before


@pytest.mark.slow
def test_who_contradicts_in_a_conversation_is_heard_differently_from_then_on(
    tonewise, tmp_path
):
    contradiction = tmp_path / "no.wav"
    words = "no, I am just tired"
    subprocess.run(["flite", "-voice", "slt", "-t", words, "-o", contradiction], check=True)
    spoken = [SAD, contradiction, SAD]
    status, printed, error = tonewise(
        "run", "--json", "--from", *spoken, "--replies", tmp_path / "replies"
    )
    events = [json.loads(line) for line in printed.splitlines()]
    assert status == 0
    heard = [event["emotion"] for event in events if event["event"] == "emotion"]
    (correction,) = ProfileStore().read("me").corrections
    assert (correction.heard, correction.label) == (heard[0]["label"], "neutral")
    before, after = (each["probabilities"] for each in (heard[0], heard[2]))
    assert after[correction.heard] < before[correction.heard]
    assert after["neutral"] > before["neutral"]
    assert in_use() == "me"
    assert "the voice profile me was made and is in use" in error
