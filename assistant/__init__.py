"""Tonewise, the voice assistant that hears how you say it.

The names below are all that a plugin or an embedding program needs.
"""

from assistant.conversation import Conversation, Turn
from assistant.crisis import crisis_reply
from assistant.errors import AssistantError
from assistant.hookspecs import for_emotions, hookimpl
from assistant.plugin_context import Context
from assistant.values import EmotionEstimate, Reply, Stretch, Style, Transcript, Utterance

__all__ = [
    "AssistantError",
    "Context",
    "Conversation",
    "EmotionEstimate",
    "Reply",
    "Stretch",
    "Style",
    "Transcript",
    "Turn",
    "Utterance",
    "crisis_reply",
    "for_emotions",
    "hookimpl",
]
