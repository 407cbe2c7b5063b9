"""Finding plugins: by names alone, and none runs that nobody asked for."""

import pytest

from assistant import settings_reading
from assistant.errors import PluginError
from assistant.plugin_discovery import Plugin, allow, disallow, find
from assistant.settings import PluginSettings

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


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def names(found):
    return [plugin.name for plugin in found]


def test_no_folders_means_no_plugins(tmp_path):
    assert find(PluginSettings(), tmp_path / "none", tmp_path / "neither") == ()


def test_finding_imports_nothing(folder, bundled, install, tmp_path):
    trace = tmp_path / "trace"
    source = f"open({str(trace)!r}, 'w')\n"
    (folder / "own.py").write_text(source)
    (bundled / "ours.py").write_text(source)
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "installed_module.py").write_text(source)
    install("package", "[tonewise.plugins]\ntheirs = installed_module\n")
    choice = PluginSettings(allowed=("own", "theirs"))
    assert names(find(choice, folder, bundled)) == ["ours", "theirs", "own"]
    assert not trace.exists()


def test_bundled_ones_run_unless_disabled(folder, bundled):
    (bundled / "one.py").touch()
    (bundled / "two.py").touch()
    one, two = find(PluginSettings(disabled=("two",)), folder, bundled)
    assert one == Plugin("one", "bundled", str(bundled / "one.py"), True)
    assert two == Plugin("two", "bundled", str(bundled / "two.py"), False)
    assert (one.runs, two.runs) == (True, False)


def test_others_run_only_if_allowed(folder, bundled, install):
    (folder / "own.py").touch()
    (folder / "other.py").touch()
    install("package", "[tonewise.plugins]\ntheirs = package.module:plugin\n")
    found = find(PluginSettings(allowed=("own",)), folder, bundled)
    assert found == (
        Plugin("theirs", "installed", "package.module:plugin", False),
        Plugin("other", "folder", str(folder / "other.py"), False),
        Plugin("own", "folder", str(folder / "own.py"), True),
    )


def test_being_disabled_is_for_bundled_ones_and_being_allowed_for_others(folder, bundled):
    (bundled / "ours.py").touch()
    (folder / "own.py").touch()
    ours, own = find(PluginSettings(allowed=("own",), disabled=("own",)), folder, bundled)
    assert (ours.is_allowed, own.is_allowed) == (True, True)


def test_other_files_are_no_plugins(folder, bundled):
    for name in ("_private.py", "__init__.py", ".hidden.py", "notes.txt", "README.md"):
        (folder / name).touch()
    assert find(PluginSettings(), folder, bundled) == ()


def test_folders_and_links_that_lead_nowhere_are_no_plugins(folder, bundled):
    (folder / "folder.py").mkdir()
    (folder / "dangling.py").symlink_to(folder / "nothing.py")
    (folder / "loop.py").symlink_to(folder / "pool.py")
    (folder / "pool.py").symlink_to(folder / "loop.py")
    (folder / "notes.txt").touch()
    (folder / "linked.py").symlink_to(folder / "notes.txt")
    assert names(find(PluginSettings(), folder, bundled)) == ["linked"]


def test_of_two_with_one_name_the_bundled_one_wins_and_the_other_has_a_problem(folder, bundled):
    (bundled / "same.py").touch()
    (folder / "same.py").touch()
    winner, loser = find(PluginSettings(allowed=("same",)), folder, bundled)
    assert (winner.origin, winner.runs) == ("bundled", True)
    assert (loser.origin, loser.runs) == ("folder", False)
    assert loser.problem == "another plugin (bundled) has this name; rename this one"


def test_of_two_installed_with_one_name_the_first_wins(folder, bundled, install):
    install("first", "[tonewise.plugins]\nsame = first\n")
    install("second", "[tonewise.plugins]\nsame = second\n")
    winner, loser = find(PluginSettings(allowed=("same",)), folder, bundled)
    assert winner.runs
    assert {winner.location, loser.location} == {"first", "second"}
    assert "another plugin (installed) has this name" in loser.problem


def test_a_package_that_is_on_the_path_twice_is_found_once(
    folder, bundled, install, tmp_path, monkeypatch
):
    install("package", "[tonewise.plugins]\ntheirs = module\n")
    (tmp_path / "again").symlink_to(tmp_path / "site-packages")
    monkeypatch.syspath_prepend(str(tmp_path / "again"))
    assert names(find(PluginSettings(), folder, bundled)) == ["theirs"]


def test_broken_metadata_of_another_package_hides_nobody(folder, bundled, install):
    install("broken", "[tonewise.plugins]\nnonsense\n")
    install("sound", "[tonewise.plugins]\ntheirs = module\n")
    assert names(find(PluginSettings(), folder, bundled)) == ["theirs"]


def test_other_entry_points_are_no_plugins(folder, bundled, install):
    install("package", "[console_scripts]\nprogram = module:main\n")
    assert find(PluginSettings(), folder, bundled) == ()


@pytest.mark.parametrize("name", ["two words", "a,b", "tür", "-f", "a\x1b[2Jb", "a\udcff"])
def test_a_name_that_cannot_be_typed_is_a_problem_and_printable(name, folder, bundled):
    (folder / f"{name}.py").touch()
    found = find(PluginSettings(allowed=(name,)), folder, bundled)
    assert "rename it" in found[0].problem
    assert not found[0].runs
    assert found[0].name.isprintable()
    assert found[0].location.isprintable()


def test_a_name_that_is_allowed_but_not_there_is_listed_with_its_problem(folder, bundled):
    (missing,) = find(PluginSettings(allowed=("wether",)), folder, bundled)
    assert (missing.name, missing.problem) == ("wether", "allowed, but not there")
    assert not missing.runs


def test_allowing_and_disallowing_an_own_plugin(folder, bundled, path):
    (folder / "own.py").touch()
    path.write_text('[plugins]\nallowed = ["older"]  # mine\n')
    found = find(PluginSettings(), folder, bundled)
    for _ in range(2):
        allow("own", found, path)
        assert settings_reading.load(path, {}).plugins == PluginSettings(
            allowed=("older", "own")
        )
    disallow("own", found, path)
    assert settings_reading.load(path, {}).plugins == PluginSettings(allowed=("older",))
    assert "# mine" in path.read_text()


def test_disallowing_and_allowing_a_bundled_plugin(folder, bundled, path):
    (bundled / "ours.py").touch()
    found = find(PluginSettings(), folder, bundled)
    disallow("ours", found, path)
    assert settings_reading.load(path, {}).plugins == PluginSettings(disabled=("ours",))
    allow("ours", found, path)
    assert settings_reading.load(path, {}).plugins == PluginSettings()


def test_what_a_variable_allows_today_is_not_stored(folder, bundled, path, monkeypatch):
    monkeypatch.setenv("TONEWISE_PLUGINS_ALLOWED", "today")
    path.write_text("[plugins]\n")
    (folder / "own.py").touch()
    allow("own", find(PluginSettings(), folder, bundled), path)
    assert settings_reading.load(path, {}).plugins.allowed == ("own",)


def test_without_a_path_the_person_s_own_settings_are_written(
    folder, bundled, path, monkeypatch
):
    monkeypatch.setenv("TONEWISE_SETTINGS", str(path))
    (folder / "own.py").touch()
    allow("own", find(PluginSettings(), folder, bundled))
    assert settings_reading.load(path, {}).plugins.allowed == ("own",)


def test_a_name_that_is_no_longer_there_can_be_disallowed(folder, bundled, path):
    path.write_text('[plugins]\nallowed = ["gone"]\n')
    disallow("gone", find(PluginSettings(allowed=("gone",)), folder, bundled), path)
    assert settings_reading.load(path, {}).plugins.allowed == ()


@pytest.mark.parametrize("choose", [allow, disallow])
def test_an_unknown_name_is_refused_with_the_nearest(choose, folder, bundled, path):
    (folder / "weather.py").touch()
    (folder / "music.py").touch()
    with pytest.raises(
        PluginError,
        match=r"no plugin 'wether'; did you mean 'weather'\? `tonewise plugins list` shows",
    ):
        choose("wether", find(PluginSettings(), folder, bundled), path)
    assert not path.exists()


def test_with_no_plugins_at_all_an_unknown_name_is_refused(path):
    with pytest.raises(PluginError, match="no plugin 'any'; `tonewise plugins list` shows"):
        allow("any", (), path)
