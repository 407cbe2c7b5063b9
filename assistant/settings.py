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

ListeningMode = Literal["open", "push-to-talk"]

Echo = Literal["half-duplex", "headphones", "cancel"]

Engine = Literal["pocketsphinx", "vosk", "faster-whisper", "google"]


Factors = tuple[float, float, float]
"""Rate, volume and pitch of a `assistant.values.Style`, in this order."""

Limit = float | tuple[float, ...] | None
"""An end of a range: one number, or one for each number of a list."""

LEAST_FACTORS = (0.5, 0.0, 0.5)
MOST_FACTORS = (2.0, 1.0, 2.0)


def setting(default: Any, about: str, least: Limit = None, most: Limit = None) -> Any:
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
    min_pause_ms: int = setting(
        400, "Silence that ends a sentence spoken without pauses, ms.", 100, 10_000
    )
    max_pause_ms: int = setting(
        1000, "Silence that ends one in which somebody hesitates, ms.", 100, 10_000
    )
    pre_roll_ms: int = setting(300, "Sound kept from before speech was detected, ms.", 0, 2_000)
    max_utterance_s: float = setting(30.0, "A longer utterance is cut here, s.", 1, 120)


@dataclass(frozen=True)
class ListeningSettings:
    """When the assistant is meant."""

    mode: ListeningMode = setting(
        "open",
        "open: it hears whatever is said. push-to-talk: only between two presses of the space "
        "bar.",
    )
    wake_phrase: str = setting(
        "", "Words that must begin what is said to it, such as hey computer; empty for none."
    )
    follow_up_s: float = setting(
        8.0, "For so long after a reply the wake phrase may be left out, s.", 0, 300
    )


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
    command: str = setting(
        "",
        "Program that speaks instead of eSpeak, such as `flite -voice slt -o {wav} -f "
        "{text_file}` or `piper --model FILE.onnx --output_file {wav}`, with {text}, {rate}, "
        "{stretch}, {rate_wpm}, {volume} and {pitch} where it takes them; without {text} and "
        "{text_file} it reads the text on stdin; empty for eSpeak.",
    )
    command_deadline_s: float = setting(
        20.0, "A program that takes longer for a sentence is ended, s.", 1, 600
    )


def manner_to(who: str, factors: Factors) -> Any:
    """Declare the setting of the manner in which someone is spoken to."""
    about = f"To someone {who}: rate, volume and pitch, as factors of the voice's own."
    return setting(factors, about, LEAST_FACTORS, MOST_FACTORS)


@dataclass(frozen=True)
class MannerSettings:
    """How someone is spoken to who feels so: an entry for each of the eight emotions."""

    # Slower, softer and lower calms; faster and brighter shares joy. The directions are those
    # of vocal affect in Scherer (2003), Speech Communication 40, table 1; the sizes are ours,
    # chosen small enough that a wrong estimate does not sound odd.
    neutral: Factors = manner_to("neutral", (1.0, 1.0, 1.0))
    calm: Factors = manner_to("calm", (0.95, 0.95, 0.95))
    happy: Factors = manner_to("happy", (1.08, 1.0, 1.2))
    sad: Factors = manner_to("sad", (0.85, 0.85, 0.85))
    angry: Factors = manner_to("angry", (0.88, 0.8, 0.8))
    fearful: Factors = manner_to("fearful", (0.85, 0.9, 0.9))
    disgust: Factors = manner_to("disgusted", (0.95, 1.0, 0.9))
    surprised: Factors = manner_to("surprised", (1.05, 1.0, 1.15))


@dataclass(frozen=True)
class LogSettings:
    """What happens in conversations, in a file."""

    file: str = setting(
        "",
        "File that each event goes to as a line of JSON, what you say among them; "
        "empty for none.",
    )
    max_bytes: int = setting(
        1_000_000,
        "From this size on the file is put aside and a new one begun, bytes.",
        1_000,
        1_000_000_000,
    )
    n_files: int = setting(5, "Files kept: the one in use and those put aside.", 2, 1_000)


@dataclass(frozen=True)
class RecorderSettings:
    """Recordings of conversations, to find out what went wrong in one."""

    folder: str = setting(
        "",
        "Folder that what you say and the replies are recorded to; empty for no recordings.",
    )
    keep_hours: float = setting(
        24.0, "Recordings older than this are deleted, hours.", 0.01, 87_600
    )


@dataclass(frozen=True)
class Settings:
    """All settings; each field is a table of the file."""

    audio: AudioSettings = AudioSettings()
    vad: VadSettings = VadSettings()
    listening: ListeningSettings = ListeningSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    emotion: EmotionSettings = EmotionSettings()
    plugins: PluginSettings = PluginSettings()
    speech: SpeechSettings = SpeechSettings()
    manner: MannerSettings = MannerSettings()
    log: LogSettings = LogSettings()
    recorder: RecorderSettings = RecorderSettings()


@dataclass(frozen=True)
class Key:
    """One setting, as documentation and checks see it."""

    name: str
    """Table and key, such as ``speech.rate_wpm``."""
    type: Any
    default: Any
    about: str
    least: Limit
    most: Limit

    @property
    def limits(self) -> str:
        """The range, such as ``80 to 400``; empty where there is none."""
        return ", ".join(f"{least:g} to {most:g}" for least, most in self.ranges)

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Least and most of the number, or of each number of a list; none without a range."""
        ends = [end if isinstance(end, tuple) else (end,) for end in (self.least, self.most)]
        return tuple((a, b) for a, b in zip(*ends, strict=True) if None not in (a, b))

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
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [_number(float, part, where) for part in parts] if key.ranges else parts
    return _number(key.type, text, where) if key.type in (int, float) else text


def _number(kind: type, text: str, where: str) -> Any:
    try:
        return kind(text)
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
        return _checked_list(key, value, where)
    if key.type is float and type(value) is int and abs(value) < EXACT_INTEGERS:
        value = float(value)
    if type(value) is not key.type:
        raise SettingsError(f"{where}: expected {key.type.__name__}, got {value!r}")
    _refuse_out_of_range(key, value, where)
    return value


def _checked_list(key: Key, value: Any, where: str) -> Any:
    parts = value if isinstance(value, list) else [None]
    if not key.ranges:
        if all(isinstance(part, str) for part in parts):
            return tuple(parts)
        raise SettingsError(f"{where}: expected a list of names, got {value!r}")
    fits = len(parts) == len(key.ranges) and all(
        type(part) in (int, float) and least <= part <= most
        for part, (least, most) in zip(parts, key.ranges, strict=True)
    )
    if not fits:
        raise SettingsError(
            f"{where}: expected a list of {len(key.ranges)} numbers, {key.limits}, "
            f"got {value!r}"
        )
    return tuple(map(float, parts))


def _refuse_out_of_range(key: Key, value: Any, where: str) -> None:
    if key.type is str and not value.isprintable():
        raise SettingsError(f"{where}: expected printable text, got {value!r}")
    if any(not least <= value <= most for least, most in key.ranges):
        raise SettingsError(f"{where}: expected {key.least} to {key.most}, got {value}")


def _settings(values: Mapping[str, Any]) -> Settings:
    """Return the defaults with ``values`` (by full name) put in."""
    settings = Settings()
    for name, value in values.items():
        table, _, entry = name.partition(".")
        section = replace(getattr(settings, table), **{entry: value})
        settings = replace(settings, **{table: section})
    return settings
