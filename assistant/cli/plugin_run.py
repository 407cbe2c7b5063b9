"""``tonewise plugins run``: one turn with a plugin alone, shown and spoken."""

import argparse
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from assistant.answer import Answer
from assistant.cli.ends import open_ends, open_voice
from assistant.cli.notes import print_note
from assistant.cli.plugin_source import Located, importable, located
from assistant.cli.run import Deaf
from assistant.cli.terminal import Notify, Screen, print_event
from assistant.conversation import Conversation
from assistant.devices import check_sound
from assistant.errors import PluginError
from assistant.events import Event, Replied
from assistant.pipeline import KEYBOARD, Assistant, Said
from assistant.plugin_sections import plugin_sections
from assistant.plugins import Plugins, wait
from assistant.running_plugins import keep_on
from assistant.sentiment import WordSentiment
from assistant.settings import PluginSettings
from assistant.settings_reading import load
from assistant.testing import NotingBoard, utterance
from assistant.values import Audio, Utterance


def run(options: argparse.Namespace) -> int:
    """Hold the turn; returns 1 if the plugin says nothing, or if something failed.

    Raises:
        PluginError: there is no plugin at the path, or it cannot be loaded.
        SettingsError: the settings cannot be read.
        AudioError: the folder for the reply cannot be made.
    """
    settings = load(options.settings, assignments=options.set)
    words = " ".join(options.text.split())
    said = utterance(words, options.emotion, options.confidence)
    with ExitStack() as stack:
        alone = _open(located(options.path), settings.plugins, options.settings, stack)
        ends = open_ends(settings.audio, False, stack)
        screen = _Watched(print_event if options.json else _screen())
        assistant = Assistant(
            Deaf(),
            alone,
            open_voice(options.replies, settings, ends, check_sound, stack),
            screen.notify,
            manner=settings.manner,
            sentiment=WordSentiment().rate,
        )
        assistant.converse([Said(said, KEYBOARD)], max_turns=1)
        alone.wait_until_told()
        for fault in alone.faults:
            assistant.fail(fault)
        if not screen.has_reply and not assistant.n_errors:
            assistant.fail(
                PluginError("no plugin is asked this: it has no words, or ends a reply")
            )
    _note_unasked(alone.board)
    return 1 if assistant.n_errors else 0


class Alone(Plugins):
    """The plugins of one path, which keep what they keep in memory, and must answer."""

    def __init__(
        self, found: Sequence[Located], settings: PluginSettings, path: Path | None
    ) -> None:
        """Take the plugins; raises SettingsError where the settings file cannot be read.

        Args:
            found: the plugins.
            settings: how long they may take.
            path: the settings file; None for the person's own.
        """
        self.faults: list[PluginError] = []
        """What they did wrong."""
        self.board = NotingBoard()
        sections = plugin_sections(path)
        plugins = [each.plugin for each in found]
        setups = {
            plugin.name: {"settings": sections.get(plugin.name, {}), "store": ""}
            for plugin in plugins
        }
        super().__init__(plugins, settings, self.faults.append, keep_on, setups, self.board)
        self._until_told_s = settings.deadline_s

    def respond(
        self,
        utterance: Utterance,
        conversation: Conversation = Conversation(),
        on_slow: Callable[[], None] = wait,
        audio: Audio | None = None,
    ) -> Answer:
        """Return the answer.

        Raises:
            PluginError: there is none; the message says why.
        """
        answer = super().respond(utterance, conversation, on_slow, audio)
        if answer is not None:
            return answer
        if self.faults:
            raise self.faults.pop(0)
        raise PluginError(f"{', '.join(self.names)}: says nothing to this")

    def wait_until_told(self) -> None:
        """Return when those that want to know of the emotion have been told."""
        is_told = threading.Event()
        self.afterwards(is_told.set)
        is_told.wait(len(self.names) * self._until_told_s + 1)


def _open(
    found: Sequence[Located], settings: PluginSettings, path: Path | None, stack: ExitStack
) -> Alone:
    """Return the plugins, started; raises the PluginError of those that cannot be."""
    for each in found:
        stack.enter_context(importable(each.root))
    alone = stack.enter_context(Alone(found, settings, path))
    if not alone.names:
        raise alone.faults[0]
    return alone


class _Watched:
    """Passes events on, and notes whether a reply was among them."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self.has_reply = False

    def notify(self, event: Event) -> None:
        self.has_reply = self.has_reply or isinstance(event, Replied)
        self._notify(event)


def _screen() -> Notify:
    return Screen(Console(highlight=False), "").show


def _note_unasked(board: NotingBoard) -> None:
    """Tell what the plugin wanted without being asked; nothing comes of it."""
    for each in board.announcements:
        in_s = max(0.0, each.due_s - time.time())
        print_note(f"it would say in {in_s:.0f} s: {each.reply.text}")
    for felt in board.corrections:
        print_note(f"it would correct the voice: {felt.label}")
