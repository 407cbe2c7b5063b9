"""A folder of recordings to its index."""

import csv
import io
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.corpora.clips import read_clips
from assistant.corpora.index import COLUMNS, Reason, write_index
from assistant.corpora.indexing import index_folder
from assistant.corpora.ravdess import ravdess_facts
from assistant.corpora.tess import tess_facts
from assistant.errors import CorpusError
from tests.conftest import RECORDINGS
from tests.fakes import tone

SPEECH = "Audio_Speech_Actors_01-24/Actor_01/03-01-05-01-02-01-01.wav"
SONG = "Audio_Song_Actors_01-24/Actor_02/03-02-06-02-01-02-02.wav"


def record(path, frequency_hz=440, sample_rate=16_000, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = tone(0.2, frequency_hz, sample_rate=sample_rate).samples
    soundfile.write(path, samples, sample_rate, **how)


def recorded(folder, *paths):
    """The folder, with a recording of its own under each path."""
    for number, path in enumerate(paths, start=1):
        record(folder / path, 300 * number)
    return folder


def rows(index, base=None):
    lines = io.StringIO()
    write_index(index, lines, base or index.folder)
    return list(csv.DictReader(lines.getvalue().splitlines()))


def passed_over(index):
    return {each.path.as_posix(): (each.reason, each.detail) for each in index.passed_over}


def test_published_layouts_and_emotion_folders_are_read_side_by_side(tmp_path):
    recorded(tmp_path, SPEECH, SONG, "tess/OAF_angry/OAF_back_angry.wav", "anna/joy/1.wav")
    index = index_folder(tmp_path)
    assert passed_over(index) == {}
    found = rows(index)
    assert [(row["corpus"], row["speaker"], row["emotion"]) for row in found] == [
        ("ravdess_song", "ravdess-02", "fearful"),
        ("ravdess", "ravdess-01", "angry"),
        ("folders", "folders-anna", "happy"),
        ("tess", "tess-oaf", "angry"),
    ]
    assert tuple(found[0]) == COLUMNS
    assert found[1] == {
        "path": SPEECH, "corpus": "ravdess", "speaker": "ravdess-01", "gender": "male",
        "emotion": "angry", "intensity": "normal", "take": "1", "language": "en",
        "transcript": "dogs are sitting by the door", "seconds": "0.2",
        "original_rate_hz": "16000",
    }  # fmt: skip


def test_a_name_tells_more_than_its_folder(tmp_path):
    (row,) = rows(index_folder(recorded(tmp_path, "happy/OAF_back_sad.wav")))
    assert (row["corpus"], row["emotion"]) == ("tess", "sad")


def test_the_index_is_read_back_from_where_it_lies(tmp_path):
    data = recorded(tmp_path / "data", SPEECH, "happy/1.wav")
    for place in (data, tmp_path, tmp_path / "elsewhere"):
        place.mkdir(exist_ok=True)
        with (place / "index.csv").open("w", encoding="utf-8", newline="") as lines:
            write_index(index_folder(data), lines, place)
        clips = read_clips(place)
        assert len(clips) == 2
        assert all(clip.path.is_file() for clip in clips)


def test_paths_lead_there_also_over_a_link(tmp_path):
    data = recorded(tmp_path / "disk" / "data", "happy/1.wav")
    (tmp_path / "data").symlink_to(data)
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "disk").symlink_to(tmp_path / "disk")
    for base in (data, tmp_path / "data", tmp_path / "desk" / "disk"):
        (row,) = rows(index_folder(tmp_path / "data"), base)
        assert (base / row["path"]).is_file()
        assert ".." not in row["path"]


def test_format_and_rate_are_the_files_own_whatever_its_name(tmp_path):
    record(tmp_path / "OAF_germ_angry.wav", 440, 24_414, format="AIFF")
    record(tmp_path / "OAF_food_fear.wav", 550, 96_000)
    record(tmp_path / "happy/1.flac", 660, 44_100)
    rates = {row["path"]: row["original_rate_hz"] for row in rows(index_folder(tmp_path))}
    assert rates == {
        "OAF_food_fear.wav": "96000", "OAF_germ_angry.wav": "24414", "happy/1.flac": "44100",
    }  # fmt: skip


def test_the_same_sound_is_kept_once_wherever_it_lies(tmp_path):
    recorded(tmp_path, "happy/1.wav")
    (tmp_path / "sad").mkdir()
    shutil.copy(tmp_path / "happy/1.wav", tmp_path / "happy/2.wav")
    shutil.copy(tmp_path / "happy/1.wav", tmp_path / "sad/3.wav")
    stereo = np.tile(tone(0.2, 300).samples[:, np.newaxis], 2)
    soundfile.write(tmp_path / "happy/stereo.wav", stereo, 16_000)
    index = index_folder(tmp_path)
    assert [row["path"] for row in rows(index)] == ["happy/1.wav"]
    assert passed_over(index) == {
        "happy/2.wav": (Reason.SAME_RECORDING, "as happy/1.wav"),
        "happy/stereo.wav": (Reason.SAME_RECORDING, "as happy/1.wav"),
        "sad/3.wav": (Reason.SAME_RECORDING, "as happy/1.wav, but happy"),
    }


def test_another_coding_of_a_named_clip_is_the_same_clip(tmp_path):
    name = "03-01-05-01-02-01-01"
    index = index_folder(recorded(tmp_path, f"a/{name}.wav", f"b/{name}.flac"))
    assert passed_over(index) == {f"b/{name}.flac": (Reason.SAME_RECORDING, f"as a/{name}.wav")}


def test_equal_names_in_emotion_folders_are_different_clips(tmp_path):
    assert len(index_folder(recorded(tmp_path, "happy/1.wav", "sad/1.wav")).recordings) == 2


def test_the_known_duplicate_is_dropped_whatever_it_holds(tmp_path):
    first, second = "03-01-03-01-02-01-07.wav", "03-01-03-01-02-02-07.wav"
    index = index_folder(recorded(tmp_path, first, second))
    assert [row["path"] for row in rows(index)] == [first]
    assert passed_over(index)[second][0] is Reason.SAME_RECORDING


def test_what_cannot_be_used_is_passed_over_with_its_reason(tmp_path):
    recorded(tmp_path, "happy/1.wav", "03-01-09-01-01-01-01.wav", "01-01-05-01-02-01-01.wav")
    (tmp_path / "01-01-05-01-02-01-01.mp4").write_bytes(b"ftyp")
    (tmp_path / "happy/party.MOV").write_bytes(b"ftyp")
    (tmp_path / "song.zip").write_bytes(b"PK")
    (tmp_path / "happy/notes.txt").write_text("It went well.")
    (tmp_path / "happy/empty.wav").touch()
    soundfile.write(tmp_path / "happy/nan.wav", np.full(99, np.nan), 16_000, subtype="FLOAT")
    index = index_folder(tmp_path)
    assert [row["path"] for row in rows(index)] == ["happy/1.wav"]
    found = passed_over(index)
    assert {path: reason for path, (reason, _) in found.items()} == {
        "01-01-05-01-02-01-01.mp4": Reason.RAVDESS_VIDEO,
        "01-01-05-01-02-01-01.wav": Reason.RAVDESS_VIDEO,
        "03-01-09-01-01-01-01.wav": Reason.UNKNOWN,
        "happy/empty.wav": Reason.UNREADABLE,
        "happy/nan.wav": Reason.UNREADABLE,
        "happy/notes.txt": Reason.UNREADABLE,
        "happy/party.MOV": Reason.VIDEO,
        "song.zip": Reason.ARCHIVE,
    }
    assert found["happy/empty.wav"][1] == "is empty; record it again"


def test_hidden_files_and_an_index_are_not_spoken_of(tmp_path):
    recorded(tmp_path, "happy/1.wav")
    (tmp_path / "index.csv").touch()
    for hidden in (".DS_Store", "happy/._1.wav", "__MACOSX/happy/1.wav", ".git/happy/1.wav"):
        (tmp_path / hidden).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tmp_path / "happy/1.wav", tmp_path / hidden)
    index = index_folder(tmp_path)
    assert len(index.recordings) == 1
    assert passed_over(index) == {}


def test_links_are_followed_and_circles_end(tmp_path):
    elsewhere = recorded(tmp_path / "elsewhere", "1.wav")
    data = tmp_path / "data"
    data.mkdir()
    (data / "happy").symlink_to(elsewhere)
    (elsewhere / "circle").symlink_to(data)
    index = index_folder(data)
    assert [row["path"] for row in rows(index)] == ["happy/1.wav"]
    assert passed_over(index) == {}


def test_a_folder_that_may_not_be_opened_is_passed_over(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may open every folder")
    recorded(tmp_path, "happy/1.wav", "sad/1.wav")
    (tmp_path / "sad").chmod(0)
    try:
        index = index_folder(tmp_path)
    finally:
        (tmp_path / "sad").chmod(0o755)
    assert passed_over(index) == {"sad": (Reason.UNREADABLE, "Permission denied")}


def test_a_name_that_is_no_text_is_passed_over(tmp_path):
    recorded(tmp_path, "happy/1.wav")
    try:
        os.rename(tmp_path / "happy/1.wav", os.fsencode(tmp_path / "happy") + b"/\xff.wav")
    except OSError:
        pytest.skip("this file system takes no such name")
    record(tmp_path / "happy/ä.wav", 880)
    index = index_folder(tmp_path)
    assert [row["path"] for row in rows(index)] == ["happy/ä.wav"]
    ((_, detail),) = passed_over(index).values()
    assert detail == "its name is not UTF-8; rename it"


def test_progress_counts_every_file_that_is_looked_at(tmp_path):
    counts = []
    recorded(tmp_path, "happy/1.wav", "sad/1.wav", "unknown.wav")
    index_folder(tmp_path, lambda *count: counts.append(count))
    assert counts == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], r"nothing to index \(no files\); understood are RAVDESS names .+ and folders"),
        (["a.wav", "b.wav"], r"\(2 files: neither name nor folder tells the emotion\)"),
    ],
)
def test_a_folder_without_a_known_layout_is_told_which_there_are(tmp_path, paths, message):
    with pytest.raises(CorpusError, match=message):
        index_folder(recorded(tmp_path, *paths))


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(CorpusError, match="none does not exist"):
        index_folder(tmp_path / "none")
    with pytest.raises(CorpusError, match=r"1_hello\.wav is no folder"):
        index_folder(RECORDINGS / "1_hello.wav")


SHARED_COLUMNS = (
    "corpus", "speaker", "gender", "emotion", "intensity", "take", "language", "transcript",
)  # fmt: skip


def shared_index(shared_data):
    with (shared_data / "index.csv").open(encoding="utf-8", newline="") as lines:
        return {Path(row["path"]).stem: row for row in csv.DictReader(lines)}


def test_the_original_files_are_indexed_with_the_facts_of_the_corpora(shared_data):
    known = shared_index(shared_data)
    index = index_folder(shared_data / "original")
    assert passed_over(index) == {}
    found = rows(index)
    assert len(found) == 13
    for row in found:
        expected = known[Path(row["path"]).stem]
        for column in (*SHARED_COLUMNS, "original_rate_hz"):
            assert row[column] == expected[column]
        assert float(row["seconds"]) == pytest.approx(float(expected["seconds"]), abs=0.0011)


def test_each_published_name_tells_what_is_known_of_the_clip(shared_data):
    for stem, expected in shared_index(shared_data).items():
        facts = ravdess_facts(Path(stem)) or tess_facts(Path(stem))
        is_named = expected["corpus"].startswith(("ravdess", "tess"))
        assert (facts is not None) == is_named, stem
        if facts:
            told = {name: getattr(facts, name) for name in SHARED_COLUMNS}
            assert told == {name: expected[name] for name in SHARED_COLUMNS}
