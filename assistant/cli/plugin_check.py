"""``tonewise plugins check``: what is wrong with a plugin, found by trying it.

It runs in a process of its own, as in a conversation, and what it keeps, it keeps in memory.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from assistant.bundled import bundled
from assistant.cli.findings import Finding, show
from assistant.cli.plugin_source import Located, hook_faults, importable, located
from assistant.cli.terminal import print_json
from assistant.conversation import Conversation
from assistant.errors import AssistantError, PluginError
from assistant.plugin_child import Question
from assistant.plugin_choices import Choices
from assistant.plugin_discovery import NAME, Plugin, find
from assistant.plugin_module import Loaded
from assistant.plugin_process import LOAD_DEADLINE_S, PluginProcess
from assistant.plugin_sections import plugin_sections
from assistant.plugins import MAX_TEXT_CHARACTERS
from assistant.running_plugins import GOODBYE_S, MAX_FAULTS, Board, RunningPlugins, keep_on
from assistant.settings import PluginSettings
from assistant.settings_reading import load, plugin_folder
from assistant.testing import NotingBoard, estimate, seen, utterance
from assistant.values import EMOTIONS, Reply, Stretch, Utterance
from assistant.wire import to_plain

WORDS = "what do you think of this"

SHOWN_CHARACTERS = 60
"""Of a reply; the rest is left out."""


def run(options: argparse.Namespace) -> int:
    """Check the plugins at a path; returns 1 if something is broken.

    Raises:
        PluginError: there is none at the path.
        SettingsError: the settings cannot be read.
    """
    settings = load(options.settings, assignments=options.set).plugins
    sections = plugin_sections(options.settings)
    findings = []
    for found in located(options.path):
        for finding in _findings(found, settings, sections.get(found.plugin.name, {})):
            findings.append(finding)
            if not options.json:
                show(finding)
    if options.json:
        print_json([to_plain(finding) for finding in findings])
    return 1 if any(finding.state == "broken" for finding in findings) else 0


def load_alone(plugin: Plugin, section: Mapping[str, Any]) -> Loaded:
    """Load a plugin and end it again; it is asked nothing, and keeps nothing.

    Args:
        plugin: one that may run; its code is run.
        section: its section of the settings file.

    Raises:
        PluginError: it cannot be loaded; the message says why, without its name.
    """
    faults: list[str] = []
    with _alone(plugin, section, faults.append) as running:
        running.start(lambda process: 0)
        for process in running:
            return process.loaded
    raise PluginError(faults[0])


def _findings(
    found: Located, settings: PluginSettings, section: Mapping[str, Any]
) -> Iterator[Finding]:
    yield _named(found)
    hook_findings = list(hook_faults(found))
    yield from hook_findings
    board = NotingBoard()
    faults: list[str] = []
    with (
        importable(found.root),
        _alone(found.plugin, section, faults.append, board) as running,
    ):
        begin_s = time.monotonic()
        running.start(lambda process: 0)
        took_s = time.monotonic() - begin_s
        for process in running:
            yield _loaded(process, took_s)
            yield from Trial(process, settings).findings()
            yield from _unasked(board)
    is_told = any(finding.name.startswith("hook ") for finding in hook_findings)
    for fault in faults:  # what to write, the hook's own finding says better
        yield Finding("load", "broken", fault.partition("; write ")[0] if is_told else fault)


@contextmanager
def _alone(
    plugin: Plugin,
    section: Mapping[str, Any],
    report: Callable[[str], None],
    board: Board | None = None,
) -> Iterator[RunningPlugins]:
    """Yield one plugin to be started, which keeps what it keeps in memory; end it then.

    ``report`` is told of its faults, without its name.
    """

    def tell(error: PluginError) -> None:
        report(str(error).removeprefix(f"{plugin.name}: "))

    setups = {plugin.name: {"settings": dict(section), "store": ""}}
    running = RunningPlugins([plugin], tell, keep_on, setups, board)
    try:
        yield running
    finally:
        running.stop()


def _named(found: Located) -> Finding:
    name = found.plugin.name
    if not NAME.fullmatch(name):
        return Finding(
            f"plugin {name}",
            "broken",
            "rename it: a name begins with a letter or digit and has letters, digits, '_', "
            "'-' and '.' only",
        )
    for other in find(Choices(), plugin_folder(), bundled("plugins")):
        if other.name == name and not _is_same(found, other):
            return _clash(other)
    return Finding(f"plugin {name}", "fine", str(found.source))


def _is_same(found: Located, other: Plugin) -> bool:
    """Return whether a plugin is the one at the path."""
    if "installed" in (found.plugin.origin, other.origin):
        return found.plugin.location == other.location
    return found.source == Path(other.location).resolve()


def _clash(other: Plugin) -> Finding:
    """Return that another plugin has the name; beside a bundled one it never runs."""
    name = f"plugin {other.name}"
    if other.origin == "bundled":
        detail = f"a plugin {other.name} comes with Tonewise; choose another name"
        return Finding(name, "broken", detail)
    where = f"{other.location} ({other.origin})"
    return Finding(name, "missing", f"{where} has this name, too; only one of them runs")


def _loaded(process: PluginProcess, took_s: float) -> Finding:
    loaded = process.loaded
    detail = f"{took_s:.1f} s of {LOAD_DEADLINE_S:g} s; it has {', '.join(loaded.hooks)}"
    if loaded.phrases:
        detail += f"; phrases: {len(loaded.phrases)}"
    return Finding("load", "fine", detail)


def _unasked(board: NotingBoard) -> Iterator[Finding]:
    """Yield what it wanted without being asked; nothing came of it."""
    if board.announcements:
        first = board.announcements[0]
        in_s = max(0.0, first.due_s - time.time())
        detail = f"it wants {len(board.announcements)} said; first, in {in_s:.0f} s, "
        yield Finding("unasked", "fine", detail + _shown(first.reply.text))
    if board.corrections:
        labels = dict.fromkeys(felt.label for felt in board.corrections)
        yield Finding("corrections", "fine", f"it corrects the voice: {', '.join(labels)}")


def _shown(text: str) -> str:
    if len(text) > SHOWN_CHARACTERS:
        text = text[:SHOWN_CHARACTERS].rstrip() + " ..."
    return f'"{text}"'


class Trial:
    """Asks a plugin this and that, and tells how it does."""

    def __init__(self, process: PluginProcess, settings: PluginSettings) -> None:
        """Take a plugin that is loaded, and how long the assistant waits for it."""
        self._process = process
        self._settings = settings
        self._conversation = Conversation()
        self._has_asked = False
        self._slowest = (0.0, "")
        """How long the slowest answer took, s, and to what."""

    def findings(self) -> Iterator[Finding]:
        """Yield how each hook does, `stop` at last; the plugin has ended then."""
        if self._process.has("respond"):
            yield from self._responses()
            if self._slowest[1]:
                yield self._in_time()
        deadline_s = self._settings.deadline_s
        for hook, calls, limit_s in (
            ("on_emotion", self._emotions(), deadline_s),
            ("adapt", self._replies(), deadline_s),
            ("stop", self._ends(), GOODBYE_S),
        ):
            if self._process.has(hook):
                yield self._tried(hook, calls, limit_s)
        self._process.stop()

    def _responses(self) -> Iterator[Finding]:
        n_faults = 0
        for name, said in self._said():
            finding = self._response(name, said)
            yield finding
            n_faults = n_faults + 1 if finding.state == "broken" else 0
            if n_faults == MAX_FAULTS:
                detail = f"after {MAX_FAULTS} faults in a row it is switched off; asked no more"
                yield Finding("respond", "broken", detail)
                return
        if self._process.loaded.wants_audio:
            sound = next(bundled("recordings").glob("*.wav"))
            heard = utterance(WORDS, "neutral")
            yield self._response("with its sound", heard, audio=str(sound))
        if self._has_asked:
            yield self._response("an answer", utterance("yes please"), is_answer=True)

    def _said(self) -> Iterator[tuple[str, Utterance]]:
        yield "typed", utterance(WORDS)
        for label in EMOTIONS:
            yield label, utterance(WORDS, label)
        changes = Stretch(0.0, 1.0, estimate("calm")), Stretch(1.0, 2.0, estimate("angry"))
        yield "changing", replace(utterance(WORDS, "angry"), timeline=changes)
        yield "no words", utterance("", "neutral")
        half = MAX_TEXT_CHARACTERS // 2
        yield "long words", utterance("x" * half + " words" * (half // 6), "neutral")
        for phrase in self._process.loaded.phrases:
            yield f'"{phrase}"', utterance(phrase, "neutral", phrase=phrase)

    def _response(
        self, name: str, said: Utterance, is_answer: bool = False, audio: str = ""
    ) -> Finding:
        said = seen(said, self._conversation)
        asked_by = self._process.name if is_answer else ""
        question = Question(said, self._conversation, asked_by, audio)
        waits_s = self._settings.deadline_s, self._settings.patience_s
        begin_s = time.monotonic()
        try:
            answered = self._process.respond(question, *waits_s, lambda: None)
            took_s = time.monotonic() - begin_s
            reply = self._process.whole(answered, self._settings.deadline_s)
        except AssistantError as error:
            return Finding(f"respond, {name}", "broken", str(error))
        self._slowest = max(self._slowest, (took_s, name))
        self._conversation = self._conversation.with_turn(said)
        if reply is not None:
            self._has_asked = self._has_asked or reply.asks_s > 0
            self._conversation = self._conversation.answered(reply.text, reply.plugin)
        told = _told(reply) if reply else "nothing"
        return Finding(f"respond, {name}", "fine", f"{1000 * took_s:.0f} ms: {told}")

    def _in_time(self) -> Finding:
        (took_s, name), deadline_s = self._slowest, self._settings.deadline_s
        if took_s <= deadline_s:
            detail = f"{1000 * took_s:.0f} ms at most; plugins.deadline_s is {deadline_s:g} s"
            return Finding("in time", "fine", detail)
        return Finding(
            "in time",
            "missing",
            f"{name}: {took_s:.1f} s; from plugins.deadline_s ({deadline_s:g} s) on the "
            'assistant says "One moment, please"',
        )

    def _tried(
        self, hook: str, calls: Iterator[tuple[str, Callable[[], object]]], limit_s: float
    ) -> Finding:
        n_calls, slowest_s = 0, 0.0
        for name, call in calls:
            begin_s = time.monotonic()
            try:
                call()
            except AssistantError as error:
                return Finding(hook, "broken", f"{name}: {error}")
            n_calls, slowest_s = n_calls + 1, max(slowest_s, time.monotonic() - begin_s)
        times = "once" if n_calls == 1 else f"{n_calls} times"
        detail = f"called {times}, {1000 * slowest_s:.0f} ms at most, of {limit_s:g} s"
        return Finding(hook, "fine", detail)

    def _emotions(self) -> Iterator[tuple[str, Callable[[], object]]]:
        subscription = self._process.loaded.subscription
        assert subscription is not None  # asked where there is the hook
        for label in EMOTIONS:
            emotion = estimate(label, max(0.8, subscription.least_confidence))
            if subscription.takes(emotion):
                question = Question(utterance(WORDS, emotion), self._conversation)
                notice = self._process.notice
                yield label, partial(notice, question, self._settings.deadline_s)

    def _replies(self) -> Iterator[tuple[str, Callable[[], object]]]:
        reply = Reply("The lamp is on.", "lamp")
        for label in (None, *EMOTIONS):
            question = Question(utterance(WORDS, label), self._conversation)
            adapt = self._process.adapt
            yield label or "typed", partial(adapt, reply, question, self._settings.deadline_s)

    def _ends(self) -> Iterator[tuple[str, Callable[[], object]]]:
        yield "at the end", partial(self._process.tell, "stop", True, GOODBYE_S)


def _told(reply: Reply) -> str:
    ends = " (and the next may go on)" if reply.continues else ""
    asks = " (it asks)" if reply.asks_s > 0 else ""
    return f"{_shown(reply.text)}{ends}{asks}"
