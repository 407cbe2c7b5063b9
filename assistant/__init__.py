"""Tonewise, the voice assistant that hears how you say it.

The names below are all that a plugin or an embedding program needs.
"""

from assistant.conversation import Conversation, Turn
from assistant.errors import AssistantError
from assistant.hookspecs import for_emotions, hookimpl
from assistant.plugin_context import Context
from assistant.values import EmotionEstimate, Reply, Style, Transcript, Utterance

__all__ = [
    "AssistantError",
    "Context",
    "Conversation",
    "EmotionEstimate",
    "Reply",
    "Style",
    "Transcript",
    "Turn",
    "Utterance",
    "for_emotions",
    "hookimpl",
]
