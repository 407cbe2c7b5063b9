"""How it is said while it is being said: an estimate about four times a second.

    chunks ──Endpointer──┬─ what is said so far ─ hear ─> Moment, Moment, ...
                         └─ the whole utterance ─ hear ─> Moment (final)

What is said so far is what the endpointer would cut out if the stream ended now, so that it
is heard as a conversation would hear it. The final moment is what a conversation hears.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from assistant.audio import CHUNK_S
from assistant.endpointing import Detector, Endpointer, Speech
from assistant.hearing import Classifies
from assistant.profiles import VoiceProfile
from assistant.settings import VadSettings
from assistant.values import EmotionEstimate, Samples

UPDATE_CHUNKS = 8
"""Chunks from one estimate to the next: 0.256 s."""

WINDOW_S = 3.0
"""Of what is said so far the last part that is heard, s: how it is said now. The model's
windows are 2.56 s."""

BLOCK_S = 0.5
"""Length of a block of the timeline, s."""


@dataclass(frozen=True)
class Moment:
    """How an utterance sounds up to a point in time."""

    utterance: int
    """Which one; counts from 1."""
    start_s: float
    """Where what was heard for it begins in the stream, s."""
    end_s: float
    """Where it ends, s."""
    emotion: EmotionEstimate
    is_final: bool
    """Whether the utterance has ended, and this is about the whole of it."""


@dataclass(frozen=True)
class Quiet:
    """Nobody speaks, or nobody has spoken for long enough yet to be heard."""

    start_s: float
    """Since when, in the stream, s."""
    end_s: float
    """Up to now, s."""


Notify = Callable[[Moment | Quiet], None]


class EmotionStream:
    """Follows how a voice sounds."""

    def __init__(
        self,
        detector: Detector,
        vad: VadSettings,
        classifier: Classifies,
        profile: VoiceProfile | None = None,
    ) -> None:
        """Use these stages.

        Args:
            detector: Tells what is speech; it must be nobody else's.
            vad: When speech begins and ends.
            classifier: Hears how something is said.
            profile: Whose voice is expected; None for anybody's.
        """
        self._vad = vad
        self._classifier = classifier
        self._profile = profile
        self._heard = _Heard(detector, vad)
        self._utterance = 1
        self._told_s = 0.0

    def follow(self, chunks: Iterable[Samples], notify: Notify) -> None:
        """Tell how it is said until the stream ends; its end ends the last utterance.

        Args:
            chunks: Each of shape ``(CHUNK_SAMPLES,)``, 16 kHz.
            notify: Told after each `UPDATE_CHUNKS` chunks how it is said, or that nobody
                speaks; and how all of it was said when an utterance has ended.

        Raises:
            ModelError: the emotion model failed.
            ProfileError: the profile was made for another emotion model.
        """
        self._heard.reset()
        self._utterance, self._told_s = 1, 0.0
        endpointer = Endpointer(self._heard, self._vad)
        for speech in endpointer.speeches(self._watched(chunks, notify)):
            notify(self._moment(speech, is_final=True))
            self._utterance += 1
            self._told_s = speech.end_s
            self._heard.forget_before(speech.end_s)

    def _watched(self, chunks: Iterable[Samples], notify: Notify) -> Iterator[Samples]:
        """Pass the chunks on; between two of them tell how the first ones sounded."""
        for number, chunk in enumerate(chunks, 1):
            yield chunk  # comes back once it was judged
            if number % UPDATE_CHUNKS == 0:
                self._update(notify)

    def _update(self, notify: Notify) -> None:
        speech = self._heard.so_far()
        if speech is not None and speech.end_s > self._told_s:
            self._told_s = speech.end_s
            notify(self._moment(_last(speech, WINDOW_S), is_final=False))
        else:
            notify(Quiet(self._told_s, self._heard.end_s))

    def _moment(self, speech: Speech, is_final: bool) -> Moment:
        impression = self._classifier.hear(speech.audio, self._profile, speech.voiced_s)
        start_s, end_s = round(speech.start_s, 3), round(speech.end_s, 3)
        return Moment(self._utterance, start_s, end_s, impression.estimate, is_final)


class _Heard:
    """A detector that remembers what passed through it: the seam to the endpointer."""

    def __init__(self, detector: Detector, vad: VadSettings) -> None:
        self._detector = detector
        self._vad = vad
        # No utterance is longer, with what is kept from before it.
        longest_s = vad.max_utterance_s + vad.pre_roll_ms / 1000
        self._judged: deque[tuple[Samples, float]] = deque(maxlen=round(longest_s / CHUNK_S))
        self._n_chunks = 0

    @property
    def end_s(self) -> float:
        """How much has passed through, s."""
        return self._n_chunks * CHUNK_S

    def speech_probability(self, chunk: Samples) -> float:
        """Return what the detector says of the chunk, and remember both."""
        probability = self._detector.speech_probability(chunk)
        self._judged.append((chunk, probability))
        self._n_chunks += 1
        return probability

    def reset(self) -> None:
        """Forget everything."""
        self._detector.reset()
        self._judged.clear()
        self._n_chunks = 0

    def forget_before(self, time_s: float) -> None:
        """Forget the chunks of an utterance that ended then."""
        n_kept = self._n_chunks - round(time_s / CHUNK_S)
        self._judged = deque(
            list(self._judged)[-n_kept:] if n_kept else [], self._judged.maxlen
        )

    def so_far(self) -> Speech | None:
        """Return what is being said, cut as if the stream ended now; None for too little."""
        if all(probability < self._vad.threshold for _, probability in self._judged):
            return None
        chunks, probabilities = zip(*self._judged, strict=True)
        speeches = list(Endpointer(_Replay(probabilities), self._vad).speeches(chunks))
        if not speeches:
            return None
        before_s = (self._n_chunks - len(chunks)) * CHUNK_S
        last = speeches[-1]
        return Speech(last.audio, before_s + last.start_s, last.voiced_s)


class _Replay:
    """Says again what a detector has said."""

    def __init__(self, probabilities: Iterable[float]) -> None:
        self._probabilities = iter(probabilities)

    def speech_probability(self, chunk: Samples) -> float:
        return next(self._probabilities)

    def reset(self) -> None:
        """Nothing has been said yet."""


def _last(speech: Speech, duration_s: float) -> Speech:
    """Return the last part of it, of at most that length."""
    before_s = max(0.0, speech.audio.duration_s - duration_s)
    audio = speech.audio.between(before_s, speech.audio.duration_s)
    return Speech(audio, speech.start_s + before_s, min(speech.voiced_s, duration_s))


@dataclass(frozen=True)
class Timeline:
    """How it was said over a whole stream."""

    duration_s: float
    """Length of the stream, s."""
    moments: tuple[Moment, ...]
    """In order of time; empty where nobody spoke."""

    @property
    def utterances(self) -> tuple[Moment, ...]:
        """The last moment of each utterance; not final where the stream was cut off in it."""
        return tuple({moment.utterance: moment for moment in self.moments}.values())

    def blocks(
        self, block_s: float = BLOCK_S, first: int = 0
    ) -> tuple[EmotionEstimate | None, ...]:
        """Return how each ``block_s`` of the stream sounded; None where nobody spoke in it.

        A moment holds from the one before it. Of several labels in a block the one that held
        longest counts.

        Args:
            block_s: Length of a block, s.
            first: How many blocks are left out at the start.
        """
        n_blocks = -int(-self.duration_s // block_s) - first
        shares: list[dict[str, float]] = [defaultdict(float) for _ in range(n_blocks)]
        blocks: list[EmotionEstimate | None] = [None] * n_blocks
        for start_s, moment in self._held():
            start, end = int(start_s // block_s) - first, -int(-moment.end_s // block_s) - first
            label = moment.emotion.label
            for block in range(max(0, start), min(end, n_blocks)):
                begin_s = (first + block) * block_s
                held_s = min(moment.end_s, begin_s + block_s) - max(start_s, begin_s)
                shares[block][label] += held_s
                if label == max(shares[block], key=shares[block].__getitem__):
                    blocks[block] = moment.emotion
        return tuple(blocks)

    def _held(self) -> Iterator[tuple[float, Moment]]:
        """Yield each moment with the time from which it holds, s."""
        utterance, end_s = 0, 0.0
        for moment in self.moments:
            yield (end_s if moment.utterance == utterance else moment.start_s), moment
            utterance, end_s = moment.utterance, moment.end_s
