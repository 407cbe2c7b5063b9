"""What a model says of clips, kept, so that many questions can be asked of one hearing."""

from dataclasses import dataclass, field
from typing import Protocol

from assistant.emotion import ClipLogits
from assistant.profiles import Impression, VoiceProfile
from assistant.values import Audio, EmotionEstimate


class Judges(Protocol):
    """A classifier in two steps, such as `assistant.emotion.EmotionClassifier`."""

    @property
    def sha256(self) -> str:
        """Which model it is."""

    def logits(self, audio: Audio) -> ClipLogits:
        """Return what the model says of an utterance."""

    def judge(self, heard: ClipLogits, profile: VoiceProfile | None = None) -> Impression:
        """Return what that means in a voice."""


@dataclass
class LogitsKeeper:
    """Classifies with another classifier and keeps the logits of each clip."""

    classifier: Judges
    kept: list[ClipLogits] = field(default_factory=list)
    """In the order of the calls."""

    def classify(self, audio: Audio) -> EmotionEstimate:
        """Return the probability of each emotion, in anybody's voice."""
        heard = self.classifier.logits(audio)
        estimate = self.classifier.judge(heard).estimate
        self.kept.append(heard)
        return estimate
