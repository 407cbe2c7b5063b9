"""Tonewise, the voice assistant that hears how you say it.

The names below are all that a plugin or an embedding program needs.
"""

from assistant.errors import AssistantError
from assistant.hookspecs import hookimpl
from assistant.values import EmotionEstimate, Reply, Style, Transcript, Utterance

__all__ = [
    "AssistantError",
    "EmotionEstimate",
    "Reply",
    "Style",
    "Transcript",
    "Utterance",
    "hookimpl",
]
