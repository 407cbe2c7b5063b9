"""scripts/setup.sh, with the machine's package tools replaced by ones that take notes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ["bash", "cat", "cp", "dirname", "env", "flock", "grep", "mkdir", "mktemp"]
TOOLS += ["rm", "sha256sum", "tail", "touch"]

TAKES_NOTES = """#!/bin/bash
echo "${0##*/} $*" >> "$NOTES"
"""


class Machine:
    """A checkout and a PATH on which only the tools named here exist."""

    def __init__(self, folder):
        self.checkout = folder / "checkout"
        self.bin = folder / "bin"  # ours; apart, so that no link is ever written through
        self.tools = folder / "tools"
        self.notes = folder / "notes"
        (self.checkout / "scripts").mkdir(parents=True)
        self.bin.mkdir()
        self.tools.mkdir()
        self.notes.touch()
        for name in ("scripts/setup.sh", "pyproject.toml", "hatch_build.py"):
            shutil.copy(ROOT / name, self.checkout / name)
        shutil.copytree(ROOT / "requirements", self.checkout / "requirements")
        for tool in TOOLS:
            (self.tools / tool).symlink_to(shutil.which(tool))

    def have(self, name, script):
        tool = self.bin / name
        tool.write_text(TAKES_NOTES + script, encoding="utf-8")
        tool.chmod(0o755)

    def set_up(self, kind, **variables):
        return subprocess.run(
            ["scripts/setup.sh", kind],
            cwd=self.checkout,
            env={"PATH": f"{self.bin}:{self.tools}", "NOTES": str(self.notes), **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def calls(self):
        return self.notes.read_text(encoding="utf-8").splitlines()


def pretend_to_be(version):
    """A Python that runs what it is given, but calls itself another version."""
    pretence = f"import sys; sys.version_info = {version}"
    return f"""exec {sys.executable} -c "{pretence}\n$2" "${{@:3}}\""""


@pytest.fixture
def machine(tmp_path):
    """Debian with a Python that fits, seen by someone who is not root."""
    machine = Machine(tmp_path)
    machine.have("python3", f'exec {sys.executable} "$@"')
    machine.have("realpath", "echo /opt/python3")
    machine.have("id", "echo 1000")
    machine.have("apt-get", "exit 100")  # so that no test goes on to install anything
    return machine


def test_without_root_or_sudo_the_missing_packages_and_the_command_are_named(machine):
    machine.have("dpkg-query", "echo gcc installed; echo libc6-dev installed; exit 1")
    result = machine.set_up("run")
    assert result.returncode == 1
    assert result.stderr == (
        "setup: missing portaudio19-dev espeak-ng, and there is no sudo; "
        "as root run: apt-get install portaudio19-dev espeak-ng\n"
    )
    assert not (machine.checkout / ".venv").exists()
    assert not [call for call in machine.calls if call.startswith("apt-get")]


def test_sudo_installs_exactly_what_is_missing(machine):
    machine.have("dpkg-query", "echo gcc installed; echo espeak-ng config-files; exit 1")
    machine.have("sudo", 'exec "$@"')
    result = machine.set_up("run")
    update, install = [call for call in machine.calls if call.startswith("apt-get")]
    assert update.endswith(" update")
    assert install.endswith(
        " install -y --no-install-recommends portaudio19-dev espeak-ng libc6-dev"
    )
    assert [call for call in machine.calls if call.startswith("sudo")] == [
        f"sudo env DEBIAN_FRONTEND=noninteractive {update}",
        f"sudo env DEBIAN_FRONTEND=noninteractive {install}",
    ]
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "setup: could not install portaudio19-dev espeak-ng libc6-dev; "
        "as root run: apt-get install portaudio19-dev espeak-ng libc6-dev"
    )


def test_root_needs_no_sudo(machine):
    machine.have("dpkg-query", "exit 1")
    machine.have("id", "echo 0")
    machine.have("sudo", "exit 9")
    machine.set_up("dev")
    assert not [call for call in machine.calls if call.startswith("sudo")]
    install = machine.calls[-1]
    assert install.startswith("apt-get")
    assert install.endswith(
        "portaudio19-dev espeak-ng gcc libc6-dev "
        "pulseaudio pulseaudio-utils libasound2-plugins alsa-utils flite"
    )


def test_the_python_of_debian_gets_its_headers_and_its_venv(machine):
    machine.have("dpkg-query", "echo gcc installed; echo espeak-ng installed; exit 1")
    machine.have("realpath", "echo /usr/bin/python3")
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert machine.set_up("run").stderr.endswith(
        f"apt-get install portaudio19-dev libc6-dev {python}-dev {python}-venv\n"
    )


def test_where_all_is_installed_apt_is_not_asked(machine):
    machine.have("dpkg-query", 'for name in "${@:4}"; do echo "$name installed"; done')
    machine.have("mkdir", "exit 7")  # ends the set-up where the environment would be made
    result = machine.set_up("run")
    assert result.returncode == 7
    assert result.stderr.startswith("setup: making .venv with Python 3.1")
    assert not [call for call in machine.calls if call.startswith("apt-get")]


def test_a_launcher_for_a_python_that_is_not_there_is_passed_over(machine):
    machine.have("dpkg-query", "exit 1")
    machine.have("python3", "echo 'not installed' >&2; exit 127")
    machine.have("python3.12", f'exec {sys.executable} "$@"')
    result = machine.set_up("run")
    assert "missing portaudio19-dev" in result.stderr


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9), (3, 13, 1)])
def test_python_3_11_to_3_13_fits(machine, version):
    machine.have("dpkg-query", "exit 1")
    machine.have("python3", pretend_to_be(version))
    assert "missing portaudio19-dev" in machine.set_up("run").stderr


@pytest.mark.parametrize("version", [(3, 10, 12), (3, 14, 0), (3, 1, 1)])
def test_a_python_too_old_or_too_new_is_refused_in_one_line(machine, version):
    machine.have("dpkg-query", "exit 1")
    machine.have("python3", pretend_to_be(version))
    result = machine.set_up("run")
    assert result.returncode == 3
    assert result.stderr == (
        "setup: no Python 3.11 3.12 3.13 found; "
        "install one or name it: PYTHON=/path/to/python3\n"
    )


def test_the_old_interpreter_wants_python_3_11_whatever_else_is_named(machine):
    machine.have("python3", pretend_to_be((3, 12, 0)))
    assert machine.set_up("tflite-runtime", PYTHON="python3").returncode == 3


def test_a_python_that_is_named_but_does_not_fit_is_refused_by_name(machine):
    result = machine.set_up("run", PYTHON="/nowhere/python3")
    assert result.returncode == 1
    assert result.stderr == (
        "setup: PYTHON=/nowhere/python3 is not Python 3.11 3.12 3.13; name another\n"
    )


def test_an_unknown_kind_of_environment_is_refused(machine):
    result = machine.set_up("tests")
    assert result.returncode == 2
    assert "got 'tests'" in result.stderr


def copy_of_the_checkout(folder):
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(listing, cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.long
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the git checkout")
def test_a_set_up_killed_half_way_is_made_whole_and_then_left_alone(tmp_path):
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    venv = checkout / ".venv"
    killed = subprocess.Popen(["scripts/setup.sh", "run"], cwd=checkout, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(venv.glob("lib/*/site-packages/pip")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (venv / ".ready-run").exists()

    subprocess.run(["scripts/setup.sh", "run"], cwd=checkout, check=True)
    version = subprocess.check_output([venv / "bin/tonewise", "--version"], text=True)
    assert version.startswith("tonewise ")

    made = {path: path.lstat().st_mtime_ns for path in (venv, venv / ".ready-run")}
    again = subprocess.run(["scripts/setup.sh", "run"], cwd=checkout, capture_output=True)
    assert (again.returncode, again.stderr) == (0, b"")
    assert made == {path: path.lstat().st_mtime_ns for path in made}

    (venv / "bin" / "python").unlink()
    repaired = subprocess.run(["scripts/setup.sh", "run"], cwd=checkout, capture_output=True)
    assert repaired.returncode == 0
    assert b"making .venv" in repaired.stderr
    subprocess.run([venv / "bin/tonewise", "--version"], check=True)
