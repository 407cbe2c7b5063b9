"""What many tests need: real recordings, and where they lie."""

from pathlib import Path

import pytest

from assistant.audio import read_audio
from assistant.emotion import EmotionClassifier
from assistant.errors import ProfileError
from tests.virtual_audio import virtual_audio_fixture  # noqa: F401 - one for all modules

ROOT = Path(__file__).parent.parent
RECORDINGS = ROOT / "examples" / "recordings"
SHARED_DATA = ROOT.parent / "shared" / "data"


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


@pytest.fixture(scope="session")
def enrolling_model():
    """The shipped emotion model, where it knows neutral voices to compare one with."""
    models = ROOT / "models"
    classifier = EmotionClassifier.load(models / "emotion.tflite", models / "emotion.json")
    try:
        classifier.neutral_reference()
    except ProfileError as error:
        pytest.skip(f"the shipped model: {error}")
    return classifier


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    """No test sees or changes the settings of the person who runs it."""
    monkeypatch.setenv("TONEWISE_SETTINGS", str(tmp_path / "settings" / "settings.toml"))
