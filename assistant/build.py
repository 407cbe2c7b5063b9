"""Settings to stages: the one place that names the concrete ones."""

from collections.abc import Callable

from assistant.bundled import bundled
from assistant.emotion import EmotionClassifier
from assistant.endpointing import Endpointer
from assistant.errors import PluginError
from assistant.hearing import Hearing
from assistant.plugin_discovery import Plugin, find
from assistant.plugins import Plugins
from assistant.settings import PluginSettings, Settings, plugin_folder
from assistant.speech import Synthesizer
from assistant.transcription import open_transcriber
from assistant.vad import VoiceDetector


def open_hearing(settings: Settings) -> Hearing:
    """Return the listening stages with their models loaded.

    Raises:
        ModelError: the voice detector or the emotion model cannot be used.
        TranscriptionError: the recogniser cannot be used.
    """
    return Hearing(
        Endpointer(VoiceDetector(), settings.vad),
        open_transcriber(settings.transcription),
        open_classifier(),
    )


def open_classifier() -> EmotionClassifier:
    """Return the bundled emotion model, loaded.

    Raises:
        ModelError: it is missing, damaged, or there is no interpreter for it.
    """
    models = bundled("models")
    return EmotionClassifier.load(models / "emotion.tflite", models / "emotion.json")


def found_plugins(choice: PluginSettings) -> tuple[Plugin, ...]:
    """Return every plugin there is; nothing of them is imported."""
    return find(choice, plugin_folder(), bundled("plugins"))


def open_plugins(settings: Settings, report: Callable[[PluginError], None]) -> Plugins:
    """Return the plugins that may run; ``with`` starts and stops them."""
    return Plugins(found_plugins(settings.plugins), settings.plugins.deadline_s, report)


def open_synthesizer(settings: Settings) -> Synthesizer:
    """Return the assistant's voice; ``with`` starts and stops it."""
    return Synthesizer(settings.speech)
