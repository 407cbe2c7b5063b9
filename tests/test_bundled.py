from pathlib import Path

import pytest

from assistant.bundled import bundled
from assistant.errors import AudioError, ModelError, PluginError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def package(tmp_path):
    """A package's folder, as pip would leave it, with nothing in it yet."""
    folder = tmp_path / "site-packages" / "assistant"
    folder.mkdir(parents=True)
    return folder


def test_a_checkout_keeps_the_files_beside_the_package():
    assert bundled("plugins") == ROOT / "plugins"
    assert bundled("models") == ROOT / "models"
    assert bundled("recordings") == ROOT / "examples" / "recordings"


def test_the_recordings_are_where_they_are_said_to_be():
    assert [path.name for path in bundled("recordings").glob("1_*.wav")] == ["1_hello.wav"]


@pytest.mark.parametrize("name", ["plugins", "models", "recordings"])
def test_an_installed_package_carries_the_files_inside(package, name):
    inside = package / "_bundled" / name
    inside.mkdir(parents=True)
    assert bundled(name, package) == inside


@pytest.mark.parametrize("name", ["plugins", "models"])
def test_an_installed_package_never_takes_the_files_of_a_neighbour(package, name):
    (package / "_bundled").mkdir()
    (package.parent / name).mkdir()
    with pytest.raises((PluginError, ModelError)):
        bundled(name, package)


@pytest.mark.parametrize(
    ("name", "error"),
    [("plugins", PluginError), ("models", ModelError), ("recordings", AudioError)],
)
def test_missing_files_are_named_in_one_line(package, name, error):
    with pytest.raises(error) as raised:
        bundled(name, package)
    message = str(raised.value)
    assert "\n" not in message
    assert message.startswith(f"bundled {name} missing: no folder {package.parent}")
    assert message.endswith("install Tonewise again")
