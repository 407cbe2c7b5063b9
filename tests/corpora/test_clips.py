"""Reading an index of recordings."""

from collections import Counter

import pytest

from assistant.corpora.clips import read_clips
from assistant.corpora.ravdess import ravdess_label
from assistant.errors import CorpusError
from assistant.values import EMOTIONS

HEADER = "path,corpus,speaker,emotion\n"
ANGRY = "ravdess/03-01-05-01-02-01-12.flac,ravdess,ravdess-12,angry\n"
SAD = "nemo/EB0_sadness_1.opus,nemo,nemo-eb0,sad\n"


def index(folder, *rows, header=HEADER):
    (folder / "index.csv").write_text(header + "".join(rows), encoding="utf-8")
    return folder


def test_a_row_becomes_a_clip(tmp_path):
    (clip,) = read_clips(index(tmp_path, ANGRY), ["ravdess"])
    assert clip.path == tmp_path / "ravdess/03-01-05-01-02-01-12.flac"
    assert (clip.corpus, clip.speaker) == ("ravdess", "ravdess-12")
    assert EMOTIONS[clip.label] == "angry"


@pytest.mark.parametrize(("code", "emotion"), list(enumerate(EMOTIONS, start=1)))
def test_ravdess_codes_count_from_one_and_labels_from_zero(code, emotion):
    label = ravdess_label(f"03-01-{code:02}-01-02-01-12")
    assert label == code - 1
    assert EMOTIONS[label] == emotion


@pytest.mark.parametrize(
    "stem", ["", "angry", "03-01-09-01-02-01-12", "03-01-00-01-02-01-12", "03-01-05"]
)
def test_other_names_are_no_ravdess(stem):
    with pytest.raises(CorpusError, match="is no RAVDESS name"):
        ravdess_label(stem)


def test_a_name_and_an_index_that_disagree_are_refused(tmp_path):
    with pytest.raises(CorpusError, match="angry by its name but sad in the index"):
        read_clips(index(tmp_path, ANGRY.replace("angry", "sad")), ["ravdess"])


def test_corpora_that_were_not_asked_for_are_left_out(tmp_path):
    clips = read_clips(index(tmp_path, ANGRY, SAD), ["nemo"])
    assert [clip.speaker for clip in clips] == ["nemo-eb0"]


def test_the_known_duplicate_is_dropped_and_its_twin_stays(tmp_path):
    first = "ravdess/03-01-03-01-02-01-07.flac,ravdess,ravdess-07,happy\n"
    (clip,) = read_clips(
        index(tmp_path, first, first.replace("02-01-07", "02-02-07")), ["ravdess"]
    )
    assert clip.path.stem == "03-01-03-01-02-01-07"


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([ANGRY], HEADER, "no clips of nemo; it has ravdess"),
        ([SAD.replace("sad\n", "bored\n")], HEADER, "unknown emotion 'bored'"),
        (
            [SAD],
            "path,corpus,speaker,mood\n",
            "lacks the columns emotion; it has path, corpus, speaker, mood",
        ),
        ([], "", "lacks the columns emotion, path; it is empty"),
        ([], HEADER.replace(",", ";"), "separate the columns by commas"),
        ([], HEADER.replace(",", "\t"), "separate the columns by commas"),
        (["x.wav,,,sad\n"], HEADER, "no clips of nemo; it names no corpora"),
        ([ANGRY, SAD.replace("sad\n", "bored\n")], HEADER, r"index\.csv, line 3: unknown"),
        ([SAD, ",nemo,,sad\n"], HEADER, r"index\.csv, line 3: the path is empty"),
    ],
)
def test_an_index_that_cannot_be_used_is_refused(tmp_path, rows, header, message):
    with pytest.raises(CorpusError, match=message):
        read_clips(index(tmp_path, *rows, header=header), ["nemo"])


def test_the_path_and_the_emotion_of_a_clip_are_enough(tmp_path):
    lonely = index(tmp_path, "mine.wav,sad\n", "hum.wav,\n", header="path,emotion\n")
    (clip,) = read_clips(lonely / "index.csv")
    assert (clip.path, clip.corpus, clip.speaker) == (tmp_path / "mine.wav", "", "")


def test_a_missing_index_is_named(tmp_path):
    with pytest.raises(
        CorpusError, match=r"index\.csv cannot be read \(No such file or directory\)"
    ):
        read_clips(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    assert len(read_clips(index(tmp_path, SAD, header="\ufeff" + HEADER))) == 1


@pytest.mark.parametrize("name", ["Angry", " angry ", "anger", "ANGER"])
def test_an_emotion_is_known_by_its_other_names(tmp_path, name):
    (clip,) = read_clips(index(tmp_path, ANGRY.replace(",angry", f",{name}")))
    assert EMOTIONS[clip.label] == "angry"


def test_only_ravdess_itself_has_its_names(tmp_path):
    row = "hello.wav,{},anna,sad\n"
    assert len(read_clips(index(tmp_path, row.format("ravdess-like")))) == 1
    with pytest.raises(CorpusError, match=r"index\.csv, line 2: hello is no RAVDESS name"):
        read_clips(index(tmp_path, row.format("ravdess_song")))


def test_an_index_of_nothing_but_the_known_duplicate_is_refused(tmp_path):
    twin = ANGRY.replace("05-01-02-01-12", "03-01-02-02-07").replace(",angry", ",happy")
    with pytest.raises(CorpusError, match="has only a known duplicate"):
        read_clips(index(tmp_path, twin))


def test_the_real_corpora_have_their_published_sizes(shared_data):
    clips = read_clips(shared_data)  # the noises have no emotion
    assert Counter(clip.corpus for clip in clips) == {
        "ravdess": 1439, "ravdess_song": 1012, "tess": 2800, "nemo": 4481, "ased": 2474,
    }  # fmt: skip
    assert all(clip.path.is_file() for clip in clips)
