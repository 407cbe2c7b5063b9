"""What many tests need: real recordings, and where they lie."""

import json
import shutil
import signal
import subprocess
from pathlib import Path

import hypothesis
import pytest

from assistant.audio import read_audio
from assistant.bundled import IN_CHECKOUT
from assistant.emotion import EmotionClassifier
from tests.virtual_audio import virtual_audio_fixture  # noqa: F401 - one for all modules

ROOT = Path(__file__).parent.parent
RECORDINGS = ROOT / "examples" / "recordings"
SHARED_DATA = ROOT.parent / "shared" / "data"

# Who starts the tests with nohup or in the background has these ignored, and programs that
# are started here would inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)

# How long an example takes says more about what else the machine does.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared_data():
    """The labelled corpora, which may not be redistributed."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the labelled corpora (../shared/data) are not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def hello():
    """Real speech, synthetic voice: 'hello there how are you'."""
    return read_audio(RECORDINGS / "1_hello.wav")


NEUTRAL_LOGITS = [2.506, 1.018, 0.158, -0.499, -1.798, -3.063, -3.210, -1.884]


def use_models(folder, neutral_logits, monkeypatch):
    """Have commands use the shipped emotion model with that in its description."""
    folder.mkdir()
    shutil.copy(ROOT / "models" / "emotion.tflite", folder)
    description = json.loads((ROOT / "models" / "emotion.json").read_text())
    description["neutral_logits"] = neutral_logits
    (folder / "emotion.json").write_text(json.dumps(description))
    monkeypatch.setitem(IN_CHECKOUT, "models", str(folder))
    return EmotionClassifier.load(folder / "emotion.tflite", folder / "emotion.json")


@pytest.fixture
def enrolling_model(tmp_path, monkeypatch):
    """The shipped emotion model, knowing neutral voices to compare one with, is in use."""
    return use_models(tmp_path / "enrolling_models", NEUTRAL_LOGITS, monkeypatch)


@pytest.fixture
def correcting_model(tmp_path, monkeypatch):
    """The shipped emotion model, knowing no neutral voices, is in use."""
    return use_models(tmp_path / "correcting_models", None, monkeypatch)


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    """No test sees or changes the settings of the person who runs it."""
    monkeypatch.setenv("TONEWISE_SETTINGS", str(tmp_path / "settings" / "settings.toml"))


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk that holds 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(command, stderr=subprocess.DEVNULL)
    if not mounted or mounted.returncode:
        pytest.skip("a small disk can be mounted by root alone")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
