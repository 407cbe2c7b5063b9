"""A file that another takes the place of, and writing that fails half way."""

import os

import pytest

from assistant.whole_file import put_aside, replacing


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_replaced_when_the_block_ends(tmp_path, durable):
    path = tmp_path / "new" / "a.json"
    for content in (b"first", b"second"):
        with replacing(path, durable=durable) as file:
            file.write(content)
            assert not path.exists() or path.read_bytes() == b"first"
        assert path.read_bytes() == content
    assert names(path.parent) == ["a.json"]


def test_where_the_block_fails_the_file_stays_as_it_was(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"as it was")

    def write_half(error):
        with replacing(path) as file:
            file.write(b"half")
            raise error

    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error):
            write_half(error)
    assert path.read_bytes() == b"as it was"
    assert names(tmp_path) == ["a.json"]


def test_what_cannot_be_written_raises_and_leaves_nothing(tmp_path):
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    file.touch()
    with pytest.raises(IsADirectoryError), replacing(folder) as opened:
        opened.write(b"content")
    with pytest.raises(FileExistsError), replacing(file / "a"):
        pytest.fail("there is no such folder")
    assert names(tmp_path) == ["file", "folder"]


def test_a_draft_that_was_left_behind_is_overwritten_with_the_right_mode(tmp_path):
    draft = tmp_path / "a.new"
    draft.write_bytes(b"half a draft, and longer")
    draft.chmod(0o644)
    with replacing(tmp_path / "a", draft=draft, mode=0o600) as file:
        file.write(b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["a"]


def test_another_process_has_a_draft_of_its_own(tmp_path):
    path = tmp_path / "a"
    others = tmp_path / f"a.{os.getpid() + 1}.part"
    others.write_bytes(b"being written")
    with replacing(path) as file:
        file.write(b"ours")
    assert (path.read_bytes(), others.read_bytes()) == (b"ours", b"being written")


def test_a_damaged_file_is_put_aside_beside_those_before_it(tmp_path):
    path = tmp_path / "notes.json"
    for content in ("one", "two", "three"):
        path.write_text(content)
        assert put_aside(path).read_text() == content
        assert not path.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "notes.json.damaged", "notes.json.damaged.1", "notes.json.damaged.2",
    ]  # fmt: skip
    with pytest.raises(OSError, match="No such file"):
        put_aside(path)
