"""Finding plugins: by names alone, and none runs that nobody asked for."""

import pytest

from assistant.errors import PluginError
from assistant.plugin_choices import Choices
from assistant.plugin_discovery import (
    Plugin,
    announced,
    disabled,
    enabled,
    find,
    named,
    unannounced,
)

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


@pytest.fixture
def bundled(tmp_path):
    folder = tmp_path / "bundled"
    folder.mkdir()
    return folder


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that puts a distribution with these entry points on the path."""
    site = tmp_path / "site-packages"
    monkeypatch.syspath_prepend(str(site))

    def install(name, entry_points):
        information = site / f"{name}-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(METADATA.format(name=name))
        (information / "entry_points.txt").write_text(entry_points)

    return install


def letting(*plugins):
    """The choices of somebody who enabled these."""
    return Choices(enabled={plugin.name: plugin.identity for plugin in plugins})


def own(folder, name):
    return Plugin(name, "folder", str(folder / f"{name}.py"))


def names(found):
    return [plugin.name for plugin in found]


def test_no_folders_means_no_plugins(tmp_path):
    assert find(Choices(), tmp_path / "none", tmp_path / "neither") == ()


def test_finding_imports_nothing(folder, bundled, install, tmp_path):
    trace = tmp_path / "trace"
    source = f"open({str(trace)!r}, 'w')\n"
    (folder / "own.py").write_text(source)
    (bundled / "ours.py").write_text(source)
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "installed_module.py").write_text(source)
    install("package", "[tonewise.plugins]\ntheirs = installed_module\n")
    theirs = Plugin("theirs", "installed", "installed_module", distribution="package")
    choices = letting(own(folder, "own"), theirs)
    assert names(find(choices, folder, bundled)) == ["ours", "theirs", "own"]
    assert not trace.exists()


def test_bundled_ones_run_unless_disabled(folder, bundled):
    (bundled / "one.py").touch()
    (bundled / "two.py").touch()
    one, two = find(Choices(disabled=("two",)), folder, bundled)
    assert one == Plugin("one", "bundled", str(bundled / "one.py"), True)
    assert two == Plugin("two", "bundled", str(bundled / "two.py"), False)
    assert (one.runs, two.runs) == (True, False)


def test_others_run_only_if_enabled(folder, bundled, install):
    (folder / "own.py").touch()
    (folder / "other.py").touch()
    install("package", "[tonewise.plugins]\ntheirs = package.module:plugin\n")
    found = find(letting(own(folder, "own")), folder, bundled)
    assert found == (
        Plugin("theirs", "installed", "package.module:plugin", False, "package"),
        Plugin("other", "folder", str(folder / "other.py"), False),
        Plugin("own", "folder", str(folder / "own.py"), True),
    )


def test_what_was_enabled_is_a_file_or_a_package_not_a_name(folder, bundled, install, tmp_path):
    (folder / "own.py").touch()
    install("package", "[tonewise.plugins]\ntheirs = module\n")
    elsewhere = own(tmp_path / "elsewhere", "own")
    of_another = Plugin("theirs", "installed", "module", distribution="another")
    found = find(letting(elsewhere, of_another), folder, bundled)
    assert [plugin.is_enabled for plugin in found] == [False, False]
    found = find(letting(*found), folder, bundled)
    assert [plugin.runs for plugin in found] == [True, True]


def test_one_that_was_switched_off_does_not_run(folder, bundled):
    (bundled / "ours.py").touch()
    (ours,) = find(Choices(faulty={"ours": "ValueError"}), folder, bundled)
    assert (ours.is_enabled, ours.fault, ours.runs) == (True, "ValueError", False)


def test_other_files_are_no_plugins(folder, bundled):
    for name in ("_private.py", "__init__.py", ".hidden.py", "notes.txt", "README.md"):
        (folder / name).touch()
    assert find(Choices(), folder, bundled) == ()


def test_folders_and_links_that_lead_nowhere_are_no_plugins(folder, bundled):
    (folder / "folder.py").mkdir()
    (folder / "dangling.py").symlink_to(folder / "nothing.py")
    (folder / "loop.py").symlink_to(folder / "pool.py")
    (folder / "pool.py").symlink_to(folder / "loop.py")
    (folder / "notes.txt").touch()
    (folder / "linked.py").symlink_to(folder / "notes.txt")
    assert names(find(Choices(), folder, bundled)) == ["linked"]


def test_of_two_with_one_name_the_bundled_one_wins_and_the_other_has_a_problem(folder, bundled):
    (bundled / "same.py").touch()
    (folder / "same.py").touch()
    winner, loser = find(letting(own(folder, "same")), folder, bundled)
    assert (winner.origin, winner.runs) == ("bundled", True)
    assert (loser.origin, loser.runs) == ("folder", False)
    assert loser.problem == "another plugin (bundled) has this name; rename this one"


def test_of_two_installed_with_one_name_the_first_wins(folder, bundled, install):
    install("first", "[tonewise.plugins]\nsame = first\n")
    install("second", "[tonewise.plugins]\nsame = second\n")
    winner, loser = find(Choices(), folder, bundled)
    assert not winner.problem
    assert {winner.location, loser.location} == {"first", "second"}
    assert "another plugin (installed) has this name" in loser.problem


def test_a_package_that_is_on_the_path_twice_is_found_once(
    folder, bundled, install, tmp_path, monkeypatch
):
    install("package", "[tonewise.plugins]\ntheirs = module\n")
    (tmp_path / "again").symlink_to(tmp_path / "site-packages")
    monkeypatch.syspath_prepend(str(tmp_path / "again"))
    assert names(find(Choices(), folder, bundled)) == ["theirs"]


def test_broken_metadata_of_another_package_hides_nobody(folder, bundled, install):
    install("broken", "[tonewise.plugins]\nnonsense\n")
    install("sound", "[tonewise.plugins]\ntheirs = module\n")
    assert names(find(Choices(), folder, bundled)) == ["theirs"]


def test_other_entry_points_are_no_plugins(folder, bundled, install):
    install("package", "[console_scripts]\nprogram = module:main\n")
    assert find(Choices(), folder, bundled) == ()


@pytest.mark.parametrize("name", ["two words", "a,b", "tür", "-f", "a\x1b[2Jb", "a\udcff"])
def test_a_name_that_cannot_be_typed_is_a_problem_and_printable(name, folder, bundled):
    (folder / f"{name}.py").touch()
    found = find(letting(own(folder, name)), folder, bundled)
    assert "rename it" in found[0].problem
    assert not found[0].runs
    assert found[0].name.isprintable()
    assert found[0].location.isprintable()


def test_one_that_was_enabled_and_is_gone_is_listed_with_its_problem(folder, bundled):
    (missing,) = find(letting(own(folder, "wether")), folder, bundled)
    assert (missing.name, missing.problem) == ("wether", "enabled, but not there")
    assert not missing.runs
    assert disabled(letting(missing), missing) == Choices()


def test_enabling_and_disabling_an_own_plugin(folder):
    older, new = own(folder, "older"), own(folder, "new")
    choices = letting(older)
    for _ in range(2):
        choices = enabled(choices, new)
        assert choices == letting(older, new)
    assert disabled(choices, new) == letting(older)


def test_disabling_and_enabling_a_bundled_plugin():
    ours = Plugin("ours", "bundled", "ours.py")
    for choices in (disabled(Choices(), ours), disabled(disabled(Choices(), ours), ours)):
        assert choices == Choices(disabled=("ours",))
    assert enabled(choices, ours) == Choices()


@pytest.mark.parametrize("origin", ["bundled", "folder"])
def test_enabling_forgives_faults(origin):
    plugin, other = Plugin("a", origin, "a.py"), Plugin("b", "bundled", "b.py")
    choices = Choices(faulty={"a": "ValueError", "b": "KeyError"})
    assert enabled(choices, plugin).faulty == {"b": "KeyError"}
    assert enabled(choices, other).faulty == {"a": "ValueError"}


def test_a_new_plugin_is_announced_until_that_was_done(folder, bundled):
    (bundled / "ours.py").touch()
    for name in ("new", "running", "two words"):
        (folder / f"{name}.py").touch()
    choices = letting(own(folder, "running"))
    found = find(choices, folder, bundled)
    (new,) = unannounced(choices, found)
    assert new.name == "new"
    choices = announced(choices, [new])
    assert unannounced(choices, find(choices, folder, bundled)) == ()
    moved = Plugin("new", "folder", "elsewhere/new.py")
    assert unannounced(choices, [moved]) == (moved,)


def test_an_unknown_name_is_refused_with_the_nearest(folder, bundled):
    (folder / "weather.py").touch()
    (folder / "music.py").touch()
    found = find(Choices(), folder, bundled)
    assert named("music", found).name == "music"
    with pytest.raises(
        PluginError,
        match=r"no plugin 'wether'; did you mean 'weather'\? `tonewise plugins list` shows",
    ):
        named("wether", found)


def test_with_no_plugins_at_all_an_unknown_name_is_refused():
    with pytest.raises(PluginError, match="no plugin 'any'; `tonewise plugins list` shows"):
        named("any", ())


@pytest.mark.parametrize("origin", ["bundled", "folder"])
def test_who_may_hear_is_chosen_each_time_it_is_enabled(origin, folder, bundled):
    place = bundled if origin == "bundled" else folder
    (place / "a.py").touch()
    plugin = Plugin("a", origin, str(place / "a.py"))
    choices = enabled(enabled(Choices(hearing=("b",)), plugin, True), plugin, True)
    assert choices.hearing == ("b", "a")
    (found,) = find(choices, folder, bundled)
    assert (found.runs, found.may_hear) == (True, True)
    assert enabled(choices, plugin).hearing == disabled(choices, plugin).hearing == ("b",)
