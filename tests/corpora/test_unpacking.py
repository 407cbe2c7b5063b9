"""Archives: whole, damaged, and those that would write elsewhere."""

import zipfile

import pytest

from assistant.corpora.unpacking import path_below, unpack
from assistant.errors import CorpusError


def archive(path, *names, content="sound"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(name, content)
    return path


def test_an_archive_becomes_a_folder_and_stays(tmp_path):
    counts = []
    packed = archive(tmp_path / "a.zip", "Actor_01/1.wav", "Actor_02/2.wav")
    unpack(packed, tmp_path / "a", lambda *count: counts.append(count))
    assert (tmp_path / "a/Actor_02/2.wav").read_text() == "sound"
    assert counts == [(1, 2), (2, 2)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.zip"]


@pytest.mark.parametrize(
    "name", ["../escaped.wav", "/tmp/escaped.wav", "a/../../escaped.wav", r"..\escaped.wav"]
)
def test_an_archive_that_leads_elsewhere_writes_nothing(tmp_path, name):
    packed = archive(tmp_path / "a.zip", "Actor_01/1.wav", name)
    with pytest.raises(CorpusError, match="leads elsewhere"):
        unpack(packed, tmp_path / "below" / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("name", ["", ".", "/", "..", "a/.."])
def test_a_path_that_is_no_file_below_is_refused(name):
    with pytest.raises(CorpusError, match="leads elsewhere"):
        path_below(name)


def test_an_unpacking_that_was_interrupted_begins_again(tmp_path):
    def interrupt(done, total):
        raise KeyboardInterrupt

    packed = archive(tmp_path / "a.zip", "1.wav", "2.wav")
    with pytest.raises(KeyboardInterrupt):
        unpack(packed, tmp_path / "a", interrupt)
    assert not (tmp_path / "a").exists()
    (tmp_path / "a.part" / "stale.wav").touch()
    unpack(packed, tmp_path / "a")
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["1.wav", "2.wav"]


def test_a_damaged_archive_is_named(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(CorpusError, match=r"a\.zip cannot be unpacked \(.+\); remove it"):
        unpack(tmp_path / "a.zip", tmp_path / "a")


def test_an_archive_with_a_damaged_file_makes_no_folder(tmp_path):
    packed = archive(tmp_path / "a.zip", "1.wav", content="sound" * 1_000)
    content = bytearray(packed.read_bytes())
    content[40:44] = b"\xff\xff\xff\xff"
    packed.write_bytes(content)
    with pytest.raises(CorpusError, match="cannot be unpacked"):
        unpack(packed, tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(CorpusError, match="a exists; move it away"):
        unpack(archive(tmp_path / "a.zip", "1.wav"), tmp_path / "a")


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "a.part").write_text("a file")
    with pytest.raises(CorpusError, match="a cannot be written"):
        unpack(archive(tmp_path / "a.zip", "1.wav"), tmp_path / "a")
