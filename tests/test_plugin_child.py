"""The child's side of a plugin, without the process."""

import pytest

from assistant.errors import AssistantError, PluginError
from assistant.plugin_child import PluginHost, Question
from assistant.values import Reply, Transcript, Utterance
from assistant.wire import to_plain

LOAD = {"load": {"settings": {}, "store": ""}}
QUESTION = {"respond": to_plain(Question(Utterance(Transcript("x"))))}


@pytest.fixture
def host(tmp_path):
    """A function that returns the host of a plugin with this source."""

    def host(source):
        path = tmp_path / "plugin.py"
        path.write_text(source)
        return PluginHost("file", "plugin", str(path))

    return host


@pytest.fixture
def loaded(host):
    """A function that returns the same, loaded."""

    def loaded(source, **settings):
        plugin = host(source)
        plugin.answer({"load": {"settings": settings, "store": ""}})
        return plugin

    return loaded


@pytest.mark.parametrize(
    ("mark", "order"),
    [
        ("", 0),
        ("@hookimpl", 0),
        ("@hookimpl(tryfirst=True)", -1),
        ("@hookimpl(trylast=True)", 1),
    ],
)
def test_loading_is_answered_with_the_order(mark, order, host):
    plugin = host(f"from assistant import hookimpl\n{mark}\ndef respond(utterance): pass\n")
    assert plugin.answer(LOAD) == {
        "order": order,
        "hooks": ["respond"],
        "phrases": [],
        "subscription": None,
        "wants_audio": False,
    }
    assert plugin.answer(QUESTION) == {"reply": None, "has_more": False}


def test_loading_is_answered_with_the_phrases_that_it_waits_for(host):
    plugin = host(
        "def phrases():\n    yield 'lamp on'\n    yield 'lamp off'\n"
        "def respond(utterance): pass\n"
    )
    assert plugin.answer(LOAD)["phrases"] == ["lamp on", "lamp off"]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("'lamp on'", "phrases returned str; return a list of phrases"),
        ("5", "phrases returned int; return a list of phrases"),
        ("['lamp on', 5]", "phrases returned 5; a phrase is text of at most 100 characters"),
        (
            "['lamp on', ' ']",
            "phrases returned ' '; a phrase is text of at most 100 characters",
        ),
        (
            "['x' * 101]",
            f"phrases returned {'x' * 100!r:.40}; a phrase is text of at most 100 characters",
        ),
        ("map(str, range(201))", "phrases returned more than 200; wait for fewer"),
        ("1 / 0", "ZeroDivisionError: division by zero (plugin.py line 2)"),
    ],
)
def test_what_is_wrong_with_phrases_is_told(expression, told, host):
    plugin = host(
        f"def phrases():\n    return {expression}\ndef respond(utterance): return 'here'\n"
    )
    with pytest.raises(PluginError) as caught:
        plugin.answer(LOAD)
    assert str(caught.value) == told


def test_a_plugin_that_is_not_loaded_is_not_taken_for_a_silent_one(host):
    plugin = host("respond = None\n")
    with pytest.raises(PluginError, match="has no function respond"):
        plugin.answer(LOAD)
    for source in ("respond = None\n", "def respond(): return 'here'"):
        with pytest.raises(PluginError, match="died"):  # and this is a fresh process
            host(source).answer(QUESTION)


def test_the_traceback_goes_to_stderr(loaded, capfd):
    with pytest.raises(PluginError, match=r"^KeyError: 'a' \(plugin\.py line 2\)$"):
        loaded("def respond():\n    {}['a']\n").answer(QUESTION)
    assert "Traceback" in capfd.readouterr().err


def test_the_line_told_is_the_innermost_of_the_plugin(loaded):
    source = "def respond():\n    count()\ndef count():\n    int('one')\n"
    with pytest.raises(PluginError, match=r"\(plugin\.py line 4\)$"):
        loaded(source).answer(QUESTION)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def respond(:", "SyntaxError: invalid syntax (plugin.py, line 1)"),
        (
            "import no_such_module",
            "ModuleNotFoundError: No module named 'no_such_module' (plugin.py line 1)",
        ),
        ("import sys; sys.exit(3)", "SystemExit: 3 (plugin.py line 1)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt (plugin.py line 1)"),
        (
            "from assistant import hookimpl\n@hookimpl\ndef respnod(utterance): pass",
            "there is no hook 'respnod', nobody calls it; write `def respond(utterance: Utt",
        ),
        (
            "from assistant import hookimpl\n@hookimpl\ndef answer(utterance): pass",
            "there is no hook 'answer', nobody calls it; write `def respond(utterance: Utt",
        ),
        (
            "def respond(utterance, mood, extra): pass",
            "respond is given no extra, mood; write `def respond(utterance: Utterance, context",
        ),
        (
            "from assistant import hookimpl\n@hookimpl(wrapper=True)\ndef stop(): pass",
            "Plugin 'plugin' for hook 'stop' hookimpl definition: stop() Declared as wrapper",
        ),
        ("import functools; respond = functools.partial(print)", "has no function respond"),
    ],
)
def test_what_keeps_a_plugin_from_loading_is_told(source, told, host):
    with pytest.raises(PluginError) as caught:
        host(source).answer(LOAD)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("assert False", "AssertionError (plugin.py line 3)"),
        ("sys.exit()", "SystemExit (plugin.py line 3)"),
        ("raise ValueError('a\\n  b')", "ValueError: a b (plugin.py line 3)"),
        (
            "json.loads('{')",
            "JSONDecodeError: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1) (plugin.py line 3)",
        ),
        ("return 5", "respond returned int; return a Reply, a str or None"),
        ("yield 5", "respond returned int; return a Reply, a str or None"),
        (
            "yield from (1 / 0 for _ in 'x')",
            "ZeroDivisionError: division by zero (plugin.py line 3)",
        ),
        (
            "return Reply('x', style=Style(rate=float('nan')))",
            "Answered.reply.style.rate: expected a finite number, got nan",
        ),
        (
            "return Reply('x', style={'rate': 1.2})",
            "TypeError: Reply.style must be a Style or None, got dict (plugin.py line 3)",
        ),
    ],
)
def test_what_is_wrong_with_an_answer_is_told(statement, told, loaded):
    plugin = loaded(
        "import json, sys; from assistant import Reply, Style\n"
        f"def respond(utterance):\n    {statement}\n"
    )
    with pytest.raises(AssistantError) as caught:
        plugin.answer(QUESTION)
    assert str(caught.value) == told


def test_a_long_message_of_a_fault_is_cut(loaded):
    with pytest.raises(PluginError) as caught:
        loaded("def respond(): raise ValueError('x' * 10_000_000)").answer(QUESTION)
    assert len(str(caught.value)) < 1_100


ASKS = """
from assistant import Reply

def respond(utterance, context):
    heard = utterance.transcript.text
    if heard == "pass":
        return None
    follow_up = None if heard == "by hand" else context.follow_up()
    if heard == "ask":
        return context.ask("Which?", str)
    if heard == "stream":
        return (context.ask("Which?", str) for _ in range(1))
    if heard == "by hand":
        return Reply("Really?", asks_s=20)
    return "yes" if follow_up is str else "no"

def adapt(reply): return reply

def on_emotion(emotion): pass
"""


def hears(plugin, text, asked_by=""):
    """Say something to the plugin; returns what it answers."""
    question = to_plain(Question(Utterance(Transcript(text)), asked_by=asked_by))
    answered = plugin.answer({"respond": question})["reply"]
    plugin.answer({"adapt": {"reply": to_plain(Reply("x")), "question": question}})
    plugin.answer({"on_emotion": question})
    return answered and answered["text"]


@pytest.mark.parametrize(
    ("turns", "last"),
    [
        (["ask", "plugin:answer"], "yes"),
        (["stream", "plugin:answer"], "yes"),
        (["ask", "plugin:ask", "plugin:answer"], "yes"),
        (["ask", "answer"], "no"),
        (["ask", "other:answer"], "no"),
        (["ask", "pass", "plugin:answer"], "no"),
        (["ask", "pass", "by hand", "plugin:answer"], "no"),
        (["ask", "by hand", "plugin:answer"], "no"),
        (["ask", "plugin:by hand", "plugin:answer"], "no"),
        (["ask", "plugin:answer", "plugin:answer"], "no"),
        (["by hand", "plugin:answer"], "no"),
    ],
)
def test_an_answer_is_followed_up_by_what_was_asked_last(turns, last, loaded):
    plugin = loaded(ASKS)
    for turn in turns:
        asked_by, _, text = turn.rpartition(":")
        answered = hears(plugin, text, asked_by)
    assert answered == last


SETTINGS = """
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

@dataclass
class Lamp:
    name: str
    watts: int = 5

@dataclass
class Settings:
{}

def respond(context): return repr(context.settings)
"""


@pytest.mark.parametrize(
    ("declared", "settings", "shown"),
    [
        ("x: list[str] = field(default_factory=list)", {}, "x=[]"),
        ("x: list[Lamp] = field(default_factory=list)", {"x": [{"name": "a"}]},
         "x=[Lamp(name='a', watts=5)]"),
        ("x: dict[str, int] = field(default_factory=dict)", {"x": {"a": 1}}, "x={'a': 1}"),
        ("x: Literal['a', 'b'] = 'a'", {"x": "b"}, "x='b'"),
        ("x: int | str | None = None", {"x": "b"}, "x='b'"),
        ("x: Lamp = field(default_factory=lambda: Lamp('hall', 9))", {},
         "x=Lamp(name='hall', watts=9)"),
        ("x: tuple[int, int]", {"x": [1, 2]}, "x=(1, 2)"),
    ],
)  # fmt: skip
def test_settings_of_every_form_reach_the_plugin(declared, settings, shown, loaded):
    plugin = loaded(SETTINGS.format(f"    {declared}"), **settings)
    assert plugin.answer(QUESTION)["reply"]["text"] == f"Settings({shown})"


@pytest.mark.parametrize(
    ("declared", "settings", "told"),
    [
        ("x: Path = Path()", {}, "Settings.x: cannot be of type Path; use str, int, float, "),
        ("x: Any = 1", {"x": 2}, "Settings.x: cannot be of type Any; use str, int, float, "),
        ("x = 5", {"x": 2}, "Settings.x: has no type; write `x: TYPE`, and use str, "),
        ("x: list[Lamp]", {"x": [{"watts": 1}]},
         "in its section of the settings file: Settings.x[0].name: missing"),
        ("x: tuple[int, int]", {"x": [1]},
         "in its section of the settings file: Settings.x: expected list of 2, got [1]"),
        ("x: int", {"y": 1}, "it has no setting 'y'; it has x"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_told_by_their_name(declared, settings, told, loaded):
    with pytest.raises(PluginError) as caught:
        loaded(SETTINGS.format(f"    {declared}"), **settings)
    assert str(caught.value).startswith(told)
