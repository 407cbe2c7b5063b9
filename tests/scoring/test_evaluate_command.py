"""``tonewise evaluate``, run as a person or a program runs it."""

import io
import json
import os
import shutil
import subprocess
import sys

import pytest
from rich.console import Console

from assistant.audio import write_wav
from assistant.cli import main
from assistant.cli.evaluate import MOST_NOTES
from assistant.cli.score_tables import show_scores
from assistant.cli.terminal import BAR_WIDTH
from assistant.emotion import EmotionClassifier
from assistant.endpointing import Endpointer, chunked
from assistant.scoring.answers import classify_clips, select_clips
from assistant.scoring.description import set_neutral_logits
from assistant.scoring.disturbances import Disturbances
from assistant.scoring.scores import Scores
from assistant.vad import VoiceDetector
from assistant.values import EMOTIONS
from tests.conftest import ROOT
from tests.fakes import tone
from tests.scoring.labelled import CLIPS, answers_of, write_index

MODELS = ROOT / "models"
HELD_OUT = ",".join(f"ravdess-{actor:02}" for actor in (1, 11, 20, 21))


@pytest.fixture
def folder(tmp_path):
    return write_index(tmp_path / "data")


@pytest.fixture
def evaluate(capsys):
    """Runs the command; returns exit status, text of stdout, lines of stderr."""

    def run(*arguments):
        try:
            status = main(["evaluate", *map(str, arguments)])
        except SystemExit as stop:  # argparse
            status = stop.code
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return status, printed.out, printed.err.splitlines()

    return run


@pytest.fixture
def evaluated(evaluate):
    """Runs it with ``--json`` and returns the object, once it has checked that all is fine."""

    def run(*arguments):
        status, printed, errors = evaluate(*arguments, "--json")
        assert (status, errors) == (0, [])
        (line,) = printed.splitlines()
        return json.loads(line)

    return run


@pytest.fixture
def models(tmp_path):
    """Copies the shipped model, calibrated as told, and returns the copy's folder."""

    def copy(threshold):
        copied = shutil.copytree(MODELS, tmp_path / "models", dirs_exist_ok=True)
        description = copied / "emotion.json"
        fields = json.loads(description.read_text())
        fields["calibration"] = threshold and {"temperature": 1.0, "threshold": threshold}
        description.write_text(json.dumps(fields))
        return copied

    return copy


def with_neutral(models):
    """Make a model's description such that one can be enrolled with it."""
    set_neutral_logits(models / "emotion.json", (1.0, *[0.0] * 7))
    return models


def answers(folder, models):
    classifier = EmotionClassifier.load(models / "emotion.tflite", models / "emotion.json")
    return classify_clips(select_clips(folder), classifier)


def shown(*arguments):
    """What `show_scores` prints on a terminal of 80 columns, as lines."""
    screen = io.StringIO()
    show_scores(Console(file=screen, width=80, highlight=False), *arguments)
    return screen.getvalue().splitlines()


def test_its_json_is_the_scores_of_the_shipped_model(evaluated, folder):
    found = evaluated(folder / "index.csv")
    assert found == Scores.of(answers(folder, MODELS)).to_json()
    assert (found["n"], found["n_skipped"]) == (5, 0)
    assert set(found["per_class"]) == set(EMOTIONS)


def test_path_and_emotion_are_all_it_needs(evaluated, tmp_path):
    rows = [(row[0], row[3]) for row in CLIPS]
    assert evaluated(write_index(tmp_path / "x", rows, ("path", "emotion")))["n"] == 5


@pytest.mark.parametrize(
    ("flags", "n"),
    [
        (["--speakers", "anna"], 2),
        (["--speakers", "ben, anna"], 5),
        (["--corpus", "car"], 2),
        (["--corpus", "home,car", "--speakers", "ben"], 3),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_speakers_and_corpora_are_chosen_by_name(evaluated, folder, flags, n):
    assert evaluated(folder, *flags)["n"] == n


def test_a_calibrated_model_tells_how_much_is_certain(evaluated, folder, models):
    confidence = sorted(answers(folder, models(None)).confidence)
    found = evaluated(folder, "--models", models((confidence[2] + confidence[3]) / 2))
    assert found["coverage"] == 2 / 5
    assert found["precision_certain"] in (0, 0.5, 1)
    found = evaluated(folder, "--models", models(None))
    assert (found["coverage"], found["precision_certain"]) == (None, None)


def test_for_people_it_prints_tables(evaluate, folder, models):
    status, printed, errors = evaluate(folder, "--models", models(None))
    assert (status, errors) == (0, [])
    scores = Scores.of(answers(folder, models(None)))
    assert printed.splitlines() == shown(scores, "car, home, 2 speakers")


def test_the_tables_hold_every_figure_in_80_columns():
    pairs = [("angry", "angry")] * 3 + [("angry", "sad"), ("happy", "angry")]
    lines = shown(Scores.of(answers_of(*pairs, skipped=("x", "y"))), "car")
    assert lines[0] == "car: 5 clips (2 skipped)"
    assert max(map(len, lines)) <= 80
    headline = {line[:21].strip(): line[21:].split()[0] for line in lines[1:7]}
    assert headline == {
        "accuracy": "60.0",
        "UAR": "37.5",
        "UAR, present": "37.5",
        "macro F1": "37.5",
        "calibration error": "0.0",
        "certain": "–",
    }
    (angry, angry_counts) = (line for line in lines if line.startswith("  angry "))
    assert angry.count("█") == round(0.75 * BAR_WIDTH)
    assert angry.replace("█", "").split() == ["angry", "4", *["75", "%", "75", "%", "75", "%"]]
    assert angry_counts.split() == ["angry", "·", "·", "·", "1", "3", "·", "·", "·"]
    (calm,) = (line for line in lines if line.startswith("  calm "))
    assert calm.split() == ["calm", "0", "–", "–", "–"]
    (head,) = (line for line in lines if "acted ↓ called →" in line)
    assert head.split()[4:] == [label[:4] for label in EMOTIONS]


def test_the_tables_say_what_is_certain_and_leave_out_what_says_nothing():
    every = [(label, label) for label in EMOTIONS]
    certain = [True, True, True, True] + [False] * 4
    text = "\n".join(shown(Scores.of(answers_of(*every, certain=certain)), "x"))
    assert "UAR, present" not in text  # it is the UAR
    assert "certain             50.0 %  of the clips; the others are called uncertain" in text
    assert "right then         100.0 %" in text


def test_brackets_in_a_name_are_no_markup():
    assert (
        shown(Scores.of(answers_of(("sad", "sad"))), "[b]x\n[/b]")[0] == "[b]x\\n[/b]: 1 clip"
    )


def test_damaged_recordings_are_skipped_counted_and_named(evaluate, folder):
    (folder / "4_sad.wav").write_bytes(b"no sound")
    status, printed, errors = evaluate(folder, "--json")
    assert status == 0
    found = json.loads(printed)
    assert (found["n"], found["n_skipped"]) == (4, 1)
    (said,) = errors
    assert said.startswith(f"tonewise: skipped {folder / '4_sad.wav'}: is not a recording")
    _, printed, _ = evaluate(folder)
    assert "4 clips (1 skipped)" in printed


def test_of_many_damaged_recordings_only_some_are_named(evaluate, tmp_path):
    rows = [(f"{n}.wav", "happy") for n in range(30)] + [("1_hello.wav", "happy")]
    folder = write_index(tmp_path / "x", rows, ("path", "emotion"))
    status, _, errors = evaluate(folder, "--json")
    assert status == 0
    assert len(errors) == MOST_NOTES + 1
    assert errors[-1] == "tonewise: skipped 20 more recordings"


def test_a_recording_is_as_long_as_the_settings_allow(evaluate, folder):
    write_wav(folder / "1_hello.wav", tone(9.0))
    status, _, errors = evaluate(folder, "--json", "--set", "audio.max_file_s=8")
    assert status == 0
    assert "longer than 8 s" in errors[0]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--speakers", "carl"], "has no clips of carl to score; it has anna, ben"),
        (["--corpus", "bus"], "has no clips of bus; it has car, home"),
        (["--room", "absent.wav"], "absent.wav: no such file"),
        (["--noise", "absent"], "absent holds no noise recordings"),
        (["--models", "absent"], "emotion.json cannot be read"),
        (["--plots", __file__], "cannot be made"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line(evaluate, folder, flags, message):
    status, printed, errors = evaluate(folder, *flags)
    assert (status, printed) == (1, "")
    (said,) = errors
    assert said.startswith("tonewise: ")
    assert message in said


def test_an_index_that_is_not_there_is_one_line(evaluate, tmp_path):
    status, _, errors = evaluate(tmp_path)
    assert status == 1
    (said,) = errors
    assert "index.csv cannot be read" in said


def test_where_nothing_can_be_read_it_fails(evaluate, folder):
    for name, *_ in CLIPS:
        (folder / name).unlink()
    status, printed, errors = evaluate(folder, "--json")
    assert (status, printed) == (1, "")
    (said,) = errors
    assert "none of 5 recordings can be used; the first:" in said


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["x", "--speakers", "a,"],
        ["x", "--corpus", ""],
        ["x", "--gain", "loud"],
        ["x", "--gain", "nan"],
        ["x", "--noise", "x", "--snr", "inf"],
        ["x", "--snr", "10"],
        ["x", "--write", ""],
        ["x", "--enrolled", "0"],
        ["x", "--enrolled", "2,"],
        ["x", "--corrected", "-1"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(evaluate, flags):
    status, _, errors = evaluate(*flags)
    assert status == 2
    assert errors[0].startswith("usage: tonewise evaluate")


def test_the_model_hears_what_was_disturbed(evaluate, evaluated, folder, tmp_path):
    (tmp_path / "noise").mkdir()
    write_wav(tmp_path / "noise" / "hum.wav", tone(5.0, 100))
    write_wav(tmp_path / "room.wav", tone(0.3, 50))
    plain = evaluated(folder)
    noise = ["--noise", tmp_path / "noise", "--snr", "-20"]
    for flags in (noise, ["--room", tmp_path / "room.wav"], ["--gain", "-70"]):
        assert evaluated(folder, *flags)["ece"] != plain["ece"]
        assert evaluated(folder, *flags) == evaluated(folder, *flags)
    assert evaluated(folder, "--telephone")["ece"] != plain["ece"]
    _, printed, _ = evaluate(folder, *noise, "--telephone")
    assert "noise at -20 dB SNR, over the telephone: 5 clips" in printed


def test_the_voice_detector_cuts_out_what_is_disturbed(evaluate, evaluated, folder, tmp_path):
    (tmp_path / "noise").mkdir()
    write_wav(tmp_path / "noise" / "hum.wav", tone(5.0, 300))
    noise = ["--noise", tmp_path / "noise", "--snr", "15"]
    disturbed = Disturbances(noises=(tmp_path / "noise" / "hum.wav",), snr_db=15)
    classifier = EmotionClassifier.load(MODELS / "emotion.tflite", MODELS / "emotion.json")

    class AsInAConversation:
        def classify(self, audio):
            (speech,) = Endpointer(VoiceDetector()).speeches(chunked(audio))
            return classifier.hear(speech.audio, voiced_s=speech.voiced_s).estimate

    expected = classify_clips(select_clips(folder), AsInAConversation(), disturbed)
    found = evaluated(folder, *noise, "--vad")
    assert found.pop("n_unvoiced") == 0
    assert found == Scores.of(expected).to_json()
    assert found != evaluated(folder, *noise)
    _, printed, _ = evaluate(folder, *noise, "--vad")
    assert "noise at 15 dB SNR, cut by the voice detector: 5 clips" in printed


def test_where_nobody_is_heard_to_speak_all_is_classified(evaluate, folder):
    for n, whose in ((1, "1 recording"), (2, "2 recordings")):
        write_wav(folder / CLIPS[n][0], tone(2.0))
        status, printed, errors = evaluate(folder, "--vad", "--json")
        found = json.loads(printed)
        assert (status, found["n"], found["n_unvoiced"]) == (0, 5, n)
        assert errors == [f"tonewise: found no voice in {whose}; classified from end to end"]


def test_noise_is_10_db_under_speech_unless_told(evaluated, folder, tmp_path):
    write_wav(tmp_path / "hum.wav", tone(5.0, 300))
    noise = ["--noise", tmp_path]
    assert evaluated(folder, *noise) == evaluated(folder, *noise, "--snr", "10")
    assert evaluated(folder, *noise) != evaluated(folder, *noise, "--snr", "0")


@pytest.mark.slow
def test_pictures_are_drawn_and_named(evaluate, folder, tmp_path):
    status, _, errors = evaluate(folder, "--json", "--plots", tmp_path / "new" / "pictures")
    assert status == 0
    drawn = sorted((tmp_path / "new" / "pictures").iterdir())
    assert sorted(errors) == [f"tonewise: drew {path}" for path in drawn]
    assert len(drawn) == 4


def test_scores_are_written_beside_the_model_under_their_name(evaluate, folder, models):
    copied = models(0.5)
    before = json.loads((copied / "emotion.json").read_text())
    flags = ["--models", copied, "--write", "at home"]
    status, printed, _ = evaluate(folder, "--json", *flags)
    assert status == 0
    after = json.loads((copied / "emotion.json").read_text())
    assert after["scores"].pop("at home") == json.loads(printed)
    assert after == before


@pytest.mark.slow
def test_pictures_and_scores_are_kept_where_nobody_reads_what_is_printed(
    folder, models, tmp_path
):
    copied, pictures = models(0.5), tmp_path / "pictures"
    reading, writing = os.pipe()
    os.close(reading)
    flags = ["--models", copied, "--write", "at home", "--plots", pictures, "--json"]
    command = [sys.executable, "-m", "assistant", "evaluate", folder, *flags]
    subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert json.loads((copied / "emotion.json").read_text())["scores"]["at home"]["n"] == 5
    assert len(list(pictures.iterdir())) == 4


def test_scores_are_printed_even_if_they_cannot_be_stored(evaluate, folder, models):
    copied = models(0.5)
    (copied / f"emotion.json.{os.getpid()}.part").mkdir()
    status, printed, errors = evaluate(
        folder, "--models", copied, "--write", "at home", "--json"
    )
    assert (status, len(errors), json.loads(printed)["n"]) == (1, 1, 5)
    assert "cannot be written" in errors[0]


def test_a_noise_that_cannot_be_used_is_noted(evaluate, folder, tmp_path):
    (tmp_path / "noise").mkdir()
    write_wav(tmp_path / "noise" / "hum.wav", tone(1.0, 300))
    (tmp_path / "noise" / "damaged.wav").write_bytes(b"RIFF")
    status, _, errors = evaluate(folder, "--noise", tmp_path / "noise", "--json")
    assert (status, len(errors)) == (0, 1)
    assert errors[0].startswith(f"tonewise: skipped {tmp_path / 'noise' / 'damaged.wav'}: ")


def test_without_a_name_nothing_is_written(evaluate, folder, models):
    copied = models(0.5)
    before = (copied / "emotion.json").read_bytes()
    assert evaluate(folder, "--models", copied)[0] == 0
    assert (copied / "emotion.json").read_bytes() == before


def test_what_knowing_a_voice_is_worth_is_measured_stored_and_shown(evaluate, folder, models):
    rows = [("1_hello.wav", "home", "anna", "neutral")] * 3 + [*CLIPS]
    write_index(folder, rows)
    copied = with_neutral(models(None))
    flags = ["--models", copied, "--enrolled", "1,2", "--corrected", "2"]
    status, printed, errors = evaluate(folder, *flags, "--json", "--write", "known")
    assert (status, errors) == (0, [])
    found = json.loads(printed)
    # anna has five clips, four of them neutral; ben has three and none.
    assert {n: gain["n"] for n, gain in found["enrolled"].items()} == {"1": 16, "2": 18}
    assert found["corrected"]["2"]["n"] == 10 * (3 + 1)
    assert json.loads((copied / "emotion.json").read_text())["scores"]["known"] == found
    _, printed, _ = evaluate(folder, *flags)
    table = [" ".join(line.split()) for line in printed.splitlines()[-6:]]
    gain = found["enrolled"]["2"]
    shares = [f"{100 * gain[key]:.1f} %" for key in ("uar_not_enrolled", "uar")]
    assert table[1] == "of the speaker are known UAR without UAR with answers"
    assert table[3] == f"2 neutral clips {shares[0]} {shares[1]} 18"
    assert table[4].startswith("2 corrected clips ")


def test_unless_it_is_asked_for_it_is_not_measured(evaluated, evaluate, folder):
    assert not {"enrolled", "corrected"} & set(evaluated(folder))
    assert "known" not in evaluate(folder)[1]


def test_a_skipped_recording_takes_no_part_in_it(evaluate, folder, models):
    (folder / "4_sad.wav").write_bytes(b"no sound")
    flags = ["--models", with_neutral(models(None)), "--corrected", "1", "--json"]
    found = json.loads(evaluate(folder, *flags)[1])
    assert found["corrected"]["1"]["n"] == 10 * (1 + 1)


def test_what_cannot_be_known_of_a_voice_is_one_line(evaluate, folder, models):
    neither = models(None)
    (neither / "emotion.json").write_text(
        (neither / "emotion.json").read_text().replace("neutral_logits", "ignored")
    )
    status, printed, errors = evaluate(folder, "--models", neither, "--enrolled", "1")
    assert (status, printed, len(errors)) == (1, "", 1)
    assert "this emotion model cannot be enrolled with" in errors[0]
    flags = ["--models", with_neutral(neither), "--enrolled", "2"]
    status, printed, errors = evaluate(folder, *flags)
    assert (status, printed, len(errors)) == (1, "", 1)
    assert "no speaker has more than 2 neutral clips" in errors[0]


def test_too_few_clips_are_noticed_before_any_is_heard(evaluate, folder):
    for name, *_ in CLIPS:
        (folder / name).unlink()
    status, _, errors = evaluate(folder, "--corrected", "3")
    assert (status, len(errors)) == (1, 1)
    assert "no speaker has more than 3 clips" in errors[0]


@pytest.mark.slow
def test_the_shipped_model_reaches_its_score_on_unseen_actors(evaluated, shared_data):
    flags = ["--corpus", "ravdess", "--speakers", HELD_OUT]
    found = evaluated(shared_data, *flags)
    assert found["n"] == 240
    assert found["uar"] > 0.65
    assert found["uar"] == found["uar_present"]
    assert evaluated(shared_data, *flags, "--telephone")["per_class"] != found["per_class"]
