"""Settings: one frozen dataclass for each stage, read from one TOML file.

Later sources win: the defaults here, the file, environment variables
(``TONEWISE_SPEECH_RATE_WPM``), flags (``--set speech.rate_wpm=150``).
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from assistant.errors import SettingsError

ENVIRONMENT_PREFIX = "TONEWISE_"

EXACT_INTEGERS = 2**53
"""Below it every whole number is a float64."""

FILE_VARIABLE = ENVIRONMENT_PREFIX + "SETTINGS"
"""Names the settings file to use instead of the platform's."""

Echo = Literal["half-duplex", "headphones", "cancel"]

Engine = Literal["pocketsphinx", "vosk", "faster-whisper", "google"]


def setting(
    default: Any, about: str, least: float | None = None, most: float | None = None
) -> Any:
    """Declare a setting: its default, what it is with its unit, and its range."""
    metadata = {"about": about, "least": least, "most": most}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class AudioSettings:
    """Devices and recordings."""

    input_device: str = setting("", "Microphone, by name; empty for the system's default.")
    output_device: str = setting("", "Loudspeaker, by name; empty for the system's default.")
    echo: Echo = setting(
        "half-duplex",
        "What keeps the assistant from hearing itself. half-duplex: it does not listen while "
        "it speaks. headphones: nothing it says reaches the microphone, so it can be "
        "interrupted. cancel: the echo canceller of PulseAudio or PipeWire takes its voice "
        "out, so it can be interrupted on loudspeakers.",
    )
    max_file_s: float = setting(600.0, "Longest recording taken from a file, s.", 1, 86_400)


@dataclass(frozen=True)
class VadSettings:
    """When speech begins and ends."""

    threshold: float = setting(
        0.7, "Probability from which the detector means speech.", 0.05, 0.95
    )
    min_speech_ms: int = setting(320, "Shorter speech is a click or a cough, ms.", 32, 5_000)
    pause_ms: int = setting(700, "Silence that ends an utterance, ms.", 100, 10_000)
    pre_roll_ms: int = setting(300, "Sound kept from before speech was detected, ms.", 0, 2_000)
    max_utterance_s: float = setting(30.0, "A longer utterance is cut here, s.", 1, 120)


@dataclass(frozen=True)
class TranscriptionSettings:
    """Words from speech."""

    engine: Engine = setting(
        "pocketsphinx",
        "pocketsphinx (comes with its model), vosk, faster-whisper, or google. "
        "With google your voice leaves this machine.",
    )
    language: str = setting("en-US", "Language tag of what is spoken.")
    model: str = setting("", "Folder of the vosk or faster-whisper model.")


@dataclass(frozen=True)
class EmotionSettings:
    """Whose voice is heard."""

    profile: str = setting(
        "", "Voice profile that the voice is heard relative to, by name; empty for none."
    )


@dataclass(frozen=True)
class PluginSettings:
    """Who may answer."""

    allowed: tuple[str, ...] = setting((), "Installed or own plugins that may run, by name.")
    disabled: tuple[str, ...] = setting((), "Bundled plugins to leave out, by name.")
    deadline_s: float = setting(2.0, "A plugin that takes longer loses its turn, s.", 0.1, 60)


@dataclass(frozen=True)
class SpeechSettings:
    """The assistant's voice."""

    voice: str = setting("", "Voice id of the speech engine; empty for its default.")
    rate_wpm: int = setting(170, "Speed, words a minute.", 80, 400)
    volume: float = setting(1.0, "Loudness, as a share of the voice's own.", 0, 1)
    pitch: int = setting(50, "Pitch of eSpeak voices, on its scale.", 0, 99)


@dataclass(frozen=True)
class Settings:
    """All settings; each field is a table of the file."""

    audio: AudioSettings = AudioSettings()
    vad: VadSettings = VadSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    emotion: EmotionSettings = EmotionSettings()
    plugins: PluginSettings = PluginSettings()
    speech: SpeechSettings = SpeechSettings()


@dataclass(frozen=True)
class Key:
    """One setting, as documentation and checks see it."""

    name: str
    """Table and key, such as ``speech.rate_wpm``."""
    type: Any
    default: Any
    about: str
    least: float | None
    most: float | None

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return ENVIRONMENT_PREFIX + self.name.replace(".", "_").upper()


def keys() -> dict[str, Key]:
    """Return every setting by its full name, in the order of the file."""
    found = {}
    for table in fields(Settings):
        section: Any = type(table.default)
        types = get_type_hints(section)
        for entry in fields(section):
            name = f"{table.name}.{entry.name}"
            found[name] = Key(name, types[entry.name], entry.default, **entry.metadata)
    return found


def default_path() -> Path:
    """Return where the settings file lies on this platform; TONEWISE_SETTINGS moves it."""
    import platformdirs

    moved = os.environ.get(FILE_VARIABLE)
    return Path(moved) if moved else platformdirs.user_config_path("tonewise") / "settings.toml"


def plugin_folder() -> Path:
    """Return the folder of the person's own plugins: ``plugins`` beside the settings file."""
    return default_path().parent / "plugins"


def load(
    path: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    assignments: Iterable[str] = (),
) -> Settings:
    """Return the settings in force.

    Args:
        path: the TOML file; None for `default_path`, where no file means the defaults.
        environment: variables such as ``TONEWISE_SPEECH_RATE_WPM=150``.
        assignments: flags such as ``speech.rate_wpm=150``.

    Raises:
        SettingsError: a file that cannot be read, an unknown key or a value out of range.
    """
    values = values_in(path)
    known = keys()
    variables = {key.variable: key for key in known.values()}
    for variable, text in environment.items():
        if variable in variables:
            key = variables[variable]
            values[key.name] = checked(key, _parsed(key, text, variable), variable)
        elif variable.startswith(ENVIRONMENT_PREFIX) and variable != FILE_VARIABLE:
            nearest = _nearest(variable, [*variables, FILE_VARIABLE])
            raise SettingsError(f"there is no variable {variable}; did you mean {nearest}?")
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign:
            raise SettingsError(f"--set {assignment}: write it as KEY=VALUE")
        key = key_named(name, f"--set {assignment}")
        values[name] = checked(key, _parsed(key, text, name), name)
    return _settings(values)


def values_in(path: Path | None) -> dict[str, Any]:
    """Return what the file sets, by full name; nothing where the default file is missing.

    Raises:
        SettingsError: it cannot be read, or holds an unknown key or an unfit value.
    """
    where = path or default_path()
    values: dict[str, Any] = {}
    for table, entries in read_file(where, must_exist=path is not None).items():
        if not isinstance(entries, dict):
            raise SettingsError(f"{where}: {table!r} stands outside a table such as [speech]")
        for name, value in entries.items():
            key = key_named(f"{table}.{name}", str(where))
            values[key.name] = checked(key, value, f"{where}: {key.name}")
    return values


def read_file(path: Path, must_exist: bool = False) -> dict[str, Any]:
    """Return the file's tables as they stand; none where there is no file.

    Raises:
        SettingsError: the file cannot be read or is not TOML.
    """
    if not must_exist and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error


def key_named(name: str, where: str) -> Key:
    """Return the setting of that full name; raises SettingsError if there is none."""
    known = keys()
    if name in known:
        return known[name]
    nearest = _nearest(name, known)
    raise SettingsError(f"{where}: there is no setting {name!r}; did you mean {nearest!r}?")


def _nearest(name: str, known: Iterable[str]) -> str:
    return difflib.get_close_matches(name, list(known), n=1, cutoff=0)[0]


def _parsed(key: Key, text: str, where: str) -> Any:
    """Return the value that a flag or variable spells."""
    if get_origin(key.type) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if key.type not in (int, float):
        return text
    try:
        return key.type(text)
    except ValueError as error:
        raise SettingsError(f"{where}: expected a number, got {text!r}") from error


def checked(key: Key, value: Any, where: str) -> Any:
    """Return ``value`` in the key's type; raises SettingsError if it does not fit."""
    if get_origin(key.type) is Literal:
        choices = get_args(key.type)
        if value not in choices:
            raise SettingsError(f"{where}: expected one of {', '.join(choices)}, got {value!r}")
        return value
    if get_origin(key.type) is tuple:
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return tuple(value)
        raise SettingsError(f"{where}: expected a list of names, got {value!r}")
    if key.type is float and type(value) is int and abs(value) < EXACT_INTEGERS:
        value = float(value)
    if type(value) is not key.type:
        raise SettingsError(f"{where}: expected {key.type.__name__}, got {value!r}")
    _refuse_out_of_range(key, value, where)
    return value


def _refuse_out_of_range(key: Key, value: Any, where: str) -> None:
    if key.type is str and not value.isprintable():
        raise SettingsError(f"{where}: expected printable text, got {value!r}")
    if key.least is not None and not key.least <= value <= (key.most or 0):
        raise SettingsError(f"{where}: expected {key.least} to {key.most}, got {value}")


def _settings(values: Mapping[str, Any]) -> Settings:
    """Return the defaults with ``values`` (by full name) put in."""
    settings = Settings()
    for name, value in values.items():
        table, _, entry = name.partition(".")
        section = replace(getattr(settings, table), **{entry: value})
        settings = replace(settings, **{table: section})
    return settings
