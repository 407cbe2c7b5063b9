"""From sound to what was said and how: the listening half of a turn.

Audio ──Endpointer──> Speech ──┬─ transcribe ─> Transcript ──────┐
                               └─ hear ───────> Impression ──────┴─> Segment
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

from assistant.endpointing import Endpointer, Speech, chunked
from assistant.profiles import Impression, VoiceProfile
from assistant.values import (
    Audio,
    EmotionEstimate,
    Stretch,
    Transcript,
    Utterance,
    mean_emotion,
)
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


STRETCH_S = 1.0
"""From one estimate of a timeline to the next, s; longer in long utterances."""

HEARD_S = 2.0
"""What is heard for one, with what came before, s: a second alone is too little to tell."""

MAX_STRETCHES = 8
"""Each takes as long as an utterance of its own."""


def timeline(
    classifier: Classifies, audio: Audio, profile: VoiceProfile | None
) -> tuple[Stretch, ...]:
    """Return how an utterance changed while it was said; empty where it is too short for that.

    Raises:
        ModelError: the emotion model failed.
        ProfileError: the profile was made for another emotion model.
    """
    n_stretches = min(int(audio.duration_s / STRETCH_S), MAX_STRETCHES)
    if n_stretches < 2:
        return ()
    length_s = audio.duration_s / n_stretches
    found = []
    for number in range(n_stretches):
        start_s, end_s = number * length_s, (number + 1) * length_s
        heard = audio.between(max(0.0, end_s - max(HEARD_S, length_s)), end_s)
        estimate = classifier.hear(heard, profile, heard.duration_s).estimate
        found.append(Stretch(round(start_s, 3), round(end_s, 3), estimate))
    return tuple(found)


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
    timeline: tuple[Stretch, ...] = ()
    """How it changed while it was said."""

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
        return Utterance(self.transcript, self.emotion, self.duration_s, timeline=self.timeline)


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

    def understand(self, speech: Speech) -> Segment | None:
        """Return what was said and how, with its timeline, or None where nothing was said.

        The recogniser has a veto: what the detector took for speech was none if there are
        no words in it. It cannot wake the assistant by itself.

        Raises:
            TranscriptionError: the recogniser failed.
            ModelError: the emotion model failed.
            ProfileError: the profile was made for another emotion model.
        """
        segment = self._understood(speech, Stopwatch())
        if segment is None:
            return None
        changes = timeline(self.classifier, speech.audio, self.profile)
        return replace(segment, timeline=changes)

    def _understood(self, speech: Speech, watch: Stopwatch) -> Segment | None:
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
            if (segment := self._understood(speech, watch)) is not None:
                segments.append(segment)
            report(speech.end_s)
        return Analysis(
            round(audio.duration_s, 3), tuple(segments), self._words(segments), watch.timings_ms
        )

    def _words(self, segments: Sequence[Segment]) -> Transcript:
        text = " ".join(segment.transcript.text for segment in segments)
        return Transcript(text, self.transcriber.language, self.transcriber.engine)
