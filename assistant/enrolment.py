"""From neutral sentences to a voice profile: what is a sentence, and what is kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from assistant.emotion import EmotionClassifier
from assistant.endpointing import Endpointer, chunked
from assistant.errors import AudioError
from assistant.profiles import VoiceProfile
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


@dataclass(frozen=True)
class NeutralSentence:
    """What is kept of one neutral sentence."""

    logits: tuple[float, ...]
    """What the model makes of it: the mean over its stretches, weighted by their length."""
    speech_s: float
    """How much speech it is, s."""


def neutral_sentence(
    stretches: Sequence[Audio], classifier: EmotionClassifier
) -> NeutralSentence:
    """Return what the model makes of one neutral sentence.

    Args:
        stretches: What was said, without the pauses.
        classifier: The one that is to hear the voice.

    Raises:
        AudioError: it is too short or clipped; the message says what to do.
        ModelError: the model does not run.
    """
    heard = [classifier.logits(audio) for audio in stretches]
    durations_s = [each.speech_s for each in heard]
    if sum(durations_s) < MIN_SPEECH_S:
        raise AudioError(
            f"only {sum(durations_s):.2f} s of speech; say a whole sentence, of at least "
            f"{MIN_SPEECH_S:g} s"
        )
    if any(_is_clipped(audio) for audio in stretches):
        raise AudioError("too loud, so that it was clipped; speak from farther away")
    logits = np.average([each.mean for each in heard], axis=0, weights=durations_s)
    return NeutralSentence(tuple(logits.tolist()), sum(durations_s))


def sentence_in(
    audio: Audio, endpointer: Endpointer, classifier: EmotionClassifier
) -> NeutralSentence:
    """Return what the model makes of all that is said in a recording.

    Raises:
        AudioError: nobody speaks in it, or see `neutral_sentence`.
        ModelError: the model does not run.
    """
    stretches = [speech.audio for speech in endpointer.speeches(chunked(audio))]
    if not stretches:
        raise AudioError("nobody speaks in it; record a sentence in an even voice")
    return neutral_sentence(stretches, classifier)


def enrol(
    name: str,
    sentences: Sequence[NeutralSentence],
    classifier: EmotionClassifier,
    time: datetime,
    before: VoiceProfile | None = None,
) -> VoiceProfile:
    """Return the profile of a voice.

    Args:
        name: How it is called.
        sentences: At least one; each counts the same, however long it is.
        classifier: The one that heard them and is to hear the voice.
        time: Now.
        before: What was known of the voice; its corrections of the same model are kept.

    Raises:
        ProfileError: the name is not allowed, or the model knows no neutral voices to
            compare with.
    """
    classifier.neutral_reference()
    return VoiceProfile(
        name=name,
        neutral_logits=tuple(np.mean([each.logits for each in sentences], axis=0).tolist()),
        model=classifier.sha256,
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
