"""The words in what was understood, and whether anything was said at all."""

import re

from assistant.values import Transcript

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

SHORTEST_MS = 192
"""Less of a voice is no word. flite says "up" in 190 to 220 ms and "stop" in 260 to 380."""

SHORT_S = 0.4
"""Less of a voice must be one of `SHORT_WORDS`, in English, s. In noises that are taken for a
voice PocketSphinx hears "and it", "the egg" or "who" (ESC-10: of 400, 33 have as much as
`SHORTEST_MS`, and 10 are left)."""

SHORT_WORDS = frozenset({
    "yes", "no", "yeah", "yep", "nope", "okay", "ok", "sure", "right", "left", "up", "down",
    "go", "stop", "quiet", "wait", "next", "back", "more", "less", "again", "help", "mute",
    "pause", "play", "on", "off", "start", "done", "hi", "hello", "hey", "bye", "thanks",
    "please", "sorry", "why", "how", "zero", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten",
})  # fmt: skip
"""What people say alone and in a moment."""


STOP_WORDS = frozenset({
    "stop", "stop it", "stop that", "stop talking", "be quiet", "quiet", "never mind",
    "nevermind",
})  # fmt: skip
"""What ends a reply and a question, and is not answered; no plugin can take it away."""


def plain_words(text: str) -> list[str]:
    """Return the words as they are compared: in small letters, without punctuation.

    Apostrophes are straight: "Don’t!" is "don't".
    """
    return [match.group().lower() for match in WORD.finditer(text.replace("’", "'"))]


def is_stop(text: str) -> bool:
    """Return whether these words are for the assistant itself: that it be silent."""
    return " ".join(plain_words(text)) in STOP_WORDS


def is_said(transcript: Transcript, detected_s: float, min_speech_s: float) -> bool:
    """Return whether what was understood was said; a sneeze is as short as a "no".

    Args:
        transcript: what was understood.
        detected_s: for how long there was a voice, s.
        min_speech_s: less of it must be a short word in any language, s.
    """
    is_english = transcript.language.casefold().startswith("en")
    if transcript.phrase or detected_s >= max(min_speech_s, SHORT_S if is_english else 0):
        return bool(transcript.text)
    words = plain_words(transcript.text)
    return len(words) == 1 and words[0] in SHORT_WORDS
