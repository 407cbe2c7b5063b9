"""Which plugins may run: what the file keeps."""

import stat

import pytest

from assistant.errors import PluginError
from assistant.plugin_choices import ChoiceFile, Choices

CHOSEN = Choices(
    {"own": "folder::own.py"}, ("ours",), {"bad": "ValueError"}, ("folder::x.py",), ("own",)
)


CONTENT = (
    '{"schema_version": 1, "enabled": {}, "disabled": [], "faulty": {}, "announced": [], '
    '"hearing": []}'
)


@pytest.fixture
def file(tmp_path):
    return ChoiceFile(tmp_path / "settings" / "plugins.json")


def test_this_is_what_the_file_looks_like(file):
    file.path.parent.mkdir()
    file.path.write_text(CONTENT)
    assert file.read() == Choices()


def test_where_there_is_no_file_nothing_was_chosen(file):
    assert file.read() == Choices()


def test_what_was_chosen_is_kept_for_its_owner_alone(file):
    file.change(lambda was: CHOSEN)
    assert file.read() == CHOSEN
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_change_begins_with_what_was_there_and_nothing_else_is_written(file):
    file.change(lambda was: CHOSEN)
    before = file.path.stat().st_mtime_ns, file.path.stat().st_ino
    seen = []
    file.change(lambda was: seen.append(was) or was)
    assert seen == [CHOSEN]
    assert (file.path.stat().st_mtime_ns, file.path.stat().st_ino) == before


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "5",
        "{}",
        CONTENT.replace("1", "2"),
        '{"schema_version": 1, "enabled": {}, "disabled": [], "faulty": {}}',
        CONTENT.replace("{}", "[]", 1),
    ],
)
def test_a_damaged_file_says_what_to_do_and_stays_as_it_is(content, file):
    file.path.parent.mkdir()
    file.path.write_text(content)
    for access in (file.read, lambda: file.change(lambda was: CHOSEN)):
        with pytest.raises(PluginError, match=r"plugins\.json: is damaged; delete it"):
            access()
    assert file.path.read_text() == content


def test_a_file_that_cannot_be_read_or_written_is_named(file):
    file.path.mkdir(parents=True)
    with pytest.raises(PluginError, match=r"plugins\.json: cannot be read: "):
        file.read()
    nowhere = ChoiceFile(file.path.parent / "file" / "plugins.json")
    nowhere.path.parent.touch()
    with pytest.raises(PluginError, match=r"plugins\.json: cannot be (read|written): "):
        nowhere.change(lambda was: CHOSEN)
