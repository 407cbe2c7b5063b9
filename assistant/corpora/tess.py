"""TESS as its authors name it: what a file name tells.

M. K. Pichora-Fuller, K. Dupuis 2020, doi 10.5683/SP2/E8H2MF: actress, word and emotion, such
as ``OAF_back_angry``: the older (64 years) or younger (26) actress says "say the word back".
"""

import re
from pathlib import PurePath

from assistant.corpora.facts import Facts

# One file is published as OA_bite_neutral: it is the older actress's.
_NAME = re.compile(r"(?P<actress>OAF?|YAF)_(?P<word>[a-z]+)_(?P<emotion>[a-z]+)", re.IGNORECASE)
_ACTRESSES = {"oa": "oaf", "oaf": "oaf", "yaf": "yaf"}
_EMOTIONS = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fearful",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "surprised",  # pleasant surprise
    "sad": "sad",
}


def tess_facts(path: PurePath) -> Facts | None:
    """Return what the name of a file tells; None for a name of another form."""
    found = _NAME.fullmatch(path.stem)
    emotion = found and found["emotion"].lower()
    if not found or emotion not in _EMOTIONS:
        return None
    actress, word = _ACTRESSES[found["actress"].lower()], found["word"].lower()
    return Facts(
        corpus="tess",
        emotion=_EMOTIONS[emotion],
        speaker=f"tess-{actress}",
        gender="female",
        language="en",
        transcript=f"say the word {word}",
        name=f"{actress}_{word}_{emotion}",
    )
