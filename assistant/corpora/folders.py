"""Recordings sorted into folders by emotion: what the folders tell.

``happy/1.wav``, ``anna/happy/1.wav`` and ``happy/anna/1.wav`` are understood.
"""

import re
from pathlib import PurePath

from assistant.corpora.facts import Facts

_WORDS = {
    "neutral": ("neutral", "neutrality"),
    "calm": ("calm", "calmness", "relaxed"),
    "happy": ("happy", "happiness", "joy", "joyful"),
    "sad": ("sad", "sadness"),
    "angry": ("angry", "anger"),
    "fearful": ("fearful", "fear", "afraid", "scared"),
    "disgust": ("disgust", "disgusted"),
    "surprised": (
        "surprised", "surprise", "pleasant surprise", "pleasantly surprised",
        "pleasant surprised", "ps",
    ),
}  # fmt: skip
_EMOTION_OF = {word: emotion for emotion, words in _WORDS.items() for word in words}

_NOT_SPEAKERS = frozenset({
    "train", "training", "val", "valid", "validation", "dev", "test", "testing", "data",
    "dataset", "audio", "wav", "wavs", "clips", "recordings", "sounds", "speech",
})  # fmt: skip


def named_emotion(word: str) -> str | None:
    """Return the emotion that a word such as ``Anger`` is a name of; None if of none."""
    return _EMOTION_OF.get(word.strip().casefold())


def folder_emotion(name: str) -> str | None:
    """Return the emotion that a folder is named for, such as ``01_Anger``; None if none."""
    return named_emotion(re.sub(r"[\W\d_]+", " ", name))


def folder_facts(path: PurePath) -> Facts | None:
    """Return what the folders of a relative path tell; None where they name no one emotion.

    The speaker is the folder over the one of the emotion, or else the one below it. Names
    such as ``train`` or ``audio`` are nobody's.
    """
    folders = path.parts[:-1]
    emotions = [folder_emotion(name) for name in folders]
    named = {emotion for emotion in emotions if emotion}
    if len(named) != 1:
        return None
    (emotion,) = named
    at = emotions.index(emotion)
    around = [*reversed(folders[:at]), *folders[at + 1 :]]
    people = [
        name.casefold()
        for name in around
        if not folder_emotion(name) and name.casefold() not in _NOT_SPEAKERS
    ]
    speaker = f"folders-{people[0]}" if people else ""
    return Facts(corpus="folders", emotion=emotion, speaker=speaker)
