"""The hooks a plugin may implement. Each gets and returns plain values.

A hook takes those of its arguments that it names. Only `respond` is needed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pluggy

from assistant.errors import PluginError
from assistant.plugin_context import Context
from assistant.values import EMOTIONS, EmotionEstimate, Reply, Utterance

PROJECT_NAME = "tonewise"

ENTRY_POINT_GROUP = "tonewise.plugins"
"""Where an installed package names its plugins, in its pyproject.toml."""

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)


@hookspec(firstresult=True)
def respond(
    utterance: Utterance, context: Context
) -> Reply | str | Iterator[Reply | str] | None:
    """Return a reply to what was said and how, or None to leave it to another plugin.

    May yield it sentence by sentence instead: the first is spoken while the next is made, and
    the deadline holds for the first. Any part may be a question. Who interrupts the answer
    closes the generator.
    """


@hookspec(firstresult=True)
def phrases(context: Context) -> Sequence[str]:
    """Return what the plugin waits for, such as ``["lamp on", "lamp off"]``.

    Asked once, when the plugin is loaded. Where one is all that was said, this plugin is
    asked before others of its rank, and ``utterance.transcript.phrase`` is that phrase.
    PocketSphinx then listens for it too, beside all other words.
    """
    raise NotImplementedError  # nobody calls a specification


@hookspec(firstresult=True)
def on_emotion(utterance: Utterance, emotion: EmotionEstimate, context: Context) -> None:
    """Take note of how something was said, after it was answered, whoever answered.

    Called for each utterance with a voice, or for those that `for_emotions` above it names.
    """


@hookspec(firstresult=True)
def adapt(
    reply: Reply, emotion: EmotionEstimate | None, utterance: Utterance, context: Context
) -> Reply | str | None:
    """Return a reply of any plugin in other words or another manner, or None to leave it.

    Of one that comes sentence by sentence it is given each part, when that comes.
    """


@hookspec(firstresult=True)
def start(context: Context) -> None:
    """Get ready. Called once, when the plugin is loaded."""


@hookspec(firstresult=True)
def stop(context: Context) -> None:
    """Clean up. Called at the end of the program, which waits a second for it."""


HOOKS = (respond, phrases, on_emotion, adapt, start, stop)
"""In the order in which they are documented."""

Hook = TypeVar("Hook", bound=Callable[..., None])


@dataclass(frozen=True)
class Subscription:
    """Which estimates `on_emotion` is called for."""

    labels: tuple[str, ...] = EMOTIONS
    least_confidence: float = 0.0
    """0 to 1."""

    def takes(self, emotion: EmotionEstimate) -> bool:
        """Return whether the estimate is one of them."""
        return emotion.label in self.labels and emotion.confidence >= self.least_confidence


def for_emotions(*labels: str, least_confidence: float = 0.0) -> Callable[[Hook], Hook]:
    """Have `on_emotion`, which is written below this, called for these emotions only.

    Args:
        labels: some of `EMOTIONS`; none for all.
        least_confidence: of the estimate, 0 to 1.

    Raises:
        PluginError: a label or the confidence is none.
    """
    for label in labels:
        if label not in EMOTIONS:
            raise PluginError(f"{label!r} is no emotion; there are {', '.join(EMOTIONS)}")
    if not 0 <= least_confidence <= 1:
        raise PluginError(f"least_confidence must be 0 to 1, got {least_confidence}")
    subscription = Subscription(labels or EMOTIONS, least_confidence)

    def subscribed(hook: Hook) -> Hook:
        hook.subscription = subscription  # type: ignore[attr-defined]
        return hook

    return subscribed
