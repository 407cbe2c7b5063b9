"""RAVDESS as its authors name it: what a file name tells.

S. R. Livingstone, F. A. Russo 2018, doi 10.1371/journal.pone.0196391: seven numbers, such as
``03-01-05-01-02-01-12``: modality, vocal channel, emotion, intensity, statement, repetition
and actor.
"""

import re
from collections.abc import Iterable
from pathlib import PurePath

from assistant.corpora.facts import Facts
from assistant.errors import CorpusError
from assistant.values import EMOTIONS

DUPLICATES = frozenset({"03-01-03-01-02-02-07"})
"""Stems of clips that hold the same sound as another one: actor 7, second take."""

_NAME = re.compile(
    r"(?P<modality>0[123])-(?P<channel>0[12])-(?P<emotion>0[1-8])-(?P<intensity>0[12])"
    r"-(?P<statement>0[12])-(?P<repetition>0[12])-(?P<actor>0[1-9]|1\d|2[0-4])"
)
_AUDIO_ONLY = "03"
_CHANNELS = {"01": "ravdess", "02": "ravdess_song"}
_INTENSITIES = {"01": "normal", "02": "strong"}
_STATEMENTS = {"01": "kids are talking by the door", "02": "dogs are sitting by the door"}


def ravdess_facts(path: PurePath) -> Facts | None:
    """Return what the name of an audio-only file tells; None for any other name."""
    found = _NAME.fullmatch(path.stem)
    if found is None or found["modality"] != _AUDIO_ONLY:
        return None
    return Facts(
        corpus=_CHANNELS[found["channel"]],
        emotion=EMOTIONS[int(found["emotion"]) - 1],
        speaker=f"ravdess-{found['actor']}",
        gender="male" if int(found["actor"]) % 2 else "female",
        intensity=_INTENSITIES[found["intensity"]],
        take=str(int(found["repetition"])),
        language="en",
        transcript=_STATEMENTS[found["statement"]],
        name=path.stem,
    )


def is_ravdess_video(path: PurePath) -> bool:
    """Return whether it is a video, or taken from one: the audio-only files hold its sound."""
    found = _NAME.fullmatch(path.stem)
    return found is not None and found["modality"] != _AUDIO_ONLY


def ravdess_label(stem: str) -> int:
    """Return the index in `EMOTIONS` for a file name without its suffix.

    Raises:
        CorpusError: the name does not have the form of RAVDESS.
    """
    fields = stem.split("-")
    code = fields[2] if len(fields) == 7 else ""
    if code not in {f"{number:02}" for number in range(1, 9)}:
        raise CorpusError(
            f"{stem} is no RAVDESS name; expected seven numbers as in 03-01-05-01-02-01-12"
        )
    return int(code) - 1


def ravdess_speakers(actors: Iterable[int]) -> frozenset[str]:
    """Return the speaker names of actors; speech and song share them."""
    return frozenset(f"ravdess-{actor:02}" for actor in actors)
