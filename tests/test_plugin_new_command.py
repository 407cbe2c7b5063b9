"""``tonewise plugins new``: what it writes is a package whose tests pass and which runs."""

import os
import shlex
import subprocess
import sys
import tomllib
import venv
from importlib import metadata
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.cli.plugin_new import FILES, TEMPLATES
from assistant.plugin_choices import Choices
from assistant.plugin_discovery import enabled, find
from assistant.settings import PluginSettings
from assistant.testing import utterance
from tests.conftest import ROOT
from tests.own_plugins import Host


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch, tmp_path):
    """Commands are run from an empty folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def new(capsys):
    """Runs the command; returns exit status, lines of stdout, text of stderr."""

    def run(*arguments):
        status = main(["plugins", "new", *map(str, arguments)])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return status, printed.out.splitlines(), printed.err

    return run


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def source_of(folder):
    """Of a package: variables with which Python finds its module, and no settings of ours."""
    return {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def test_a_package_is_written_and_what_to_do_next_is_said_in_three_lines(new, empty_folder):
    status, lines, error = new("good-things")
    assert (status, error) == (0, "")
    assert files(empty_folder) == [
        f"tonewise-good-things/{name}"
        for name in (
            ".github/workflows/test.yml",
            ".gitignore",
            "README.md",
            "pyproject.toml",
            "src/tonewise_good_things/__init__.py",
            "tests/test_good_things.py",
        )
    ]
    assert len(lines) == 3
    assert lines[0].startswith("tonewise-good-things/src/tonewise_good_things/__init__.py ")
    assert "tonewise plugins check tonewise-good-things" in lines[1]
    assert lines[2].endswith("tonewise plugins enable good-things")


def test_it_goes_into_the_folder_that_is_named_and_its_path_can_be_pasted(new, tmp_path):
    into = tmp_path / "my plugins" / "deep"
    _, lines, _ = new("lamp", "--into", into)
    assert "pyproject.toml" in files(into / "tonewise-lamp")
    words = shlex.split(lines[1])
    assert words[-1] == str(into / "tonewise-lamp")


def test_nothing_of_the_templates_is_left_over(new, empty_folder):
    new("Lamp_2")
    package = empty_folder / "tonewise-Lamp_2"
    for path in package.rglob("*"):
        assert "%" not in path.name
        assert path.is_dir() or "%" not in path.read_text()
    assert sorted(path.name for path in TEMPLATES.iterdir()) == sorted(
        f"{name}.template" for name in FILES
    )


def test_the_project_is_described_as_ours_is(new, empty_folder):
    new("Lamp-2")
    text = (empty_folder / "tonewise-Lamp-2" / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["requires-python"].split(",")) == set(ours["requires-python"].split(","))
    assert project["dependencies"] == [f"tonewise>={metadata.version('tonewise')}"]
    assert project["entry-points"]["tonewise.plugins"] == {"Lamp-2": "tonewise_lamp_2"}
    workflow = (TEMPLATES / "test.yml.template").read_text()
    for classifier in ours["classifiers"]:
        if "Python :: 3." in classifier:
            assert f'"{classifier.rpartition(" ")[2]}"' in workflow


@pytest.mark.parametrize(
    "name",
    ["", "-", "_lamp", "lamp-", "my lamp", "lämp", "../lamp", "a/b", "lamp.", "a\nb", "x" * 61,
     "lamp\n"],
)  # fmt: skip
def test_what_is_no_name_is_refused(new, empty_folder, name):
    status, lines, error = new("--", name)
    assert (status, lines, len(error.splitlines())) == (1, [], 1)
    assert "is no name for a plugin: letters, digits, - and _" in error
    assert files(empty_folder.parent) == []


@pytest.mark.parametrize("name", ["a", "7", "a-b", "a_b", "Lamp2", "x" * 60])
def test_what_is_a_name_is_taken(new, empty_folder, name):
    assert new(name)[0] == 0
    assert (empty_folder / f"tonewise-{name}").is_dir()


def test_the_name_of_a_bundled_plugin_is_taken_already(new, empty_folder):
    status, _, error = new("companion")
    assert (status, list(empty_folder.iterdir())) == (1, [])
    assert error == "tonewise: a plugin companion comes with Tonewise; choose another name\n"


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_there_is_left_as_it_is(new, empty_folder, is_folder):
    there = empty_folder / "tonewise-lamp"
    there.mkdir() if is_folder else there.touch()
    status, lines, error = new("lamp")
    assert (status, lines) == (1, [])
    assert error == (
        "tonewise: tonewise-lamp is there already; choose another name or --into another "
        "folder\n"
    )
    assert files(empty_folder) == ([] if is_folder else ["tonewise-lamp"])


def test_a_folder_that_cannot_be_made_is_one_line(new, empty_folder):
    (empty_folder / "file").touch()
    status, _, error = new("lamp", "--into", "file")
    assert (status, error) == (
        1,
        "tonewise: file/tonewise-lamp: cannot be written: Not a directory\n",
    )


def test_a_package_that_is_not_whole_is_not_left_behind(new, small_disk):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(50_000))  # a few files fit beside it
    status, _, error = new("lamp", "--into", small_disk)
    assert status == 1
    assert error.endswith("cannot be written: No space left on device\n")
    assert list(small_disk.iterdir()) == [ballast]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["good-things", "7"])
def test_its_tests_pass(new, empty_folder, name):
    new(name)
    package = empty_folder / f"tonewise-{name}"
    written = files(package)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=package, env=source_of(package), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert files(package) == written


@pytest.mark.slow
def test_it_is_found_and_runs_through_its_entry_point(new, empty_folder, tmp_path, monkeypatch):
    new("good-things")
    package = empty_folder / "tonewise-good-things"
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    ((name, module),) = project["entry-points"]["tonewise.plugins"].items()
    information = tmp_path / "site" / f"{project['name']}-{project['version']}.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (information / "entry_points.txt").write_text(f"[tonewise.plugins]\n{name} = {module}\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("PYTHONPATH", str(package / "src"))

    def found(choices):
        return next(each for each in find(choices, tmp_path, tmp_path) if each.name == name)

    plugin = found(Choices())
    assert (plugin.origin, plugin.distribution) == ("installed", "tonewise-good-things")
    plugin = found(enabled(Choices(), plugin))
    assert plugin.runs
    setups = {name: {"settings": {"kept": 3}, "store": str(tmp_path / "kept.json")}}
    with Host([plugin], PluginSettings(deadline_s=20), pytest.fail, setups=setups) as host:
        assert host.phrases == ("cheer me up",)
        host.respond(utterance("one good thing: the sun was out"))
        reply = host.respond(utterance("what a day", "sad"))
    assert (reply.text, reply.plugin) == (
        "You told me a good thing: the sun was out.",
        "good-things",
    )


@pytest.mark.slow
def test_what_is_written_is_in_order(new, empty_folder):
    new("good-things")
    package = empty_folder / "tonewise-good-things"
    ruff = [sys.executable, "-m", "ruff"]
    select = "--select=E,F,W,I,N,UP,B,RUF,SIM,PT,C90"
    for command in (["format", "--check"], ["check", select]):
        done = subprocess.run(
            [*ruff, *command, "--no-cache", str(package)], capture_output=True
        )
        assert done.returncode == 0, done.stdout
    plugin = package / "src" / "tonewise_good_things"
    # From the checkout, so that `assistant` is found as it is.
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(plugin)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_it_is_installed_with_pip_and_listed(new, empty_folder, tmp_path):
    new("good-things")
    environment = tmp_path / "environment"
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    (packages,) = environment.glob("lib/python*/site-packages")
    ours = Path(pytest.__file__).parents[1]
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({str(ours)!r})\n")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    install = ["install", "--no-build-isolation", "--no-deps", "--no-index"]
    package = str(empty_folder / "tonewise-good-things")
    done = subprocess.run([*pip, *install, package], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (packages / "tonewise_good_things" / "__init__.py").exists()

    def tonewise(*arguments):
        command = [str(python), "-m", "assistant", "plugins", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    (line,) = [line for line in tonewise("list").splitlines() if line.startswith("good-things")]
    assert line.split()[1:3] == ["installed", "no:"]
    assert tonewise("enable", "good-things").startswith("good-things runs from the next start")
    (line,) = [line for line in tonewise("list").splitlines() if line.startswith("good-things")]
    assert line.split()[1:3] == ["installed", "yes"]
