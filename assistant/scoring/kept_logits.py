"""What a model says of clips, kept, so that many questions can be asked of one hearing."""

import math
from dataclasses import dataclass, field
from typing import Protocol

from assistant.emotion import ClipLogits
from assistant.endpointing import Endpointer
from assistant.profiles import Impression, VoiceProfile
from assistant.values import Audio, EmotionEstimate


class Judges(Protocol):
    """A classifier in two steps, such as `assistant.emotion.EmotionClassifier`."""

    @property
    def sha256(self) -> str:
        """Which model it is."""

    def logits(self, audio: Audio, voiced_s: float = math.inf) -> ClipLogits:
        """Return what the model says of an utterance with so much voice in it."""

    def judge(self, heard: ClipLogits, profile: VoiceProfile | None = None) -> Impression:
        """Return what that means in a voice."""


@dataclass
class LogitsKeeper:
    """Classifies with another classifier and keeps the logits of each clip."""

    classifier: Judges
    endpointer: Endpointer | None = None
    """Cuts out the part in which somebody speaks, as in a conversation; None: all is heard."""
    n_unvoiced: int = 0
    """Clips in which it found nobody who speaks; these too are heard from end to end."""
    kept: list[ClipLogits] = field(default_factory=list)
    """In the order of the calls."""

    def classify(self, audio: Audio) -> EmotionEstimate:
        """Return the probability of each emotion, in anybody's voice."""
        heard = self._logits(audio)
        estimate = self.classifier.judge(heard).estimate
        self.kept.append(heard)
        return estimate

    def _logits(self, audio: Audio) -> ClipLogits:
        if self.endpointer is None:
            return self.classifier.logits(audio)
        if (speech := self.endpointer.spoken_part(audio)) is None:
            self.n_unvoiced += 1
            return self.classifier.logits(audio)
        return self.classifier.logits(speech.audio, speech.voiced_s)
