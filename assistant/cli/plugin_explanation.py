"""``tonewise plugins explain``: which plugin would answer, and why."""

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.build import open_rehearsal
from assistant.cli.notes import print_note
from assistant.cli.terminal import print_json
from assistant.plugin_order import Verdict, Why
from assistant.settings_reading import load
from assistant.testing import utterance
from assistant.values import Reply
from assistant.wire import to_plain
from assistant.words import is_stop

REASONS: dict[Why, str] = {
    "tryfirst": "wants to be asked first",
    "its question": "had asked",
    "its phrase": "waits for these words",
    "its turn": "by name, or plugins.order",
    "trylast": "wants to be asked last",
}


def run(options: argparse.Namespace) -> int:
    """Ask them, and show a row for each; returns 1 if nobody answers."""
    settings = load(options.settings, assignments=options.set).plugins
    if not options.words.strip() or is_stop(options.words):
        return _tell_that_nobody_is_asked(options.json)
    said = utterance(options.words, options.emotion, options.confidence)
    faults: list[str] = []
    with open_rehearsal(
        settings, lambda error: faults.append(str(error)), options.settings
    ) as plugins:
        verdicts = list(plugins.explain(said))
    if options.json:
        print_json({"asked": [to_plain(each) for each in verdicts], "faults": faults})
    else:
        _show(verdicts)
        for fault in faults:
            print_note(fault)
    return 0 if any(verdict.reply for verdict in verdicts) else 1


def _tell_that_nobody_is_asked(as_json: bool) -> int:
    if as_json:
        print_json({"asked": [], "faults": []})
    print_note("no plugin is asked this: it has no words, or ends a reply")
    return 1


def _show(verdicts: list[Verdict]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("asked", "plugin", "why then", "says"):
        table.add_column(heading, overflow="fold")
    for number, verdict in enumerate(verdicts, 1):
        place = f"{number}" if verdict.is_asked else "no"
        table.add_row(place, verdict.name, REASONS[verdict.why], _outcome(verdict))
    Console(highlight=False).print(table)


def _outcome(verdict: Verdict) -> Text:
    if not verdict.is_asked:
        return Text("somebody has answered", "dim")
    if verdict.reply is None:
        return Text("nothing", "dim")
    return Text(_told(verdict.reply), "green")


def _told(reply: Reply) -> str:
    ends = " (and the next may go on)" if reply.continues else ""
    return f"{reply.text}{ends}"
