"""What the speech encoder hears of each rendition, in time with the rendition's features."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from assistant.training.renditions import Rendition
from assistant.training.speech_encoder import N_BLOCKS, Frames, loaded_encoder
from assistant.training.whisper_weights import SHA256

VERSION = 1
"""Counts changes of what is made here: frames of another version are made anew."""


@dataclass(frozen=True)
class Encoded:
    """The speech of a rendition as the encoder hears it: undisturbed, though it is not."""

    rendition: Rendition
    encoder: Path | None = None
    """Folder of the weights; see `assistant.training.whisper_weights.encoder_weights`."""

    @property
    def name(self) -> str:
        """SHA-256 of all that the frames follow from."""
        made_of = f"{self.rendition.name} {SHA256} {N_BLOCKS} {VERSION}"
        return hashlib.sha256(made_of.encode()).hexdigest()

    def features(self) -> Frames:
        """Return a frame for each 40 ms, ``(n_frames, 512)``.

        Raises:
            TrainingError: the recording cannot be used or the weights are not there.
        """
        encoder = loaded_encoder(self.encoder)
        with self.rendition.mapped_errors():
            return encoder(self.rendition.undisturbed().samples)
