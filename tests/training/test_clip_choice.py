"""Which clips of an index a run takes."""

from pathlib import Path

import pytest

from assistant.errors import CorpusError
from assistant.training.clip_choice import chosen_clips
from assistant.training.options import TrainOptions


def ravdess(actors=range(1, 25), corpus="ravdess"):
    return [
        (f"03-01-01-01-01-01-{actor:02}.wav", corpus, f"ravdess-{actor:02}", "neutral")
        for actor in actors
    ]


def others(corpus, n_speakers):
    return [(f"{corpus}{i}.wav", corpus, f"{corpus}-{i}", "sad") for i in range(n_speakers)]


def chosen(folder, *rows, **options):
    lines = ["path,corpus,speaker,emotion", *(",".join(row) for row in rows)]
    (folder / "index.csv").write_text("\n".join(lines))
    return chosen_clips(TrainOptions(data=folder, **options))


def corpora(clips):
    return {clip.corpus for clip in clips}


def test_a_downloaded_ravdess_trains_alone(tmp_path):
    split = chosen(tmp_path, *ravdess())
    assert len(split.training) == 24 - 4 - 4
    assert {clip.speaker[-2:] for clip in split.validation} == {"05", "09", "14", "18"}
    assert {clip.speaker[-2:] for clip in split.held_out} == {"01", "11", "20", "21"}


def test_of_many_corpora_those_that_may_be_shared_train(tmp_path):
    split = chosen(tmp_path, *ravdess(), *others("nemo", 2), *others("tess", 2))
    assert corpora(split.training) == {"ravdess", "nemo"}


def test_song_trains_but_does_not_validate(tmp_path):
    split = chosen(tmp_path, *ravdess(), *ravdess(corpus="ravdess_song"))
    assert corpora(split.training) == {"ravdess", "ravdess_song"}
    assert corpora(split.validation) == {"ravdess"}
    with pytest.raises(CorpusError, match="nobody who validates speaks"):
        chosen(tmp_path, *ravdess(corpus="ravdess_song"))


def test_other_corpora_train_where_there_is_nothing_else(tmp_path):
    split = chosen(tmp_path, *others("own", 13))
    assert [clip.speaker for clip in split.validation] == ["own-2", "own-8"]
    assert len(split.training) == 11
    assert split.held_out == ()


def test_with_few_speakers_one_validates(tmp_path):
    split = chosen(tmp_path, *others("own", 2))
    assert [clip.speaker for clip in split.validation] == ["own-1"]


def test_one_speaker_is_too_few(tmp_path):
    with pytest.raises(CorpusError, match="1 speaker to train on"):
        chosen(tmp_path, *others("own", 1))


def test_speakers_may_be_held_out(tmp_path):
    split = chosen(tmp_path, *others("own", 13), held_out_speakers=("own-2", "own-3"))
    assert [clip.speaker for clip in split.held_out] == ["own-2", "own-3"]
    assert len(split.training) + len(split.validation) == 11
    assert not {clip.speaker for clip in split.validation} & {"own-2", "own-3"}
    rows = ravdess()
    split = chosen(tmp_path, *rows, held_out_speakers=("ravdess-05", "ravdess-02"))
    assert {int(clip.speaker[-2:]) for clip in split.held_out} == {1, 2, 5, 11, 20, 21}
    assert {int(clip.speaker[-2:]) for clip in split.validation} == {9, 14, 18}
    with pytest.raises(CorpusError, match="no clips of nobody; choose other speakers"):
        chosen(tmp_path, *others("own", 3), held_out_speakers=("nobody",))


def test_a_part_of_ravdess_trains_too(tmp_path):
    split = chosen(tmp_path, *ravdess(range(1, 13)))
    assert {clip.speaker[-2:] for clip in split.held_out} == {"01", "11"}
    assert {clip.speaker[-2:] for clip in split.validation} == {"05", "09"}
    split = chosen(tmp_path, *ravdess([2, 3, 4]))
    assert {clip.speaker[-2:] for clip in split.validation} == {"04"}


def test_corpora_may_be_named(tmp_path):
    split = chosen(tmp_path, *ravdess(), *others("tess", 2), corpora=("ravdess", "tess"))
    assert corpora(split.training) == {"ravdess", "tess"}
    with pytest.raises(CorpusError, match=r"has no clips of nemo; it has ravdess"):
        chosen(tmp_path, *ravdess(), corpora=("nemo",))


def test_absolute_paths_are_allowed(tmp_path):
    rows = [(str(tmp_path / "elsewhere" / path), *rest) for path, *rest in others("own", 2)]
    (clip,) = chosen(tmp_path, *rows).validation
    assert clip.path == Path(rows[1][0])
