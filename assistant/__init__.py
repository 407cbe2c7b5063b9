"""Tonewise, the voice assistant that hears how you say it.

The names below are all that most plugins and embedding programs need. Beside them plugins may
use `assistant.spoken_times` and `assistant.understood_times`, how times are said and what is
meant, `assistant.sentences`, and `assistant.streamed_text`, sentences of a text that comes in
pieces.
"""

from assistant.conversation import Conversation, Turn
from assistant.crisis import crisis_reply
from assistant.errors import AssistantError
from assistant.hookspecs import for_emotions, hookimpl
from assistant.plugin_context import Context
from assistant.values import EmotionEstimate, Reply, Stretch, Style, Transcript, Utterance
from assistant.wordings import Wordings
from assistant.words import plain_words
from assistant.yes_no import is_no, is_yes

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
    "Wordings",
    "crisis_reply",
    "for_emotions",
    "hookimpl",
    "is_no",
    "is_yes",
    "plain_words",
]
