"""Settings: one frozen dataclass for each stage; `assistant.settings_reading` fills them."""

from dataclasses import dataclass, field
from typing import Any, Literal

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
    min_speech_ms: int = setting(
        320, "Shorter speech is a click or a cough, unless it is a word like no, ms.", 32, 5_000
    )
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
    patience_ms: int = setting(
        250,
        "How long pocketsphinx may look for better words than its first ones once somebody has "
        "ended, ms.",
        0,
        10_000,
    )


@dataclass(frozen=True)
class EmotionSettings:
    """Whose voice is heard."""

    profile: str = setting(
        "", "Voice profile that the voice is heard relative to, by name; empty for none."
    )


@dataclass(frozen=True)
class PluginSettings:
    """Who may answer."""

    order: tuple[str, ...] = setting(
        (), "Plugins that are asked before others of their rank, by name."
    )
    deadline_s: float = setting(
        2.0, "Where a plugin takes longer, a few words tell that it is waited for, s.", 0.1, 60
    )
    patience_s: float = setting(
        4.0, "After so long from then on it is ended and loses its turn, s.", 0.0, 600
    )


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
