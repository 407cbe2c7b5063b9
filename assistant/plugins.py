"""Asks the plugins for a reply, each in a child process of its own.

A plugin that fails costs its own reply and nothing else. This guards against faults,
not against malice: a plugin still has the rights of the person who enabled it.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self

from assistant.answer import Answer
from assistant.conversation import Conversation
from assistant.errors import PluginError
from assistant.file_watch import FileWatch
from assistant.heard_sound import HeardSound
from assistant.pipes import Message
from assistant.plugin_child import Answered, Question
from assistant.plugin_discovery import Plugin
from assistant.plugin_order import Place, Verdict, in_turn, is_final, joined
from assistant.plugin_process import MAX_REPLY_CHARACTERS, PluginProcess, cleaned
from assistant.running_plugins import Board, RunningPlugins, keep_on
from assistant.settings import PluginSettings
from assistant.values import Audio, Reply, Utterance

MAX_TEXT_CHARACTERS = 60_000
"""Longest text that plugins are given, over an hour of speech. Twelve bytes each, the most
that JSON needs for a character, and the conversation before it still fit
`assistant.child.MAX_LINE_BYTES`."""


def wait() -> None:
    """Say nothing meanwhile."""


class Plugins:
    """The running plugins, asked one after another until one gives a final reply.

    First those marked ``tryfirst``, of which the bundled ones come first; then the one that
    asked the last question; then those that wait for the phrase that was said; then the
    others, and at last those marked ``trylast``, of which the bundled ones come last. Among
    equals the settings' order decides, then the name.
    """

    def __init__(
        self,
        plugins: Sequence[Plugin],
        settings: PluginSettings,
        report: Callable[[PluginError], None],
        switch_off: Callable[[str, str], None] = keep_on,
        setups: Mapping[str, Message] | None = None,
        board: Board | None = None,
    ) -> None:
        """Take note of the plugins; nothing is started yet.

        Args:
            plugins: as in `RunningPlugins`, like those that follow here.
            settings: how long they may take, and in which order they are asked.
            report: told of each fault, in whichever thread finds it.
            switch_off: told of a plugin that is not to be started again.
            setups: what each is loaded with.
            board: takes what they want without being asked.
        """
        self._found = plugins
        self._watch: FileWatch | None = None
        self._settings = settings
        self._running = RunningPlugins(plugins, report, switch_off, setups, board)
        self._sound = HeardSound()
        self._turn = threading.Lock()
        self._later: ThreadPoolExecutor | None = None
        self._asker = ""
        """Who asked a question; nobody where it is empty."""
        self._asked_s = 0.0
        self._answer_by_s = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all plugins at once and wait until each is loaded or has failed.

        From then on a file of the own folder that is saved takes the place of its plugin.
        """
        self.stop()
        self._later = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plugins")
        self._running.start(self._rank)
        own = {Path(p.location): p for p in self._found if p.runs and p.origin == "folder"}
        self._watch = FileWatch(own, lambda path: self._reload(own[path]))
        self._watch.__enter__()

    def stop(self) -> None:
        """End all plugins. Safe to call at any time, from any thread."""
        if self._later is not None:
            self._later.shutdown(wait=False, cancel_futures=True)
        self._running.stop()  # whatever is being loaded, too
        if self._watch is not None:
            self._watch.__exit__()
            self._running.stop()  # what was loaded meanwhile
        self._sound.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Which plugins run."""
        return tuple(process.name for process in self._running)

    @property
    def phrases(self) -> tuple[str, ...]:
        """What the running plugins wait for, each once."""
        waited = (phrase for process in self._running for phrase in process.loaded.phrases)
        return tuple(dict.fromkeys(waited))

    def respond(
        self,
        utterance: Utterance,
        conversation: Conversation = Conversation(),
        on_slow: Callable[[], None] = wait,
        audio: Audio | None = None,
    ) -> Answer | None:
        """Return what the plugins say together, or None if none of them answers.

        The first reply is the last, unless it ``continues``. ``Reply.plugin`` names who
        spoke, as in ``emotion_readback+companion``. Those that want to know of the emotion
        are told afterwards.

        Args:
            utterance: what was said, and how.
            conversation: what was said before.
            on_slow: called where an answer lets wait for it, once for each plugin that does.
            audio: how it sounded, for those that may hear it.

        Raises:
            PluginError: the text has over `MAX_TEXT_CHARACTERS`; nobody was asked.
        """
        n_characters = len(utterance.transcript.text)
        if n_characters > MAX_TEXT_CHARACTERS:
            raise PluginError(
                f"what was said is too long for plugins: {n_characters} characters, "
                f"at most {MAX_TEXT_CHARACTERS}; say it in parts"
            )
        with self._turn:
            is_heard = audio is not None and any(process.hears for process in self._running)
            path = self._sound.write(audio) if audio is not None and is_heard else ""
            question = Question(utterance, conversation, audio=path)
            answer = self._answer(question, on_slow)
            self.afterwards(self._notice, question)
        return answer

    def explain(self, utterance: Utterance) -> Iterator[Verdict]:
        """Yield what each plugin does with an utterance, in the order in which they are asked.

        They really are asked. Nobody is once one gave a final reply.
        """
        is_over = False
        for place in self._places(Question(utterance)):
            answered = None if is_over else self._asked(place, wait)
            reply = self._whole(place.process, answered) if answered else None
            yield Verdict(place.process.name, place.why, not is_over, reply)
            is_over = is_over or (answered is not None and is_final(answered))

    def note_question(self, reply: Reply) -> None:
        """If a reply asks something, what is said next goes to its plugin first."""
        if reply.asks_s > 0:
            self._asker, self._asked_s = reply.plugin, reply.asks_s
            self.spoken()  # later it will be, and the time begins anew then

    def spoken(self) -> float:
        """The reply was spoken: the time to answer a question in it begins now.

        Returns:
            How long that is, s; 0 where nothing was asked.
        """
        asked_s = self._asked_s if self._asker else 0.0
        self._answer_by_s = time.monotonic() + asked_s
        return asked_s

    def drop_question(self) -> None:
        """Nobody wants to answer the question that was asked."""
        self._asker = ""

    def goes_on(
        self, process: PluginProcess, number: int, is_wanted: Callable[[], bool]
    ) -> Answered | None:
        """Return what follows in an answer that has more; see `PluginProcess.next`."""
        deadline_s = self._settings.deadline_s
        return self._running.asked(process, process.next, number, is_wanted, deadline_s)

    def close(self, process: PluginProcess, number: int) -> None:
        """Leave what would follow in an answer; see `PluginProcess.end`."""
        self._running.asked(process, process.end, number, self._settings.deadline_s)

    def adapted(self, reply: Reply, question: Question) -> Reply:
        """Return a reply as those plugins want it that adapt replies."""
        for process in self._running:
            if process.has("adapt") and not reply.is_fixed:
                silent = replace(question, audio="")
                changed = self._running.asked(
                    process, process.adapt, reply, silent, self._settings.deadline_s
                )
                if changed is not None:
                    style = changed.style or reply.style
                    reply = replace(reply, text=changed.text, style=style)
        return reply

    def afterwards(self, job: Callable[..., None], *arguments: object) -> None:
        """Do something in another thread, once what was given it before is done."""
        if self._later is not None:
            with contextlib.suppress(RuntimeError):  # the plugins were stopped
                self._later.submit(job, *arguments)

    def _answer(self, question: Question, on_slow: Callable[[], None]) -> Answer | None:
        replies: list[Reply] = []
        rest: _Rest | None = None
        for place in self._places(question):
            answered = self._asked(place, on_slow)
            if answered is None or answered.reply is None:
                continue
            replies.append(answered.reply)
            if answered.has_more:
                rest = _Rest(self, place.process, place.question)
            if is_final(answered):
                break
        if not replies:
            return None
        self._asker = ""
        for reply in replies:
            self.note_question(reply)
        reply = self.adapted(joined(replies), question)
        return Answer(reply, rest, rest.close) if rest else Answer(reply)

    def _whole(self, process: PluginProcess, answered: Answered) -> Reply | None:
        deadline_s = self._settings.deadline_s
        reply = self._running.asked(process, process.whole, answered, deadline_s)
        return reply or answered.reply  # which was said before a fault

    def _asked(self, place: Place, on_slow: Callable[[], None]) -> Answered | None:
        waits = self._settings.deadline_s, self._settings.patience_s
        process = place.process
        return self._running.asked(process, process.respond, place.question, *waits, on_slow)

    def _places(self, question: Question) -> tuple[Place, ...]:
        asker = self._asker if time.monotonic() < self._answer_by_s else ""
        able = (process for process in self._running if process.has("respond"))
        return in_turn(able, question, asker)

    def _notice(self, question: Question) -> None:
        """Tell of an emotion those that want to know."""
        emotion = question.utterance.emotion
        for process in self._running:
            subscription = process.loaded.subscription
            if emotion is not None and subscription is not None and subscription.takes(emotion):
                its = question if process.hears else replace(question, audio="")
                self._running.asked(process, process.notice, its, self._settings.deadline_s)
        if question.audio:
            self._sound.delete(question.audio)

    def _reload(self, plugin: Plugin) -> None:
        self._running.reload(plugin, self._rank, self._turn)

    def _rank(self, process: PluginProcess) -> tuple[int, bool, int, str]:
        """Return what they are sorted by; nobody can speak before `crisis`."""
        order = self._settings.order
        place = order.index(process.name) if process.name in order else len(order)
        rank = process.loaded.order
        # Bundled ones are the first of the first, and the last of the last.
        is_later = rank != 0 and process.is_bundled == (rank > 0)
        return rank, is_later, place, process.name


class _Rest(Iterator[str]):
    """What follows the beginning of an answer."""

    def __init__(self, plugins: Plugins, process: PluginProcess, question: Question) -> None:
        self._plugins = plugins
        self._process = process
        self._question = question
        self._number = process.n_asked
        self._n_left = MAX_REPLY_CHARACTERS
        self._is_over = False

    def __next__(self) -> str:
        while not self._is_over:
            answered = self._plugins.goes_on(
                self._process, self._number, lambda: not self._is_over
            )
            if self._is_over or answered is None or not answered.has_more:
                self._is_over = True
            elif text := self._text(answered.reply):
                return text
        raise StopIteration

    def _text(self, reply: Reply | None) -> str:
        """Return what is to be said of it; nothing counts as something, lest it never ends."""
        if reply:
            self._plugins.note_question(reply)
        adapted = self._plugins.adapted(reply, self._question).text if reply else ""
        text = cleaned(adapted, self._n_left)
        self._n_left -= max(1, len(text))
        if self._n_left <= 0:
            self.close()
        return text

    def close(self) -> None:
        """Leave the rest; does not wait."""
        if not self._is_over:
            self._is_over = True
            self._plugins.afterwards(self._plugins.close, self._process, self._number)
