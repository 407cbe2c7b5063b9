"""From sound to what was said and how: the listening half of a turn.

Audio ──Endpointer──> Speech ──┬─ transcribe ─> Transcript ──────┐
                               └─ hear ───────> Impression ──────┴─> Segment
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, Self

from assistant.endpointing import Endpointer, Speech, chunked
from assistant.profiles import Impression, VoiceProfile
from assistant.values import Audio, EmotionEstimate, Transcript, Utterance, mean_emotion
from assistant.words import is_said


class Transcribes(Protocol):
    """Speech to text."""

    @property
    def engine(self) -> str:
        """Name of the recogniser."""

    @property
    def language(self) -> str:
        """Language tag of what it understands."""

    def transcribe(self, audio: Audio) -> Transcript:
        """Return what was said."""

    def listen_for(self, phrases: Sequence[str]) -> None:
        """Listen for these phrases beside all other words; raises TranscriptionError."""

    def close(self) -> None:
        """End what runs."""


class Classifies(Protocol):
    """Speech to emotion."""

    def hear(self, audio: Audio, profile: VoiceProfile | None, voiced_s: float) -> Impression:
        """Return how it was said, relative to a person's voice or to anybody's.

        In ``voiced_s``, s, is all of it that a detector took for a voice.
        """


@dataclass(frozen=True)
class Segment:
    """One stretch of speech, understood."""

    start_s: float
    """Where it begins in the recording, s."""
    end_s: float
    """Where it ends, s."""
    transcript: Transcript
    impression: Impression
    """How it was said, with what a correction of it has to remember."""

    @property
    def emotion(self) -> EmotionEstimate:
        """How it was said."""
        return self.impression.estimate

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return round(self.end_s - self.start_s, 3)

    @property
    def utterance(self) -> Utterance:
        """The same, as plugins are given it."""
        return Utterance(self.transcript, self.emotion, self.duration_s)


@dataclass(frozen=True)
class Analysis:
    """All that was heard in one recording."""

    duration_s: float
    """Length of the recording, s."""
    segments: tuple[Segment, ...]
    """In order of time; empty where nobody spoke."""
    transcript: Transcript
    """The words of all segments; an empty text where nobody spoke."""
    timings_ms: dict[str, float]
    """Stage to the time it took, ms."""

    @property
    def emotion(self) -> EmotionEstimate | None:
        """The mean over the segments, weighted by their length; None without speech."""
        return mean_emotion((each.emotion, each.duration_s) for each in self.segments)


@dataclass
class Stopwatch:
    """Adds up how long each stage took."""

    timings_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside the ``with`` block to ``timings_ms[name]``."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            spent_ms = (time.perf_counter() - begin) * 1000
            self.timings_ms[name] = round(self.timings_ms.get(name, 0.0) + spent_ms, 1)


@dataclass(frozen=True)
class Hearing:
    """The stages that turn sound into segments; ``with`` ends the recogniser."""

    endpointer: Endpointer
    transcriber: Transcribes
    classifier: Classifies
    profile: VoiceProfile | None = None
    """Whose voice is expected; None for anybody's."""
    min_speech_s: float = 0.0
    """Less of a voice must be a short word, s."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.transcriber.close()

    def understand(self, speech: Speech, watch: Stopwatch | None = None) -> Segment | None:
        """Return what was said and how, or None where nothing was said.

        The recogniser has a veto: what the detector took for speech was none if there are
        no words in it. It cannot wake the assistant by itself.

        Raises:
            TranscriptionError: the recogniser failed.
            ModelError: the emotion model failed.
            ProfileError: the profile was made for another emotion model.
        """
        watch = watch or Stopwatch()
        with watch.stage("transcription"):
            transcript = self.transcriber.transcribe(speech.audio)
        if not is_said(transcript, speech.detected_s, self.min_speech_s):
            return None
        with watch.stage("emotion"):
            impression = self.classifier.hear(speech.audio, self.profile, speech.voiced_s)
        start_s, end_s = round(speech.start_s, 3), round(speech.end_s, 3)
        return Segment(start_s, end_s, transcript, impression)

    def analyze(
        self, audio: Audio, report: Callable[[float], None] = lambda done_s: None
    ) -> Analysis:
        """Return all that is said in a recording at 16 kHz; raises as `understand` does.

        Args:
            audio: the recording.
            report: told how far into the recording it is, s, after each stretch of speech.
        """
        watch = Stopwatch()
        with watch.stage("speech_detection"):
            speeches = list(self.endpointer.speeches(chunked(audio)))
        segments = []
        for speech in speeches:
            if (segment := self.understand(speech, watch)) is not None:
                segments.append(segment)
            report(speech.end_s)
        return Analysis(
            round(audio.duration_s, 3), tuple(segments), self._words(segments), watch.timings_ms
        )

    def _words(self, segments: Sequence[Segment]) -> Transcript:
        text = " ".join(segment.transcript.text for segment in segments)
        return Transcript(text, self.transcriber.language, self.transcriber.engine)
