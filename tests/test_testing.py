"""What plugin authors test with: a plugin in this process."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from assistant import AssistantError, Reply, Stretch, Style
from assistant.cli.run import Deaf
from assistant.errors import PluginError
from assistant.events import Continued, Listening, Replied
from assistant.pipeline import KEYBOARD, Assistant, Said
from assistant.plugin_context import Felt
from assistant.plugin_discovery import Plugin
from assistant.plugins import Plugins
from assistant.sentiment import WordSentiment
from assistant.settings import PluginSettings
from assistant.testing import NotingBoard, Rehearsal, estimate, utterance
from assistant.values import EMOTIONS, RELIABLE
from assistant.voice import Mute
from tests.conftest import RECORDINGS
from tests.own_plugins import Host

pytest_plugins = ["assistant.testing"]


@pytest.fixture
def write(tmp_path):
    """A function that writes a plugin file and returns its path."""

    def write(source, name="lamp"):
        path = tmp_path / f"{name}.py"
        path.write_text(f"from assistant import Reply, Style, for_emotions\n{source}\n")
        return path

    return write


@pytest.fixture
def lamp(write, rehearse):
    """A function that opens a rehearsal of a plugin with this source."""
    return lambda source, *more, **settings: rehearse(write(source), *more, **settings)


ECHO = "def respond(utterance): return utterance.transcript.text"


@pytest.mark.parametrize(
    ("confidence", "certain"),
    [(0.2, False), (RELIABLE - 0.01, False), (RELIABLE, True), (1, True)],
)
def test_an_estimate_is_of_that_label_and_certain_from_where_it_is_reliable(
    confidence, certain
):
    for label in EMOTIONS:
        found = estimate(label, confidence)
        assert (found.label, found.confidence, found.certain) == (label, confidence, certain)
        assert tuple(found.probabilities) == EMOTIONS
        assert sum(found.probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("certain", [True, False, None])
def test_whether_an_estimate_is_certain_can_be_given(certain):
    assert estimate("sad", 0.6, certain=certain).certain is certain
    assert utterance("x", "sad", 0.6, certain=certain).emotion.certain is certain


@pytest.mark.parametrize(
    ("label", "confidence", "told"),
    [
        ("glad", 0.8, "'glad' is no emotion; there are neutral, calm,"),
        ("sad", 0.125, "a confidence of 0.125 is none of the likeliest emotion"),
        ("sad", 1.01, "at most 1"),
        ("sad", float("nan"), "a confidence of nan"),
    ],
)
def test_an_estimate_that_cannot_be_is_refused(label, confidence, told):
    with pytest.raises(PluginError, match=told):
        estimate(label, confidence)


def test_typed_words_have_no_voice_and_spoken_ones_take_their_time():
    typed, spoken = utterance("lamp on"), utterance("lamp on", "happy")
    assert (typed.emotion, typed.duration_s, typed.transcript.engine) == (None, 0, "typed")
    assert spoken.emotion.label == "happy"
    assert spoken.transcript.engine != "typed"
    assert 0 < utterance("", "sad").duration_s < spoken.duration_s
    assert utterance("x", "sad", duration_s=3).duration_s == 3
    assert utterance("x", estimate("calm", 0.4)).emotion.confidence == 0.4


def test_the_plugin_runs_in_this_process(lamp):
    source = "import os\ndef respond(): return str(os.getpid())"
    assert lamp(source).say("x").text == str(os.getpid())


def test_a_debugger_finds_the_file_wherever_the_test_is_run_from(write, monkeypatch):
    path = write("import sys\ndef respond(): return sys._getframe().f_code.co_filename")
    monkeypatch.chdir(path.parent)
    with Rehearsal("lamp.py") as lamp:
        assert lamp.say("x") == Reply(str(path), "lamp")


def test_a_reply_is_as_the_assistant_takes_it(lamp):
    plugin = lamp(
        "def respond(): return Reply(' a\\x1b \\n b', plugin='me', style=Style(rate=2))"
    )
    assert plugin.say("x") == Reply("a b", "lamp", Style(rate=2.0))
    assert lamp("def respond(): return ' \\0 '").say("x") is None
    assert lamp("def respond(): return None").say("x") is None
    assert lamp("def respond(): return Reply('x', continues=True)").say("x").continues


def test_what_is_yielded_comes_as_one(lamp):
    plugin = lamp(
        "def respond():\n"
        "    yield Reply('one', style=Style(rate=2), asks_s=5)\n    yield None\n"
        "    yield ' '\n    yield 'two'"
    )
    for _ in range(2):
        assert plugin.say("x") == Reply("one two", "lamp", Style(rate=2.0), asks_s=5.0)


def test_an_answer_without_end_is_cut_and_closed(lamp, tmp_path):
    plugin = lamp(
        "import os\n"
        "def respond():\n    try:\n        while True: yield 'x' * 99\n"
        f"    finally: os.mkdir({str(tmp_path / 'closed')!r})"
    )
    assert 4_990 < len(plugin.say("x").text) <= 5_000
    assert (tmp_path / "closed").exists()


def test_what_follows_a_question_is_its_answer_and_nothing_else_is(lamp):
    plugin = lamp(
        "def respond(utterance, context):\n"
        "    if utterance.transcript.text == 'ask': return Reply('which?', asks_s=20)\n"
        "    return 'thanks' if context.is_answer else None"
    )
    said = [plugin.say(text) for text in ("blue", "ask", "blue", "blue", "ask", "ask", "x")]
    assert [reply and reply.text for reply in said] == [
        None, "which?", "thanks", None, "which?", "which?", "thanks",
    ]  # fmt: skip


def test_who_has_asked_is_told(lamp):
    plugin = lamp("def respond(context): return Reply(f'by {context.asked_by}', asks_s=5)")
    assert plugin.say("x").text == "by"
    assert plugin.say("x").text == "by lamp"
    plugin.say("never mind")
    assert plugin.say("x", asked_by="clock").text == "by clock"
    other = lamp("def respond(context): return str(context.is_answer)")
    assert other.say("x", asked_by="clock").text == "False"


@pytest.mark.parametrize("words", ["never mind", "Stop!"])
def test_some_words_end_a_question_and_never_reach_a_plugin(lamp, words):
    plugin = lamp("def respond(context): return Reply(str(context.is_answer), asks_s=20)")
    assert plugin.say("x").text == "False"
    assert plugin.say(words) is None
    assert plugin.say("x").text == "False"
    assert [turn.text for turn in plugin.conversation.turns] == ["x", "x"]


def test_the_conversation_is_kept_and_shown_to_the_plugin(lamp):
    plugin = lamp(
        "def respond(context):\n"
        "    turns = context.conversation.turns\n"
        "    return '|'.join(f'{turn.text}={turn.reply}' for turn in turns)"
    )
    assert plugin.say("one") is None
    assert plugin.say("two", "sad").text == "one="
    assert plugin.say("three").text == "one=|two=one="
    last = plugin.conversation.turns[1]
    assert (last.emotion.label, last.plugin) == ("sad", "lamp")


def test_an_utterance_looks_as_in_a_conversation(lamp):
    plugin = lamp("def respond(utterance): return f'{utterance.is_mixed} {utterance.change}'")
    assert plugin.say("I am so happy", "sad").text == "True None"
    assert plugin.say("I am so happy", "happy").text == "False None"
    plugin.say("table", "happy")
    assert plugin.say("table", "angry").text.startswith("False {'neutral': ")
    assert plugin.say("table").text == "False None"


def test_an_utterance_of_ones_own_is_taken_as_it_is(lamp):
    plugin = lamp(
        "def respond(utterance):\n"
        "    change, timeline = utterance.change, utterance.timeline\n"
        "    return f'{utterance.sentiment} {change[\"sad\"]} {len(timeline)}'"
    )
    own = replace(
        utterance("I am so happy", "sad"),
        sentiment=-0.5,
        change={"sad": 0.25},
        timeline=(Stretch(0, 1, estimate("sad")),),
    )
    assert plugin.say(own).text == "-0.5 0.25 1"


def test_a_phrase_that_is_waited_for_is_told(lamp):
    plugin = lamp(
        "def phrases(): return ['Lamp on!', 'lamp off']\n"
        "def respond(utterance): return utterance.transcript.phrase or None"
    )
    assert plugin.loaded.phrases == ("Lamp on!", "lamp off")
    assert plugin.say("lamp on").text == "Lamp on!"
    assert plugin.say("lamp on please") is None
    assert plugin.say(utterance("lamb of", phrase="lamp off")).text == "lamp off"


def test_settings_are_those_of_the_file_or_the_defaults(write):
    path = write(
        "from dataclasses import dataclass\n@dataclass\nclass Settings:\n"
        "    town: str = 'Graz'\n    loud: bool = False\n"
        "def respond(context): return str(context.settings)"
    )
    with Rehearsal(path, {"town": "Rome"}) as lamp:
        assert lamp.say("x").text == "Settings(town='Rome', loud=False)"
    for settings, told in (
        ({"village": "Rome"}, "it has no setting 'village'; it has loud, town"),
        ({"town": 5}, "Settings.town: expected str, got 5"),
    ):
        with pytest.raises(PluginError, match=told), Rehearsal(path, settings):
            pass


COUNTS = (
    "def respond(context):\n"
    "    context.store['n'] = context.store.get('n', 0) + 1\n    return str(context.store['n'])"
)


def test_what_is_kept_is_kept_in_memory_and_in_a_file_where_one_is_given(write, tmp_path):
    path = write(COUNTS)
    for kept, expected in ((None, ["2", "2"]), (tmp_path / "kept.json", ["2", "4"])):
        counted = []
        for _ in range(2):
            with Rehearsal(path, store=kept) as lamp:
                lamp.say("x")
                counted.append(lamp.say("x").text)
                assert lamp.store["n"] == int(counted[-1])
        assert counted == expected
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kept.json", "lamp.py"]


def test_each_rehearsal_of_a_file_imports_it_anew(write):
    path = write("n = 0\ndef respond():\n    global n\n    n += 1\n    return str(n)")
    for _ in range(2):
        with Rehearsal(path) as lamp:
            assert [lamp.say("x").text for _ in range(2)] == ["1", "2"]


def test_emotions_are_told_to_whom_they_concern_once_it_has_answered(lamp):
    plugin = lamp(
        "said = []\n"
        "@for_emotions('sad', least_confidence=0.6)\n"
        "def on_emotion(utterance, emotion, context):\n"
        "    said.append(f'{utterance.transcript.text} {len(context.conversation.turns)}')\n"
        "def respond(): return ','.join(said) or None"
    )
    assert plugin.say("a", "sad") is None
    for text, emotion, confidence in (("b", "sad", 0.5), ("c", "angry", 0.9), ("d", None, 0.8)):
        assert plugin.say(text, emotion, confidence).text == "a 0"
    assert plugin.loaded.subscription.labels == ("sad",)


ADAPTING = (
    "def adapt(reply, emotion, utterance):\n"
    "    if emotion and emotion.label == 'angry':\n"
    "        text = reply.text.upper() + utterance.transcript.text\n"
    "        return Reply(text, style=Style(rate=0.5))\n"
)


def test_a_reply_of_any_plugin_is_given_to_be_changed(lamp):
    plugin = lamp(ADAPTING)
    loud = Style(volume=0.5)
    assert plugin.adapt("yes", "angry", text="!") == Reply("YES!", style=Style(rate=0.5))
    assert plugin.adapt(Reply("yes", "clock", loud), "sad") == Reply("yes", "clock", loud)
    assert plugin.adapt("yes", "angry", 0.2).text == "YES"
    assert lamp("def adapt(): return 'no'").adapt(Reply("yes", "x", loud)).style == loud
    assert plugin.adapt("yes").text == "yes"
    assert plugin.adapt(Reply("help", is_fixed=True), "angry").text == "help"
    assert plugin.say("x", "angry") is None  # it has no reply of its own


def test_its_own_replies_are_changed_too_sentence_by_sentence(lamp):
    plugin = lamp(f"{ADAPTING}def respond():\n    yield Reply('a', asks_s=3)\n    yield 'b'")
    reply = plugin.say("-", "angry")
    assert (reply.text, reply.style, reply.asks_s) == ("A- B-", Style(rate=0.5), 3)


def test_what_it_wants_said_is_noted_with_its_time(lamp):
    plugin = lamp(
        "def start(context): context.say('ready', key='r')\n"
        "def respond(utterance, context):\n"
        "    context.say('late', after_s=300, key='l')\n"
        "    context.say('tea\\x1b', after_s=180, key='t')\n"
        "    if utterance.transcript.text == 'off': context.cancel('t')\n"
        "    if utterance.transcript.text == 'later': context.say('x', after_s=400, key='t')\n"
        "    if utterance.transcript.text == 'wrong': context.say(Reply(5))\n"
    )
    assert [each.reply for each in plugin.announcements] == [Reply("ready", "lamp")]
    begin_s = time.time()
    plugin.say("x")
    found = [(each.key, each.reply.text) for each in plugin.announcements]
    assert found == [("r", "ready"), ("t", "tea"), ("l", "late")]
    assert plugin.announcements[1].due_s - begin_s == pytest.approx(180, abs=5)
    plugin.say("later")
    assert [each.key for each in plugin.announcements] == ["r", "l", "t"]
    plugin.say("off")
    assert [each.key for each in plugin.announcements] == ["r", "l"]
    with pytest.raises(AssistantError, match=r"Reply\.text must be a str, got int"):
        plugin.say("wrong")


def test_how_somebody_really_felt_is_noted(lamp):
    plugin = lamp("def respond(context): context.correct('calm', 2)")
    plugin.say("no, calm", "angry")
    assert plugin.corrections == [Felt("calm", 2)]


def test_a_board_notes_what_plugins_want(write):
    source = (
        "def respond(context): return context.say('tea', key='t') and context.correct('sad')"
    )
    board = NotingBoard()
    plugin = Plugin("lamp", "folder", str(write(source)), is_enabled=True)
    with Host([plugin], PluginSettings(deadline_s=20), pytest.fail, board=board) as host:
        host.respond(utterance("x"))
    assert [each.reply for each in board.announcements] == [Reply("tea", "lamp")]
    assert board.corrections == [Felt("sad")]


def test_sound_is_for_who_asks_for_it(lamp):
    source = "def respond(context): return str(context.audio and context.audio.sample_rate)\n"
    recording = RECORDINGS / "1_hello.wav"
    assert lamp(source).say("x", "sad", audio=recording).text == "None"
    hearing = lamp(f"WANTS_AUDIO = True\n{source}")
    assert hearing.say("x", "sad", audio=recording).text == "16000"
    assert hearing.say("x", "sad").text == "None"
    # As in a conversation: who changes replies does not hear what was said.
    adapting = lamp(f"WANTS_AUDIO = True\n{source}def adapt(reply, context):\n"
                    "    return f'{reply.text} {context.audio}'")  # fmt: skip
    assert adapting.say("x", "sad", audio=recording).text == "16000 None"


def test_it_is_told_when_it_starts_and_stops(write, tmp_path):
    trace = tmp_path / "trace"
    path = write(
        "def note(what):\n"
        f"    with open({str(trace)!r}, 'a') as file: file.write(what)\n"
        "def start(context): note('start ' + context.name)\n"
        f"def stop(): note(', stop')\n{ECHO}"
    )
    with Rehearsal(path, name="desk lamp"):
        assert trace.read_text() == "start desk lamp"
    assert trace.read_text() == "start desk lamp, stop"


def test_a_fault_is_raised_with_its_line_and_the_next_turn_works(lamp):
    plugin = lamp(
        "def respond(utterance):\n"
        "    return utterance.transcript.text if len(utterance.transcript.text) > 1 else 1 / 0"
    )
    with pytest.raises(
        PluginError, match=r"^ZeroDivisionError: .* \(lamp.py line 3\)$"
    ) as told:
        plugin.say("x")
    assert isinstance(told.value.__cause__, ZeroDivisionError)
    assert plugin.say("fine").text == "fine"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def respond(): return 5", "respond returned int; return a Reply, a str or None"),
        ("def respond(): return Reply(5)", "Reply.text must be a str, got int"),
        ("def respond(): raise SystemExit", r"SystemExit \(lamp.py line 2\)"),
        ("def respond(context): context.store['x'] = {1}", "the store cannot keep this"),
        ("def respond():\n    yield 'a'\n    1 / 0", r"division by zero \(lamp.py line 4\)"),
        ("@for_emotions('sad')\ndef on_emotion(): 1 / 0", r"by zero \(lamp.py line 3\)"),
        (f"{ECHO}\ndef adapt(): 1 / 0", r"by zero \(lamp.py line 3\)"),
    ],
)
def test_whatever_fails_is_raised(lamp, source, told):
    with pytest.raises(AssistantError, match=told):
        lamp(source).say("x", "sad")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def respond(mood): pass", "respond"),
        ("x = 1", "has no function respond"),
        (
            f"{ECHO}\ndef start(): 1 / 0",
            r"ZeroDivisionError: division by zero \(lamp.py line 3\)",
        ),
        ("import no_such_module", r"No module named 'no_such_module' \(lamp.py line 2\)"),
        (f"{ECHO}\ndef phrases(): return 'on'", "phrases returned str"),
    ],
)
def test_what_keeps_it_from_loading_is_raised(write, source, told):
    with pytest.raises(PluginError, match=told), Rehearsal(write(source)):
        pytest.fail("it was loaded")


def test_a_fault_at_the_end_is_raised_unless_the_test_has_failed_already(write):
    path = write(f"{ECHO}\ndef stop(): 1 / 0")
    with (
        pytest.raises(PluginError, match=r"division by zero \(lamp.py line 3\)"),
        Rehearsal(path),
    ):
        pass
    with pytest.raises(KeyError), Rehearsal(path):
        raise KeyError


def test_what_ends_a_test_is_no_fault_of_the_plugin(lamp):
    plugin = lamp(
        "import pytest\ndef respond(utterance):\n"
        "    if utterance.transcript.text == 'skip': pytest.skip('here')\n"
        "    raise KeyboardInterrupt"
    )
    with pytest.raises(KeyboardInterrupt):
        plugin.say("x")
    with pytest.raises(pytest.skip.Exception, match="here"):
        plugin.say("skip")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with two plugins can be imported."""
    folder = tmp_path / "tonewise_rehearsed"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        f"{ECHO}\nclass Loud:\n"
        "    def respond(self, utterance): return utterance.transcript.text.upper()\n"
        "    def on_emotion(self): raise ValueError\n"
        "loud = Loud()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.startswith("tonewise_rehearsed")]:
        del sys.modules[name]


@pytest.mark.usefixtures("package")
def test_a_package_is_named_as_its_entry_point_names_it():
    with Rehearsal("tonewise_rehearsed") as plain:
        assert plain.say("x") == Reply("x", "tonewise_rehearsed")
    with Rehearsal("tonewise_rehearsed:loud", name="loud") as loud:
        assert loud.say("x") == Reply("X", "loud")
        with pytest.raises(PluginError, match=r"^ValueError \(__init__.py line 4\)$"):
            loud.say("x", "sad")


@pytest.mark.parametrize("path", ["none.py", "folder/none", "lamp.txt"])
def test_a_file_that_is_none_is_told_at_once(path, tmp_path):
    (tmp_path / "lamp.txt").write_text(ECHO)
    with pytest.raises(PluginError, match=r"there is no such \.py file"):
        Rehearsal(tmp_path / path)
    if "/" in path:
        with pytest.raises(PluginError, match=r"there is no such \.py file"):
            Rehearsal(path)


TALKATIVE = """
def phrases(): return ["lamp on"]
def adapt(reply, emotion): return reply.text + "!" if emotion else None
def respond(utterance, context):
    text = utterance.transcript.text
    seen = (text, utterance.transcript.phrase, utterance.sentiment, utterance.change,
            context.is_answer, context.asked_by,
            [turn.reply for turn in context.conversation.turns])
    if text == "ask":
        return Reply(repr(seen), asks_s=20, style=Style(rate=2))
    if text == "none":
        return None
    def parts():
        yield repr(seen)
        yield "and more"
    return parts()
"""

SCRIPT = [
    ("hello", "sad"), ("none", "happy"), ("ask", None), ("lamp on", "angry"), ("ask", "calm"),
    ("yes", None), ("I love it", "disgust"), ("never mind", None), ("ask", "sad"),
    ("never mind", None), ("yes", "sad"),
]  # fmt: skip


@pytest.mark.slow
def test_a_rehearsal_is_like_a_conversation(write):
    """The same is said in a real conversation, in which the plugin has its own process."""
    path = write(TALKATIVE)
    happened = []
    plugin = Plugin("lamp", "folder", str(path), is_enabled=True)
    said = [Said(utterance(text, emotion), KEYBOARD) for text, emotion in SCRIPT]
    with Plugins([plugin], PluginSettings(deadline_s=20), pytest.fail) as plugins:
        rate = WordSentiment().rate
        Assistant(Deaf(), plugins, Mute(), happened.append, sentiment=rate).converse(said)
    answered = []
    for event in happened:
        match event:
            case Listening():
                answered.append(None)
            case Replied():
                answered[-1] = event.reply.text
            case Continued():
                answered[-1] += f" {event.text}"
    with Rehearsal(path) as lamp:
        rehearsed = [lamp.say(text, emotion) for text, emotion in SCRIPT]
    assert answered.pop() is None  # it listens on
    assert [reply and reply.text for reply in rehearsed] == answered
    assert answered.count(None) == 3


def test_importing_it_starts_nothing_heavy():
    program = (
        "import sys, assistant.testing\n"
        "print({'numpy', 'pytest', 'rich', 'pyaudio', 'speech_recognition'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "set()\n"


USING = """
from assistant.testing import Rehearsal
pytest_plugins = ["assistant.testing"]
def test_it(rehearse):
    lamp = rehearse("lamp.py")
    assert isinstance(lamp, Rehearsal)
    assert lamp.say("x").text == "x"
"""


def test_a_test_file_may_name_it_as_a_plugin_and_import_from_it(write, tmp_path):
    write(f"import os\n{ECHO}\ndef stop(): os.mkdir('stopped')")
    (tmp_path / "test_lamp.py").write_text(USING)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "stopped").exists()
