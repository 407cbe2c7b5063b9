"""What was said in the conversations that an event log holds, to be said again."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from assistant.errors import AssistantError, PluginError
from assistant.values import EMOTIONS, EmotionEstimate, Transcript, Utterance
from assistant.wire import from_plain, to_plain

_NOTHING_SAID = cast(Mapping[str, Any], to_plain(Transcript("")))


def replay(log: str | Path) -> Iterator[Utterance]:
    """Yield what was said in the conversations of an event log, the oldest first.

        for said in replay("events.jsonl"):
            print(said.transcript.text, "->", weather.say(said))

    Lines that are no event are passed over, such as one that was half written.

    Args:
        log: the file that the setting ``log.file`` names; those put aside, ``FILE.1`` and so
            on, are read before it.

    Raises:
        PluginError: it cannot be read.
    """
    said: Utterance | None = None
    """What waits for its emotion; None where nothing does."""
    turn: object = None
    for event in _events(Path(log).expanduser()):
        is_its_emotion = event.get("event") == "emotion" and event.get("turn") == turn
        if said is not None:
            yield replace(said, emotion=_emotion(event) if is_its_emotion else None)
        said, turn = _said(event), event.get("turn")
    if said is not None:
        yield said


def _events(log: Path) -> Iterator[Mapping[str, Any]]:
    for file in _files(log):
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise PluginError(f"{file}: cannot be read: {error.strerror}") from error
        for line in lines:
            with contextlib.suppress(ValueError, RecursionError):
                event = json.loads(line)
                if isinstance(event, dict):
                    yield event


def _files(log: Path) -> Sequence[Path]:
    """Return the log and what was put aside of it, the oldest first."""
    aside = [
        (int(number), path)
        for path in log.parent.glob("*")
        if (number := path.name.removeprefix(f"{log.name}.")).isdecimal()
        and path.name != number
    ]
    older = [path for _, path in sorted(aside, reverse=True)]
    # It is not there for the moment in which it is put aside.
    return older if older and not log.exists() else [*older, log]


def _said(event: Mapping[str, Any]) -> Utterance | None:
    """Return what was heard; None for another event, or a damaged one."""
    if event.get("event") != "heard":
        return None
    with contextlib.suppress(AssistantError, LookupError, TypeError):
        fields = {**_NOTHING_SAID, **event["transcript"]}  # an older log may lack some
        transcript = from_plain(Transcript, fields)
        return Utterance(transcript, duration_s=from_plain(float, event["duration_s"]))
    return None


def _emotion(event: Mapping[str, Any]) -> EmotionEstimate | None:
    """Return how it was said; None where the event is damaged."""
    with contextlib.suppress(AssistantError, LookupError, TypeError):
        found = event["emotion"]
        fields = {key: found[key] for key in ("probabilities", "certain")}
        emotion = from_plain(EmotionEstimate, fields)
        return emotion if set(emotion.probabilities) == set(EMOTIONS) else None
    return None
