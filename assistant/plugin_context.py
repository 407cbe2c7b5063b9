"""What a plugin has beside the utterance: its settings, its store, the conversation."""

from dataclasses import dataclass, field
from typing import Any

from assistant.conversation import Conversation
from assistant.plugin_store import Store


@dataclass
class Context:
    """A plugin's own; any of its hooks may take it as the argument ``context``."""

    name: str
    """The plugin's name."""
    settings: Any = None
    """An instance of the plugin's ``Settings``, filled from ``[plugin.NAME]`` of the settings
    file; None where it has none."""
    store: Store = field(default_factory=Store)
    """What it keeps from one start to the next."""
    conversation: Conversation = field(default_factory=Conversation)
    """The turns before this one."""
    is_answer: bool = False
    """Whether what was said follows a question of this plugin, a reply with ``asks_s``."""
