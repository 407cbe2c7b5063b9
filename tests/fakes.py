"""Stages that satisfy the pipeline's protocols and note what they were given."""

from dataclasses import dataclass, field

import numpy as np

from assistant.answer import Answer
from assistant.errors import AssistantError
from assistant.profiles import Impression
from assistant.values import EMOTIONS, Audio, EmotionEstimate, Reply, Transcript


def estimate(label="happy", confidence=0.65, certain=None):
    """An estimate of that label; the rest is shared evenly."""
    others = (1 - confidence) / (len(EMOTIONS) - 1)
    return EmotionEstimate(
        {name: confidence if name == label else others for name in EMOTIONS}, certain
    )


def tone(duration_s=1.0, frequency_hz=440.0, amplitude=0.5, sample_rate=16_000):
    time_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    return Audio(amplitude * np.sin(2 * np.pi * frequency_hz * time_s), sample_rate)


@dataclass
class LoudnessDetector:
    """Takes whatever is loud for speech, and forgets nothing that matters."""

    n_resets: int = 0

    def speech_probability(self, chunk):
        return float(min(1.0, np.abs(chunk).max() * 2))

    def reset(self):
        self.n_resets += 1


@dataclass
class FakeTranscriber:
    """Hears the same words each time, or raises."""

    text: str = "hello"
    error: AssistantError | None = None
    engine: str = "fake"
    language: str = "en-US"
    heard: list = field(default_factory=list)
    is_closed: bool = False

    def transcribe(self, audio):
        self.heard.append(audio)
        if self.error:
            raise self.error
        return Transcript(self.text, self.language, self.engine)

    def close(self):
        self.is_closed = True


@dataclass
class FakeDictation:
    """Hears what it is told to, or raises; notes what was asked of it."""

    text: str = "hello"
    error: AssistantError | None = None
    calls: list = field(default_factory=list)
    fed: list = field(default_factory=list)

    def feed(self, samples):
        self.fed.append(samples)

    def pause(self):
        self.calls.append("pause")

    def resume(self):
        self.calls.append("resume")

    def end(self):
        self.calls.append("end")
        if self.error:
            raise self.error
        return Transcript(self.text, "en-US", "fake")

    def drop(self):
        self.calls.append("drop")


@dataclass
class FakeDictates:
    """Opens its dictations in turn, the last one again and again; an error is raised."""

    dictations: list = field(default_factory=lambda: [FakeDictation()])
    n_opened: int = 0

    def dictation(self):
        opened = self.dictations[min(self.n_opened, len(self.dictations) - 1)]
        self.n_opened += 1
        if isinstance(opened, AssistantError):
            raise opened
        return opened


@dataclass
class FakeClassifier:
    """Gives its estimates in turn."""

    estimates: list = field(default_factory=lambda: [estimate()])
    heard: list = field(default_factory=list)
    profiles: list = field(default_factory=list)
    voiced_s: list = field(default_factory=list)

    def classify(self, audio):
        self.heard.append(audio)
        return self.estimates[(len(self.heard) - 1) % len(self.estimates)]

    def hear(self, audio, profile, voiced_s):
        self.profiles.append(profile)
        self.voiced_s.append(voiced_s)
        heard = self.classify(audio)
        probabilities = tuple(heard.probabilities.values())
        return Impression(heard, probabilities, probabilities, "fake")


@dataclass
class FakeResponder:
    """Repeats the words, or gives what it was told to."""

    reply: Reply | None = None
    error: AssistantError | None = None
    is_silent: bool = False
    asked: list = field(default_factory=list)
    conversations: list = field(default_factory=list)
    sounds: list = field(default_factory=list)
    more: tuple = ()
    is_slow: bool = False
    calls: list = field(default_factory=list)

    def respond(self, utterance, conversation, on_slow, audio):
        self.asked.append(utterance)
        self.sounds.append(audio)
        self.conversations.append(conversation)
        if self.is_slow:
            on_slow()
            on_slow()
        if self.error:
            raise self.error
        if self.is_silent:
            return None
        reply = self.reply or Reply(f"You said {utterance.transcript.text}", "echo")
        return Answer(reply, iter(self.more), lambda: self.calls.append("close"))

    def spoken(self):
        self.calls.append("spoken")
        return self.reply.asks_s if self.reply else 0.0

    def note_question(self, reply):
        self.calls.append(f"note_question {reply.text}")

    def drop_question(self):
        self.calls.append("drop_question")


@dataclass
class FakeSynthesizer:
    """Renders a tone, longer for longer text."""

    rendered: list = field(default_factory=list)

    def render(self, text, style):
        self.rendered.append((text, style))
        return tone(0.01 * len(text), sample_rate=22_050)

    def stop(self):
        pass


@dataclass
class FakeLoudspeaker:
    """Keeps the parts of each reply that was played."""

    played: list = field(default_factory=list)

    def play_parts(self, parts, sounding):
        self.played.append(list(parts))
        sounding()
        return True

    def stop(self):
        pass


@dataclass
class FakeMicrophone:
    """Delivers chunks of a recording over and over; notes when it was told to discard."""

    audio: Audio
    n_discards: int = 0

    def chunks(self):
        from assistant.endpointing import chunked

        while True:
            yield from chunked(self.audio)

    def discard(self):
        self.n_discards += 1
