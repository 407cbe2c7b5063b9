"""Settings to stages: the one place that names the concrete ones."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

from assistant.announcements import Schedule
from assistant.bundled import bundled
from assistant.devices import chosen, devices
from assistant.echo_canceller import EchoCanceller
from assistant.emotion import EmotionClassifier
from assistant.emotion_stream import EmotionStream
from assistant.endpointing import Endpointer
from assistant.errors import PluginError, ProfileError
from assistant.hearing import Hearing
from assistant.listening import Listener
from assistant.pipes import Message
from assistant.plugin_choices import ChoiceFile
from assistant.plugin_discovery import Plugin, find
from assistant.plugin_sections import plugin_sections
from assistant.plugins import Plugins
from assistant.profile_store import ProfileStore
from assistant.profiles import VoiceProfile
from assistant.running_plugins import Board, keep_on
from assistant.settings import AudioSettings, PluginSettings, Settings, VadSettings
from assistant.settings_reading import plugin_folder
from assistant.speech import Synthesizer
from assistant.speech_command import CommandSynthesizer
from assistant.transcription import Transcriber, open_transcriber
from assistant.vad import VoiceDetector
from assistant.values import Reply
from assistant.voice import Renders
from assistant.words import SHORTEST_MS

UNENDING_MS = 10_000
"""The longest pause that the settings allow."""

_LOG = logging.getLogger("tonewise.build")


def open_hearing(
    settings: Settings,
    report: Callable[[ProfileError], None] = _LOG.warning,
    note: Callable[[str], None] = _LOG.warning,
) -> Hearing:
    """Return the listening stages with their models loaded; ``with`` ends the recogniser.

    Args:
        settings: What to open.
        report: Told of a voice profile that cannot be used; anybody's voice is then heard.
        note: Told, in one line, of corrections that were made for another model.

    Raises:
        ModelError: the voice detector or the emotion model cannot be used.
        TranscriptionError: the recogniser cannot be used.
    """
    classifier = open_classifier()
    return Hearing(
        Endpointer(VoiceDetector(), _short_too(settings.vad)),
        open_transcriber(settings.transcription),
        classifier,
        _profile(settings.emotion.profile, classifier, report, note),
        settings.vad.min_speech_ms / 1000,
    )


def open_listener(settings: Settings, hearing: Hearing) -> Listener:
    """Return what follows a microphone with the stages that `open_hearing` returned."""
    vad = _short_too(settings.vad)
    if settings.listening.mode == "push-to-talk":
        # It is the person who says when it is over.
        vad = replace(vad, min_pause_ms=UNENDING_MS, max_pause_ms=UNENDING_MS)
    endpointer = Endpointer(VoiceDetector(), vad)
    transcriber = hearing.transcriber
    assert isinstance(transcriber, Transcriber)  # `open_hearing` saw to it
    return Listener(
        endpointer, transcriber, hearing.classifier, hearing.profile, hearing.min_speech_s
    )


def _short_too(vad: VadSettings) -> VadSettings:
    """Return the same with what is as short as a word: its words tell whether it is one."""
    return replace(vad, min_speech_ms=min(vad.min_speech_ms, SHORTEST_MS))


def _profile(
    name: str,
    classifier: EmotionClassifier,
    report: Callable[[ProfileError], None],
    note: Callable[[str], None],
) -> VoiceProfile | None:
    if not name:
        return None
    try:
        profile = ProfileStore().read(name)
        classifier.check(profile)
    except ProfileError as error:
        report(error)
        return None
    if unheeded := classifier.unheeded(profile):
        note(f"voice profile {name}: {unheeded}")
    return profile


def open_classifier() -> EmotionClassifier:
    """Return the bundled emotion model, loaded.

    Raises:
        ModelError: it is missing, damaged, or there is no interpreter for it.
    """
    models = bundled("models")
    return EmotionClassifier.load(models / "emotion.tflite", models / "emotion.json")


def plugin_choices() -> ChoiceFile:
    """Return the file that keeps which plugins may run: beside the folder of one's own."""
    return ChoiceFile(plugin_folder().with_name("plugins.json"))


def plugin_store_folder() -> Path:
    """Return where plugins keep what they keep."""
    import platformdirs

    return platformdirs.user_data_path("tonewise") / "plugins"


def open_rehearsal(
    settings: PluginSettings, report: Callable[[PluginError], None], path: Path | None = None
) -> Plugins:
    """Return the plugins for a turn that leaves no trace: what they keep, they keep nowhere.

    What they have kept before they do not know; the arguments and errors are those of
    `open_plugins`.
    """
    found, setups = _set_up(path)
    forgetful = {name: {**setup, "store": ""} for name, setup in setups.items()}
    return Plugins(found, settings, report, keep_on, forgetful)


def open_schedule(
    announce: Callable[[Reply], None], report: Callable[[PluginError], None]
) -> Schedule:
    """Return where announcements wait for their time, also from one start to the next."""
    path = plugin_store_folder().with_name("announcements.json")
    return Schedule(path, announce, report)


def found_plugins() -> tuple[Plugin, ...]:
    """Return every plugin there is; nothing of them is imported.

    Raises:
        PluginError: which may run cannot be read.
    """
    return find(plugin_choices().read(), plugin_folder(), bundled("plugins"))


def open_plugins(
    settings: PluginSettings,
    report: Callable[[PluginError], None],
    path: Path | None = None,
    board: Board | None = None,
) -> Plugins:
    """Return the plugins that may run; ``with`` starts and stops them.

    Args:
        settings: how long they may take, and in which order they are asked.
        report: told of each fault.
        path: the settings file; None for the person's own.
        board: takes what they want to be said unasked; None for nobody.

    Raises:
        PluginError: which may run cannot be read.
        SettingsError: the settings file cannot be read.
    """
    found, setups = _set_up(path)

    def switch_off(name: str, fault: str) -> None:
        try:
            plugin_choices().change(
                lambda was: replace(was, faulty={**was.faulty, name: fault})
            )
        except PluginError as error:  # it is off until the next start
            report(error)

    return Plugins(found, settings, report, switch_off, setups, board)


def _set_up(path: Path | None) -> tuple[tuple[Plugin, ...], dict[str, Message]]:
    """Return the plugins there are, and what each is loaded with."""
    found = found_plugins()
    sections = plugin_sections(path)
    lacking = sections.keys() - {plugin.name for plugin in found}
    problem = "the settings file has a section for it, but it is not there"
    found += tuple(Plugin(name, "folder", "", True, problem=problem) for name in lacking)
    setups: dict[str, Message] = {
        plugin.name: {
            "settings": sections.get(plugin.name, {}),
            "store": str(plugin_store_folder() / f"{plugin.name}.json"),
        }
        for plugin in found
    }
    return found, setups


class OpenSynthesizer(Renders, Protocol):
    """The assistant's voice, open while used as a context manager."""

    def __enter__(self) -> Self:
        """Return it."""

    def __exit__(self, *error: object) -> None:
        """Close it."""


def open_synthesizer(settings: Settings) -> OpenSynthesizer:
    """Return the assistant's voice; ``with`` starts and stops it.

    Raises:
        SettingsError: ``speech.command`` is not one.
    """
    if settings.speech.command:
        return CommandSynthesizer(settings.speech)
    return Synthesizer(settings.speech)


def open_emotion_stream(
    settings: Settings,
    report: Callable[[ProfileError], None] = _LOG.warning,
    note: Callable[[str], None] = _LOG.warning,
) -> EmotionStream:
    """Return what follows how a voice sounds, its models loaded; no recogniser is needed.

    Args:
        settings: What to open.
        report: As in `open_hearing`.
        note: As in `open_hearing`.

    Raises:
        ModelError: the voice detector or the emotion model cannot be used.
    """
    classifier = open_classifier()
    profile = _profile(settings.emotion.profile, classifier, report, note)
    return EmotionStream(VoiceDetector(), settings.vad, classifier, profile)


def open_echo_canceller(
    audio: AudioSettings, environment: Mapping[str, str] | None = None
) -> EchoCanceller:
    """Return the canceller of the devices in use; ``with`` loads and unloads it.

    Args:
        audio: names the devices.
        environment: leads to the sound server; None is our own.

    Raises:
        DeviceError: a device that is named is not there.
    """
    found = devices(environment)
    # Their names as they are now: the number of a card may have changed since.
    return EchoCanceller(
        chosen(found, audio.input_device, "input").name if audio.input_device else "",
        chosen(found, audio.output_device, "output").name if audio.output_device else "",
        environment,
    )
