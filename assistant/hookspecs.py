"""The hooks a plugin may implement. Each gets and returns plain values."""

from collections.abc import Sequence

import pluggy

from assistant.values import Reply, Utterance

PROJECT_NAME = "tonewise"

ENTRY_POINT_GROUP = "tonewise.plugins"
"""Where an installed package names its plugins, in its pyproject.toml."""

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)


@hookspec(firstresult=True)
def respond(utterance: Utterance) -> Reply | None:
    """Return a reply to what was said and how, or None to leave it to another plugin.

    ``utterance.emotion`` is None for typed words; ``utterance.emotion.certain`` is
    False where the estimate should not be relied on and None where that is unknown.
    """


@hookspec(firstresult=True)
def phrases() -> Sequence[str]:
    """Return what the plugin waits for, such as ``["lamp on", "lamp off"]``.

    Asked once, when the plugin is loaded. PocketSphinx then hears each of them beside all
    other words, where it is all that is said; ``utterance.transcript.phrase`` names it.
    """
    raise NotImplementedError  # nobody calls a specification
