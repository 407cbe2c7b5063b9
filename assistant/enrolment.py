"""From neutral sentences to a voice profile: what is a sentence, and what is kept of it."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from assistant.emotion import EmotionClassifier, speech_s
from assistant.endpointing import Endpointer, chunked
from assistant.errors import AudioError
from assistant.features import Levels, clip_levels
from assistant.profiles import VoiceProfile, recipe_key
from assistant.values import Audio

SENTENCES = (
    "The library opens at nine and closes at half past six.",
    "There is a round table between the window and the door.",
    "You can reach the station by bus or on foot in ten minutes.",
)
"""What a person is asked to read: matters that move nobody, about three seconds each."""

MIN_SPEECH_S = 1.0
"""A sentence with less speech than this is too short to tell how a voice sounds, s."""

AT_THE_TOP = 0.98
"""From this share of the loudest sample on, a sample counts as being at the top."""

MOST_AT_THE_TOP = 0.001
"""Share of samples at the top from which a recording counts as clipped. Of 60 acted
sentences at most 0.0005 were there; clipped by 6 dB, at least 0.0023."""


def sentence_levels(stretches: Sequence[Audio], classifier: EmotionClassifier) -> Levels:
    """Return the levels of one neutral sentence, shape ``(n_frames, n_mels)``, dB.

    Args:
        stretches: What was said, without the pauses.
        classifier: The one that is to hear the voice.

    Raises:
        AudioError: it is too short or clipped; the message says what to do.
    """
    recipe = classifier.recipe
    levels = [clip_levels(audio, recipe) for audio in stretches]
    duration_s = sum(speech_s(each, recipe) for each in levels)
    if duration_s < MIN_SPEECH_S:
        raise AudioError(
            f"only {duration_s:.2f} s of speech; say a whole sentence, of at least "
            f"{MIN_SPEECH_S:g} s"
        )
    if any(_is_clipped(audio) for audio in stretches):
        raise AudioError("too loud, so that it was clipped; speak from farther away")
    return np.concatenate(levels)


def levels_in(audio: Audio, endpointer: Endpointer, classifier: EmotionClassifier) -> Levels:
    """Return the levels of all that is said in a recording; see `sentence_levels`."""
    stretches = [speech.audio for speech in endpointer.speeches(chunked(audio))]
    if not stretches:
        raise AudioError("nobody speaks in it; record a sentence in an even voice")
    return sentence_levels(stretches, classifier)


def enrol(
    name: str,
    sentences: Sequence[Levels],
    classifier: EmotionClassifier,
    time: datetime,
    before: VoiceProfile | None = None,
) -> VoiceProfile:
    """Return the profile of a voice.

    Args:
        name: How it is called.
        sentences: Levels of neutral sentences; the mean is over the frames of all.
        classifier: The one that is to hear the voice.
        time: Now.
        before: What was known of the voice; its corrections of the same model are kept.

    Raises:
        ProfileError: the name is not allowed.
    """
    return VoiceProfile(
        name=name,
        band_mean=tuple(np.concatenate(sentences).mean(axis=0, dtype=np.float64).tolist()),
        recipe_key=recipe_key(classifier.recipe),
        enrolled=time.isoformat(timespec="seconds"),
        n_sentences=len(sentences),
        corrections=tuple(
            each
            for each in (before.corrections if before else ())
            if each.model == classifier.sha256
        ),
    )


def _is_clipped(audio: Audio) -> bool:
    """Whether many samples stand at the level of the loudest."""
    levels = np.abs(audio.samples)
    return bool((levels >= AT_THE_TOP * levels.max()).mean() > MOST_AT_THE_TOP)
