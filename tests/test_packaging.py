"""The wheel, the sdist, the sdist's wheel and an editable install, each for itself."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import wave
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
RECORDINGS = sorted((ROOT / "examples" / "recordings").glob("*.wav"))
DEMO_REPLIES = "tonewise-replies"
SOUND = re.compile(r"\.(wav|flac|mp3|ogg|aiff?|m4a)$")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def run(*command, **options):
    """Run to the end and return what was printed; a failure shows all of it."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def build(kind, source, folder):
    """Build with the backend that is installed here and return the file."""
    run(sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "-o", folder, source)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory):
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def wheel_of_sdist(sdist, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return build("wheel", source, tmp_path_factory.mktemp("wheel_of_sdist"))


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_wheel_holds_the_package_and_its_bundled_files_alone(wheel):
    names = set(contents(wheel))
    assert {name.split("/")[0] for name in names} == {
        "assistant",
        f"tonewise-{VERSION}.dist-info",
    }
    code = {f.relative_to(ROOT).as_posix() for f in (ROOT / "assistant").rglob("*.py")}
    templates = {
        f.relative_to(ROOT).as_posix()
        for f in (ROOT / "assistant" / "templates").rglob("*.template")
    }
    assert templates
    assert {name for name in names if re.match(r"assistant/(?!_bundled/)", name)} == {
        "assistant/py.typed",
        *code,
        *templates,
    }


@pytest.mark.parametrize(
    ("source", "pattern"),
    [("plugins", "*.py"), ("models", "emotion.*"), ("examples/recordings", "*.wav")],
)
def test_a_wheel_carries_the_bundled_files_as_they_are(wheel, source, pattern):
    files = sorted((ROOT / source).glob(pattern))
    assert files
    carried = contents(wheel)
    for file in files:
        assert (
            carried[f"assistant/_bundled/{Path(source).name}/{file.name}"] == file.read_bytes()
        )


@pytest.mark.slow
def test_the_wheel_of_the_sdist_is_the_wheel(wheel, wheel_of_sdist):
    assert contents(wheel_of_sdist) == contents(wheel)


def test_the_only_sound_that_is_given_away_is_our_own(wheel, sdist):
    ours = {hashlib.sha256(path.read_bytes()).digest() for path in RECORDINGS}
    with tarfile.open(sdist) as archive:
        given = {
            member.name: archive.extractfile(member).read()
            for member in archive
            if SOUND.search(member.name)
        }
    given |= {name: data for name, data in contents(wheel).items() if SOUND.search(name)}
    assert len(given) >= 2 * len(RECORDINGS)
    strangers = [
        name
        for name, data in given.items()
        if hashlib.sha256(data).digest() not in ours and "/tests/data/" not in name
    ]
    assert not strangers


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="needs the recordings in ../shared/data")
def test_no_recording_of_the_corpora_is_given_away(sdist):
    with tarfile.open(sdist) as archive:
        given = {archive.extractfile(m).read() for m in archive if m.isfile() and m.size}
    sizes = {len(data) for data in given}
    taken = [
        path
        for path in SHARED_DATA.rglob("*")
        if path.is_file() and path.stat().st_size in sizes and path.read_bytes() in given
    ]
    assert not taken


def test_the_requirements_name_one_exact_version_of_each_package():
    for path in (ROOT / "requirements").glob("*.txt"):
        pins = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        names = [re.match(r"([a-z0-9.-]+)==[\w.]+(?: ;|  )", pin)[1] for pin in pins]
        assert names == sorted(set(names)), path.name


def test_all_environments_that_can_be_joined_agree_on_versions():
    read = {
        name: set(
            re.findall(r"^\S+==\S+", (ROOT / f"requirements/{name}.txt").read_text(), re.M)
        )
        for name in ("run", "dev", "train", "teacher")
    }
    assert all(read["run"] <= each for each in read.values())
    pins = read["dev"] | read["train"] | read["teacher"]
    assert len(pins) == len({pin.partition("==")[0] for pin in pins})


class Installed:
    """An environment that holds the locked packages and one install of ours."""

    def __init__(self, folder, *install):
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.bin = folder / "venv" / "bin"
        uv = (sys.executable, "-m", "uv", "--quiet")
        run(*uv, "venv", "--python", sys.executable, folder / "venv")
        pip = (*uv, "pip", "install", "--python", self.bin / "python")
        run(*pip, "--requirement", ROOT / "requirements" / "run.txt")
        run(*pip, "--no-deps", *install)

    def run(self, command, *arguments):
        """Run a command of the environment from a folder that holds nothing."""
        environment = {"HOME": str(self.home), "PATH": os.defpath, "LANG": "C.UTF-8"}
        return run(self.bin / command, *arguments, cwd=self.home, env=environment)


KINDS = ("wheel", "wheel_of_sdist", "editable")


@pytest.fixture(scope="session", params=KINDS)
def installed(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "editable":
        return Installed(folder, "--editable", ROOT)
    return Installed(folder, request.getfixturevalue(request.param))


@pytest.mark.long
def test_an_install_knows_its_version(installed):
    assert installed.run("tonewise", "--version") == f"tonewise {VERSION}\n"


WHERE = """
import importlib.util, json, assistant.bundled
print(json.dumps({
    "package": assistant.__file__,
    "bundled": [str(assistant.bundled.bundled(n)) for n in ("plugins", "models", "recordings")],
    "exposed": [n for n in ("plugins", "models", "tests", "examples", "scripts", "_bundled")
                if importlib.util.find_spec(n)],
}))
"""


@pytest.mark.long
def test_bundled_files_come_from_the_install_and_are_no_modules(installed, request):
    where = json.loads(installed.run("python", "-c", WHERE))
    assert where["exposed"] == []
    if request.node.callspec.params["installed"] == "editable":
        assert where["package"] == str(ROOT / "assistant" / "__init__.py")
        inside = [str(ROOT / "plugins"), str(ROOT / "models"), str(RECORDINGS[0].parent)]
    else:
        package = Path(where["package"]).parent
        assert package.is_relative_to(installed.folder)
        inside = [str(package / "_bundled" / n) for n in ("plugins", "models", "recordings")]
    assert where["bundled"] == inside


@pytest.mark.long
def test_a_plugin_can_be_written_and_tried(installed):
    installed.run("tonewise", "plugins", "new", "lamp", "--into", "own")
    folder = installed.home / "own" / "tonewise-lamp"
    assert (folder / ".github" / "workflows" / "test.yml").exists()
    assert "broken" not in installed.run("tonewise", "plugins", "check", folder)


LAID_OUT = """
import json
from assistant.bundled import bundled
from assistant.devices import check_sound
found = check_sound()
print(json.dumps({
    "recordings": [str(path) for path in sorted(bundled("recordings").glob("*.wav"))],
    "has_sound": found.has_microphone or found.has_loudspeaker,
}))
"""


@pytest.mark.long
def test_the_demo_answers_each_bundled_recording_with_sound(installed):
    found = json.loads(installed.run("python", "-c", LAID_OUT))
    recordings = found["recordings"]
    assert [Path(path).name for path in recordings] == [path.name for path in RECORDINGS]
    # With a sound card it would listen and not hold the demo: there, name its recordings.
    chosen = ["--from", *recordings, "--replies", DEMO_REPLIES] if found["has_sound"] else []
    printed = installed.run("tonewise", "run", "--json", *chosen)

    events = [json.loads(line) for line in printed.splitlines()]
    told = {
        name: [event for event in events if event["event"] == name]
        for name in ("heard", "reply", "spoke", "error")
    }
    assert [event["source"] for event in told["heard"]] == recordings
    assert [bool(event["reply"]["text"]) for event in told["reply"]] == [True] * len(recordings)
    assert told["error"] == []
    spoken = sorted((installed.home / DEMO_REPLIES).glob("*.wav"))
    assert len(spoken) == len(recordings)
    assert [Path(event["file"]).name for event in told["spoke"]] == [f.name for f in spoken]
    for file in spoken:
        with wave.open(str(file)) as reply:
            assert reply.getnframes() > 0.3 * reply.getframerate()
