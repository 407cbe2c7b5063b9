"""Hold a conversation from a program of one's own, with its plugins, on recordings.

    python examples/embed_assistant.py RECORDING...

What happens comes as events; `assistant.events` has them all.
"""

import sys
from pathlib import Path

from assistant.announcements import Announcements
from assistant.build import open_hearing, open_plugins
from assistant.events import EmotionHeard, Event, Heard, Replied
from assistant.pipeline import Assistant
from assistant.settings_reading import load
from assistant.sources import from_recordings
from assistant.voice import Mute


def show(event: Event) -> None:
    """Print the events that this program is about."""
    match event:
        case Heard():
            print(f"heard: {event.transcript.text}")
        case EmotionHeard():
            print(f"emotion: {event.emotion.label}")
        case Replied():
            print(f"reply: {event.reply.text}")


def main(*paths: str) -> None:
    """Answer what is said in the recordings."""
    settings = load()
    with (
        open_hearing(settings) as hearing,
        open_plugins(settings.plugins, report=print) as plugins,
    ):
        # `assistant.voice.Voice` would speak; here the replies are only shown.
        assistant = Assistant(hearing, plugins, Mute(), show)
        said = from_recordings(
            map(Path, paths), hearing.endpointer, 600.0, print, print, Announcements()
        )
        assistant.converse(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
