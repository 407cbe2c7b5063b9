"""What the plugins of a conversation want without being asked, and what is told of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from assistant.announcements import Announcement, Announcements
from assistant.build import found_plugins, open_plugins, open_schedule, plugin_choices
from assistant.cli.notes import print_note
from assistant.errors import AssistantError, PluginError
from assistant.hearing import Transcribes
from assistant.plugin_discovery import announced, unannounced
from assistant.plugins import Plugins
from assistant.settings import PluginSettings


def refuse(label: str, turns_back: int) -> None:
    """Refuse a correction: there is no voice."""
    raise PluginError("there is nothing to correct: nobody speaks")


class Board:
    """Takes announcements, which wait in a schedule, and corrections; a context manager."""

    def __init__(
        self, announcements: Announcements, report: Callable[[PluginError], None]
    ) -> None:
        """Describe it.

        Args:
            announcements: where goes what is due.
            report: told of whatever a plugin or its announcements do wrong.
        """
        self._report = report
        self.on_reloaded: Callable[[], None] = lambda: None
        """Called when another version of a plugin runs: it may wait for other phrases."""
        self._schedule = open_schedule(announcements.put, report)
        self.correct: Callable[[str, int], None] = refuse
        """Keeps how the person felt so many utterances ago; raises AssistantError."""

    def __enter__(self) -> Self:
        self._schedule.__enter__()
        running = [plugin.name for plugin in found_plugins() if plugin.is_enabled]
        self._schedule.keep_only(running)
        return self

    def __exit__(self, *error: object) -> None:
        self._schedule.__exit__(*error)

    def open_plugins(self, settings: PluginSettings, path: Path | None) -> Plugins:
        """Return the plugins, which are not started yet; tell of new ones.

        Raises:
            PluginError: which may run cannot be read or kept.
            SettingsError: the settings file cannot be read.
        """
        new = unannounced(plugin_choices().read(), found_plugins())
        for plugin in new:
            enable = f"`tonewise plugins enable {plugin.name}` lets it run"
            print_note(f"new plugin {plugin.name}; {enable}")
        if new:
            plugin_choices().change(lambda was: announced(was, new))
        return open_plugins(settings, self._report, path, self)

    def add(self, announcement: Announcement) -> None:
        """Have it said when it is due; raises PluginError where there are too many."""
        self._schedule.add(announcement)

    def cancel(self, plugin: str, key: str) -> None:
        """Forget one."""
        self._schedule.cancel(plugin, key)

    def reloaded(self, plugin: str) -> None:
        """Tell that the plugin runs as it was saved."""
        print_note(f"{plugin} was saved and runs anew")
        self.on_reloaded()


def listen_for(
    phrases: Sequence[str], transcriber: Transcribes, warn: Callable[[AssistantError], None]
) -> None:
    """Listen for what plugins wait for; all other words are heard if that fails."""
    try:
        transcriber.listen_for(phrases)
    except AssistantError as error:
        warn(error)
