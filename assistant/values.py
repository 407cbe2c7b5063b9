"""The values that flow through the assistant, in the order they are made.

    Audio ─┬─> Transcript ──────┬─> Utterance ──> Reply ──> (spoken)
           └─> EmotionEstimate ─┘

All are frozen. Nothing flows back: a later value never changes an earlier one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from assistant.errors import AudioError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Samples: TypeAlias = "npt.NDArray[np.float32]"

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
"""The labels in the model's order, which is RAVDESS's order; they count from 0."""


@dataclass(frozen=True, eq=False)
class Audio:
    """A mono recording.

    Raises:
        AudioError: samples are not one-dimensional and finite, or the rate is not positive.
    """

    samples: Samples
    """Amplitude, shape ``(n_samples,)``, float32, full scale is ±1.0; read-only."""

    sample_rate: int
    """Samples per second, Hz."""

    def __post_init__(self) -> None:
        # Here, so that plugins and other child processes start without it.
        import numpy as np

        if self.samples.ndim != 1:
            raise AudioError(f"audio must be mono, got shape {self.samples.shape}")
        if self.sample_rate <= 0:
            raise AudioError(f"sample rate must be positive, got {self.sample_rate} Hz")
        if not np.isfinite(self.samples).all():
            raise AudioError("holds NaN or infinite samples; export it again as 16-bit WAV")
        samples = self.samples.astype(np.float32)  # a copy: the caller keeps its own
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples.size / self.sample_rate

    def between(self, start_s: float, end_s: float) -> "Audio":
        """Return the part from ``start_s`` to ``end_s``, in seconds from the start."""
        first, last = round(start_s * self.sample_rate), round(end_s * self.sample_rate)
        return Audio(self.samples[max(0, first) : last], self.sample_rate)


@dataclass(frozen=True)
class Transcript:
    """What was said; ``text`` is empty when no words were understood."""

    text: str
    language: str = "en-US"
    """IETF language tag, such as ``en-US`` or ``de-AT``."""
    engine: str = "typed"
    """Name of the recogniser, such as ``pocketsphinx``; ``typed`` for typed words."""
    phrase: str = ""
    """Which of the phrases that were listened for this is; empty where it is none of them."""
    confidence: float | None = None
    """How sure the recogniser is of the words, 0 to 1; None where it does not tell."""


RELIABLE = 0.5
"""From this confidence on one emotion outweighs the other seven together."""


@dataclass(frozen=True)
class EmotionEstimate:
    """How it was said, as the classifier hears it."""

    probabilities: Mapping[str, float]
    """Emotion label to probability, all of `EMOTIONS`; sums to 1."""
    certain: bool | None = None
    """Whether to trust the label; None while the model is not calibrated."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "probabilities", MappingProxyType(dict(self.probabilities)))

    @property
    def label(self) -> str:
        """The likeliest emotion."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def confidence(self) -> float:
        """Probability of the likeliest emotion, 0 to 1."""
        return self.probabilities[self.label]

    @property
    def is_reliable(self) -> bool:
        """Whether to act on the label: ``certain`` where known, else by the confidence."""
        return self.confidence >= RELIABLE if self.certain is None else self.certain


def mean_emotion(
    weighted: Iterable[tuple[EmotionEstimate | None, float]],
) -> EmotionEstimate | None:
    """Return the mean of estimates, each with its weight, say its seconds of speech.

    It is certain where all of them are, and None where there is none that weighs anything.
    """
    known = [(emotion, weight) for emotion, weight in weighted if emotion and weight > 0]
    if not known:
        return None
    total = sum(weight for _, weight in known)
    certain = [emotion.certain for emotion, _ in known]
    return EmotionEstimate(
        {
            label: sum(
                emotion.probabilities[label] * weight / total for emotion, weight in known
            )
            for label in EMOTIONS
        },
        None if None in certain else all(certain),
    )


@dataclass(frozen=True)
class Stretch:
    """How a part of an utterance was said."""

    start_s: float
    """Where it begins, s from the beginning of the utterance."""
    end_s: float
    """Where it ends, s."""
    emotion: EmotionEstimate


GLAD = frozenset({"happy"})
UPSET = frozenset({"sad", "angry", "fearful", "disgust"})

CLEAR_SENTIMENT = 0.3
"""From this sentiment on words say clearly how somebody feels; VADER calls what is over 0.05
positive, which one mild word of many reaches."""


@dataclass(frozen=True)
class Utterance:
    """One thing the person said: words and feeling."""

    transcript: Transcript
    emotion: EmotionEstimate | None = None
    """None for typed words, which have no voice."""
    duration_s: float = 0.0
    """Length of the speech in seconds; 0 for typed words."""
    sentiment: float | None = None
    """Of the words alone, -1 (bad) to 1 (good); None where it is not known, as in other
    languages than English."""
    change: Mapping[str, float] | None = None
    """Emotion label to how much likelier it is than usual in this conversation, -1 to 1; None
    where too little was said before."""
    timeline: tuple[Stretch, ...] = ()
    """How it changed while it was said; empty for typed words and for short utterances."""

    def __post_init__(self) -> None:
        if self.change is not None:
            object.__setattr__(self, "change", MappingProxyType(dict(self.change)))

    @property
    def is_mixed(self) -> bool:
        """Whether words and voice disagree: glad words in an upset voice, or the reverse."""
        if self.emotion is None or self.sentiment is None or not self.emotion.is_reliable:
            return False
        if abs(self.sentiment) < CLEAR_SENTIMENT:
            return False
        return self.emotion.label in (UPSET if self.sentiment > 0 else GLAD)


def _require(kind: type, field: str, value: object) -> None:
    """Raise TypeError unless ``value`` is of that kind: where it is built, no later."""
    if not isinstance(value, kind):
        raise _mistyped(field, f"a {kind.__name__}", value)


def _require_number(field: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (float, int)):
        raise _mistyped(field, "a number", value)


def _mistyped(field: str, expected: str, value: object) -> TypeError:
    return TypeError(f"{field} must be {expected}, got {type(value).__name__}")


@dataclass(frozen=True)
class Style:
    """A manner of speaking, relative to the settings' voice.

    Raises:
        TypeError: a factor is no number.
    """

    rate: float = 1.0
    """Speed as a factor, 0.5 to 2."""
    volume: float = 1.0
    """Loudness as a factor, 0 to 1."""
    pitch: float = 1.0
    """Pitch as a factor, 0.5 to 2; only eSpeak can change it."""

    def __post_init__(self) -> None:
        _require_number("Style.rate", self.rate)
        _require_number("Style.volume", self.volume)
        _require_number("Style.pitch", self.pitch)


@dataclass(frozen=True)
class Reply:
    """What the assistant will say, and which plugin said it.

    Raises:
        TypeError: a field is of another type.
    """

    text: str
    plugin: str = ""
    """Filled in by the assistant; a plugin need not name itself."""
    style: Style | None = None
    """None lets the assistant choose the manner from the emotion."""
    continues: bool = False
    """True lets the next plugin add its reply after this one."""
    asks_s: float = 0.0
    """Where it is a question: what is said within so many seconds goes to its plugin first."""
    is_fixed: bool = False
    """True keeps other plugins from changing it."""

    def __post_init__(self) -> None:
        _require(str, "Reply.text", self.text)
        _require(str, "Reply.plugin", self.plugin)
        if self.style is not None and not isinstance(self.style, Style):
            raise _mistyped("Reply.style", "a Style or None", self.style)
        _require(bool, "Reply.continues", self.continues)
        _require_number("Reply.asks_s", self.asks_s)
        _require(bool, "Reply.is_fixed", self.is_fixed)
