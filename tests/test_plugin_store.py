"""What a plugin keeps."""

import json
import stat

import pytest

from assistant.errors import PluginError
from assistant.plugin_store import MAX_BYTES, Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "plugins" / "notes.json"


def test_what_is_kept_is_there_at_the_next_start(path):
    store = Store(path)
    assert dict(store) == {}
    store["notes"] = ["milk", {"n": 1.5, "done": None}]
    store["count"] = 3
    assert dict(Store(path)) == {"notes": ["milk", {"n": 1.5, "done": None}], "count": 3}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    del store["notes"]
    assert list(Store(path)) == ["count"]
    assert len(Store(path)) == 1
    with pytest.raises(KeyError):
        del store["notes"]


def test_a_store_in_memory_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = Store()
    store["a"] = 1
    assert store["a"] == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_before_something_is_kept(path):
    assert Store(path).get("notes", []) == []
    assert not path.parent.exists()


def test_what_was_taken_out_and_changed_is_not_kept(path):
    store = Store(path)
    store["notes"] = notes = ["milk"]
    notes.append("tea")
    store["notes"].append("bread")
    assert store["notes"] == Store(path)["notes"] == ["milk"]


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan"), b"x"])
def test_what_json_cannot_hold_is_refused_and_nothing_is_lost(value, path):
    store = Store(path)
    store["a"] = 1
    with pytest.raises(PluginError, match="the store cannot keep this as 'b': "):
        store["b"] = value
    assert dict(store) == dict(Store(path)) == {"a": 1}


def test_a_store_does_not_grow_without_end(path):
    store = Store(path)
    store["a"] = "x" * (MAX_BYTES - 100)
    with pytest.raises(PluginError, match=f"with 'b' the store .* over {MAX_BYTES}"):
        store["b"] = "x" * 100
    assert list(store) == ["a"]


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000])
def test_a_damaged_file_is_put_aside(content, path):
    path.parent.mkdir()
    path.write_text(content)
    store = Store(path)
    assert dict(store) == {}
    store["a"] = 1
    assert path.with_name(f"{path.name}.damaged").read_text() == content
    assert json.loads(path.read_text()) == {"a": 1}


def test_a_file_that_cannot_be_read_or_written_is_named(path):
    path.mkdir(parents=True)
    with pytest.raises(PluginError, match=r"notes\.json: cannot be read: "):
        Store(path).get("a")
    (path.parent / "file").touch()
    with pytest.raises(PluginError, match=r"notes\.json: cannot be (read|written): "):
        Store(path.parent / "file" / "notes.json")["a"] = 1


@pytest.mark.parametrize("key", [5, None, ("a", "b"), b"a"])
def test_a_key_that_is_no_text_is_refused(key, path):
    store = Store(path)
    store["5"] = 1
    with pytest.raises(PluginError) as told:
        store[key] = 2
    assert str(told.value) == f"a key of the store must be a str, got {key!r}"
    assert dict(store) == dict(Store(path)) == {"5": 1}
