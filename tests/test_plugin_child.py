"""The child's side of a plugin, without the process."""

import pytest

from assistant.errors import PluginError
from assistant.plugin_child import PluginHost
from assistant.values import Transcript, Utterance
from assistant.wire import to_plain

QUESTION = {"respond": to_plain(Utterance(Transcript("x")))}


@pytest.fixture
def host(tmp_path):
    """A function that returns the host of a plugin with this source."""

    def host(source):
        path = tmp_path / "plugin.py"
        path.write_text(source)
        return PluginHost("file", "plugin", str(path))

    return host


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
    assert plugin.answer({"load": True}) == {"order": order}
    assert plugin.answer(QUESTION) == {"reply": None}


def test_a_question_before_loading_loads_first(host):
    assert host("def respond(): return 'here'").answer(QUESTION)["reply"]["text"] == "here"


def test_a_plugin_that_did_not_load_is_not_taken_for_a_silent_one(host):
    plugin = host("respond = None\n")
    for message in ({"load": True}, QUESTION, QUESTION):
        with pytest.raises(PluginError, match="has no function respond"):
            plugin.answer(message)


def test_the_traceback_goes_to_stderr(host, capfd):
    with pytest.raises(PluginError, match=r"^KeyError: 'a' \(plugin\.py line 2\)$"):
        host("def respond():\n    {}['a']\n").answer(QUESTION)
    assert "Traceback" in capfd.readouterr().err


def test_the_line_told_is_the_innermost_of_the_plugin(host):
    source = "def respond():\n    count()\ndef count():\n    int('one')\n"
    with pytest.raises(PluginError, match=r"\(plugin\.py line 4\)$"):
        host(source).answer(QUESTION)
