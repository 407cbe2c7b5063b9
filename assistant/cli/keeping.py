"""What is kept of a conversation, where the settings ask for it."""

from contextlib import ExitStack

from assistant.cli.notes import print_note
from assistant.cli.terminal import Notify
from assistant.event_log import EventLog
from assistant.events import Event
from assistant.recorder import Recorder
from assistant.settings import LogSettings, RecorderSettings
from assistant.stages import Keeps, keep_nothing


def also_logged(notify: Notify, settings: LogSettings, stack: ExitStack) -> Notify:
    """Return what tells ``notify`` and the log; ``stack`` closes it."""
    if not settings.file:
        return notify
    log = stack.enter_context(EventLog(settings, print_note))

    def notify_both(event: Event) -> None:
        log.note(event)
        notify(event)

    return notify_both


def recorder(settings: RecorderSettings, stack: ExitStack) -> Keeps:
    """Return what is given each sound; ``stack`` closes it.

    Raises:
        SettingsError: the folder cannot be used.
    """
    if not settings.folder:
        return keep_nothing
    return stack.enter_context(Recorder(settings, print_note)).keep
