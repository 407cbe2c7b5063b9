"""How it is said while it is being said: an estimate about four times a second.

    chunks ──Endpointer──┬─ what is said so far ─ hear ─> Moment, Moment, ...
                         └─ the whole utterance ─ hear ─> Moment (final)

What is said so far is what the endpointer would cut out if the stream ended now, so that it
is heard as a conversation would hear it. The final moment is what a conversation hears.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from assistant.audio import CHUNK_S
from assistant.endpointing import Detector, Ended, Endpointer, Happening, Speech
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
        self._endpointer = Endpointer(detector, vad)
        self._classifier = classifier
        self._profile = profile
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
        self._endpointer.reset()
        self._utterance, self._told_s = 1, 0.0
        for number, chunk in enumerate(chunks, 1):
            self._follow(self._endpointer.feed(chunk), notify)
            if number % UPDATE_CHUNKS == 0:
                self._update(number * CHUNK_S, notify)
        self._follow(self._endpointer.finish(), notify)

    def _follow(self, happenings: Iterable[Happening], notify: Notify) -> None:
        for happening in happenings:
            if isinstance(happening, Ended):
                notify(self._moment(happening.speech, is_final=True))
                self._utterance += 1
                self._told_s = happening.speech.end_s

    def _update(self, now_s: float, notify: Notify) -> None:
        speech = self._endpointer.so_far()
        if speech is not None and speech.end_s > self._told_s:
            self._told_s = speech.end_s
            notify(self._moment(_last(speech, WINDOW_S), is_final=False))
        else:
            notify(Quiet(self._told_s, now_s))

    def _moment(self, speech: Speech, is_final: bool) -> Moment:
        impression = self._classifier.hear(speech.audio, self._profile, speech.voiced_s)
        start_s, end_s = round(speech.start_s, 3), round(speech.end_s, 3)
        return Moment(self._utterance, start_s, end_s, impression.estimate, is_final)


def _last(speech: Speech, duration_s: float) -> Speech:
    """Return the last part of it, of at most that length."""
    before_s = max(0.0, speech.audio.duration_s - duration_s)
    audio = speech.audio.between(before_s, speech.audio.duration_s)
    durations_s = (min(each_s, duration_s) for each_s in (speech.voiced_s, speech.detected_s))
    return Speech(audio, speech.start_s + before_s, *durations_s)


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
