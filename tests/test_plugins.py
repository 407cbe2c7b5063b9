"""Plugins: whatever one does, it costs its own reply and nothing else."""

import os
import select
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from assistant.conversation import Conversation
from assistant.errors import PluginError
from assistant.plugin_discovery import Plugin
from assistant.plugin_process import LOAD_DEADLINE_S
from assistant.plugins import MAX_TEXT_CHARACTERS, Plugins
from assistant.running_plugins import keep_on
from assistant.settings import PluginSettings
from assistant.values import EMOTIONS, EmotionEstimate, Reply, Style, Transcript, Utterance
from tests.fakes import estimate, tone
from tests.own_plugins import Host
from tests.processes import wait_until

pytestmark = pytest.mark.slow

DEADLINE_S = 20  # generous: for what must work on a loaded machine
SHORT_DEADLINE_S = 1.5  # for what hangs; a sound plugin takes milliseconds

# Every number with all its digits: the longest form of an estimate on the wire.
UNEVEN = EmotionEstimate({label: 1 / (n + 7) for n, label in enumerate(EMOTIONS)}, False)


@pytest.fixture
def write(tmp_path):
    """A function that writes a plugin file and returns the plugin."""

    def write(name, source):
        path = tmp_path / f"{name}.py"
        path.write_text(source)
        return Plugin(name, "folder", str(path), is_enabled=True)

    return write


@contextmanager
def running(*plugins, deadline_s=DEADLINE_S, off=keep_on, **more):
    """The plugins, started, and the list of the faults they report."""
    faults = []
    settings = PluginSettings(deadline_s=deadline_s, patience_s=0, **more)
    with Host(plugins, settings, lambda fault: faults.append(str(fault)), off) as host:
        yield host, faults


def said(text):
    return Utterance(Transcript(text))


def returning(expression, mark=""):
    """The source of a plugin that always returns the same."""
    return (
        "from assistant import Reply, Style, hookimpl\n"
        f"{mark}\n"
        f"def respond(utterance):\n    return {expression}\n"
    )


def test_the_reply_comes_back_with_the_name_of_its_plugin(write):
    plugin = write("echo", returning("Reply(utterance.transcript.text, style=Style(rate=2))"))
    with running(plugin) as (host, faults):
        assert host.respond(said("hello")) == Reply("hello", "echo", Style(rate=2.0))
        assert faults == []


def test_a_plugin_is_given_the_whole_utterance(write):
    utterance = Utterance(
        Transcript("so", "de-AT", "vosk"),
        EmotionEstimate({"sad": 0.75, "calm": 0.25}, True),
        1.5,
    )
    with running(write("repr", returning("repr(utterance)"))) as (host, _):
        assert host.respond(utterance).text == repr(utterance)


def test_none_leaves_the_answer_to_the_next(write):
    with running(write("a", returning("None")), write("b", returning("'b'"))) as (host, _):
        assert host.respond(said("x")).plugin == "b"


def test_the_phrases_of_all_are_known_once_they_run(write):
    waiting = "def phrases(): return {}\ndef respond(utterance): return 'here'\n"
    a = write("a", waiting.format("['lamp on', 'lamp off']"))
    b = write("b", waiting.format("['lamp off', 'good night']"))
    with running(a, b, write("c", returning("None"))) as (host, _):
        assert host.phrases == ("lamp on", "lamp off", "good night")
    assert host.phrases == ()


def test_no_reply_at_all_is_none(write):
    with running(write("a", returning("None")), write("b", returning("' \\0 '"))) as (host, _):
        assert host.respond(said("x")) is None
    with running() as (host, _):
        assert host.respond(said("x")) is None


def test_the_order_is_tryfirst_then_by_name_then_trylast(write):
    continuing = "Reply(__name__[-1], continues=True)"
    plugins = (
        write("a", returning(continuing, "@hookimpl(trylast=True)")),
        write("d", returning(continuing)),
        write("c", returning(continuing, "@hookimpl")),
        write("f", returning(continuing, "@hookimpl(tryfirst=True)")),
    )
    with running(*plugins) as (host, _):
        reply = host.respond(said("x"))
    assert reply == Reply("f c d a", "f+c+d+a")


def test_bundled_ones_are_the_first_of_the_first_and_the_last_of_the_last(write):
    continuing = "Reply(__name__[-1], continues=True)"
    first, last = "@hookimpl(tryfirst=True)", "@hookimpl(trylast=True)"
    plugins = (
        write("a", returning(continuing, first)),
        replace(write("z", returning(continuing, first)), origin="bundled"),
        write("b", returning(continuing)),
        replace(write("y", returning(continuing)), origin="bundled"),
        replace(write("c", returning(continuing, last)), origin="bundled"),
        write("x", returning(continuing, last)),
    )
    with running(*plugins) as (host, _):
        assert host.respond(said("x")).plugin == "z+a+b+y+x+c"


def test_of_one_rank_those_that_the_settings_name_are_asked_first(write):
    continuing = "Reply(__name__[-1], continues=True)"
    plugins = [write(name, returning(continuing)) for name in "abcd"]
    first = write("f", returning(continuing, "@hookimpl(tryfirst=True)"))
    with running(*plugins, first, order=("c", "nobody", "b")) as (host, _):
        assert host.respond(said("x")).plugin == "f+c+b+a+d"


def test_one_that_was_switched_off_is_not_started(write):
    faulty = replace(write("a", returning("'a'")), fault="ValueError")
    with running(faulty, write("b", returning("'b'"))) as (host, faults):
        assert host.respond(said("x")).plugin == "b"
        assert faults == []


def test_a_reply_ends_the_turn_unless_it_continues(write):
    plugins = (
        write("a", returning("Reply('one.', style=Style(rate=2), continues=True)")),
        write("b", returning("Reply('two.', style=Style(volume=0.5), continues=True)")),
        write("c", returning("'three.'")),
        write("d", returning("'never'")),
    )
    with running(*plugins) as (host, _):
        reply = host.respond(said("x"))
    assert reply == Reply("one. two. three.", "a+b+c", Style(volume=0.5))


def test_text_is_made_fit_to_be_spoken_and_shown(write):
    text = "'\\x1b[31m one\\n\\ttwo\\u202e\\ud800\\x00 \\u2028three '"
    with running(write("odd", returning(text))) as (host, _):
        assert host.respond(said("x")).text == "[31m one two three"


def test_a_long_text_is_cut(write):
    with running(
        write("a", returning("Reply('x' * 6000, continues=True)")),
        write("b", returning("'y' * 3000")),
    ) as (host, _):
        assert host.respond(said("x")).text == "x" * 5_000


def test_the_longest_text_arrives_and_a_longer_one_is_no_plugin_s_fault(write):
    longest = "\N{GRINNING FACE}" * MAX_TEXT_CHARACTERS  # takes the most bytes on the wire
    with running(write("counts", returning("str(len(utterance.transcript.text))"))) as (
        host,
        faults,
    ):
        for _ in range(4):
            with pytest.raises(PluginError, match=r"too long .*: 60001 .*, at most 60000;"):
                host.respond(said(longest + "x"))
        utterance = Utterance(Transcript(longest), UNEVEN, 1 / 3)
        assert host.respond(utterance).text == f"{MAX_TEXT_CHARACTERS}"
        assert faults == []


def test_variables_of_a_plugin_live_from_turn_to_turn(write):
    source = "n = 0\ndef respond(utterance):\n    global n\n    n += 1\n    return str(n)\n"
    with running(write("counts", source)) as (host, _):
        assert [host.respond(said("x")).text for _ in range(3)] == ["1", "2", "3"]


def test_a_hook_may_have_any_name_that_pluggy_takes(write):
    source = (
        "from assistant import hookimpl\n@hookimpl(specname='respond')\ndef f(): return 'f'"
    )
    with running(write("named", source)) as (host, _):
        assert host.respond(said("x")).text == "f"


def test_a_plugin_may_define_dataclasses_and_be_called_like_a_library(write):
    source = (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "import random\n"
        "@dataclass\nclass Line:\n    text: str\n"
        "def respond(utterance): return Line(random.choice(['one'])).text\n"
    )
    with running(write("random", source)) as (host, faults):
        assert host.respond(said("x")).text == "one", faults


def test_an_installed_plugin_is_loaded_through_its_entry_point(tmp_path, monkeypatch):
    (tmp_path / "installed_plugin.py").write_text(
        "class Weather:\n    def respond(self, utterance):\n        return 'sun'\n"
        "weather = Weather()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    plugin = Plugin("weather", "installed", "installed_plugin:weather", is_enabled=True)
    with running(plugin) as (host, faults):
        assert host.respond(said("x")) == Reply("sun", "weather"), faults


def test_a_plugin_that_may_not_run_is_not_even_imported(write, tmp_path):
    trace = tmp_path / "trace"
    source = f"open({str(trace)!r}, 'w')\n" + returning("'here'")
    enabled = write("spy", source)
    forbidden = replace(enabled, is_enabled=False)
    with running(forbidden) as (host, faults):
        assert host.respond(said("x")) is None
    assert not trace.exists()
    assert faults == []
    with running(enabled):
        assert trace.exists()


def test_why_an_enabled_plugin_does_not_run_is_reported_at_the_start():
    missing = Plugin("a", "folder", "a.py", True, problem="enabled, but not there")
    unwanted = Plugin("b c", "folder", "b c.py", False, problem="rename it")
    with running(missing, unwanted) as (_, faults):
        assert faults == ["a: enabled, but not there"]


def test_whom_tls_trusts_arrives(write, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/own.pem")
    source = returning("os.environ['SSL_CERT_FILE']").replace("def", "import os\ndef", 1)
    with running(write("env", source)) as (host, _):
        assert host.respond(said("x")).text == "/etc/own.pem"


def test_a_secret_in_the_environment_does_not_arrive(write, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("SOME_TOKEN", "secret")
    monkeypatch.setenv("LC_TIME", "C")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/folder")
    source = "import os\n" + returning("repr(dict(os.environ))")
    with running(write("dumps", source)) as (host, _):
        arrived = host.respond(said("x")).text
    assert "secret" not in arrived
    for name in ("PATH", "HOME", "LC_TIME", "XDG_CONFIG_HOME"):
        assert f"'{name}': {os.environ[name]!r}" in arrived


FAULTS = {
    "raise": (
        "raise ValueError('no\\nway')",
        "ValueError: no way (a_plugin.py line 7)",
    ),
    "exit at once": ("os._exit(3)", "the child process died"),
    "segfault": ("ctypes.string_at(0)", "the child process died"),
    "recurse": (
        "return respond(utterance)",
        "RecursionError: maximum recursion depth exceeded",
    ),
    "loop": ("while True: pass", "no answer within 1.5 s; stopped"),
    "sleep in C": (
        "ctypes.PyDLL(None).sleep(600)",  # keeps the interpreter's lock
        "no answer within 1.5 s; stopped",
    ),
    "return a number for text": (
        "return Reply(5)",
        "TypeError: Reply.text must be a str, got int",
    ),
    "return 10 MB": (
        "return 'x' * 10_000_000",
        "the child process sent something that is not a message",
    ),
    "raise 10 MB": ("raise ValueError('x' * 10_000_000)", "ValueError: xxxxxxxxxx"),
    "write on the wire": (
        "[os.write(fd, b'nonsense\\n') for fd in wires()]",
        "the child process sent something that is not a message",
    ),
    "answer another question": (
        "[os.write(fd, b'{\"order\": 1}\\n') for fd in wires()]",
        "Answered: has no field 'order'",
    ),
    "answer with what is no reply": (
        '[os.write(fd, b\'{"reply": 1, "has_more": false}\\n\') for fd in wires()]',
        "Answered.reply: expected dict, got 1",
    ),
    "be a coroutine": (
        "return wait()",
        "respond returned coroutine; return a Reply, a str or None",
    ),
}
FAULTY = """\
import ctypes, fcntl, os, stat, sys
from assistant import Reply, Style
async def wait(): pass
def respond(utterance):
    if utterance.transcript.text == "fine":
        return "well again"
    {fault}
def wires():
    return [fd for fd in range(3, 50) if is_open_pipe(fd)]
def is_open_pipe(fd):
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(fd).st_mode)
        return is_pipe and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_WRONLY
    except OSError:
        return False
"""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_one_reply_and_is_reported_once(fault, write):
    source, told = FAULTS[fault]
    plugins = (
        write("a_plugin", FAULTY.format(fault=source)),
        write("b_plugin", returning("'here'")),
    )
    with running(*plugins, deadline_s=SHORT_DEADLINE_S) as (host, faults):
        assert host.respond(said("fail")) == Reply("here", "b_plugin")
        assert len(faults) == 1
        assert faults[0].startswith(f"a_plugin: {told}")
        assert len(faults[0]) < 600
        assert host.respond(said("fine")) == Reply("well again", "a_plugin")
        assert len(faults) == 1


FLEEING = """\
import os, subprocess, time
def respond(utterance):
    if os.fork() == 0:
        os.setsid()
        fled = subprocess.Popen(["sleep", "600"], start_new_session=True)
        open({trace!r}, "a").write(f"{{fled.pid}}\\n")
        os._exit(0)
    time.sleep({sleeps_s})
    return "here"
"""


@pytest.mark.parametrize("sleeps_s", [0.5, 600])
def test_what_a_plugin_leaves_behind_does_not_outlive_it(sleeps_s, write, tmp_path):
    trace = tmp_path / "trace"
    source = FLEEING.format(trace=str(trace), sleeps_s=sleeps_s)
    with running(write("a", source), deadline_s=SHORT_DEADLINE_S) as (host, faults):
        reply = host.respond(said("x"))
        fled = int(trace.read_text().split()[0])
        if reply is None:  # it was killed, and so is what fled
            assert [fault[:12] for fault in faults] == ["a: no answer"]
            assert wait_until(lambda: is_gone(fled))
        else:
            assert not is_gone(fled)
    assert wait_until(lambda: is_gone(fled))


LOAD_FAULTS = {
    "raise": ("1 / 0", "a_plugin: ZeroDivisionError: division by zero (a_plugin.py line 1)"),
    "exit at once": ("import os; os._exit(0)", "a_plugin: the child process died"),
    "lack the hook": (
        "respond = 5",
        "a_plugin: has no function respond; "
        "write `def respond(utterance: Utterance, context: Context) -> "
        "Reply | str | Iterator[Reply | str] | None`",
    ),
    "have wrong arguments": (
        "def respond(text, mood): pass",
        "a_plugin: respond is given no mood, text; write `def respond(utterance: Utterance, ",
    ),
}


@pytest.mark.parametrize("fault", LOAD_FAULTS)
def test_a_plugin_that_cannot_be_loaded_is_left_out_and_reported_once(fault, write):
    source, told = LOAD_FAULTS[fault]
    plugins = write("a_plugin", source), write("b_plugin", returning("'here'"))
    with running(*plugins) as (host, faults):
        assert len(faults) == 1
        assert faults[0].startswith(told)
        if "for hook" in told:
            assert "`def respond(utterance: Utterance, context: Context) -> " in faults[0]
        assert host.respond(said("x")) == Reply("here", "b_plugin")
        assert len(faults) == 1


@pytest.mark.long
def test_plugins_that_hang_while_loading_are_given_up_together(write):
    hangs = "import time; time.sleep(600)\n"
    plugins = write("a", hangs), write("b", hangs), write("c", returning("'here'"))
    begin = time.monotonic()
    with running(*plugins) as (host, faults):
        assert LOAD_DEADLINE_S <= time.monotonic() - begin < 1.7 * LOAD_DEADLINE_S
        assert [fault[:13] for fault in faults] == ["a: no answer ", "b: no answer "]
        assert host.respond(said("x")).plugin == "c"


def test_loading_may_take_longer_than_a_reply_also_after_a_death(write):
    source = "import os, time; time.sleep(1)\n" + returning("str(os.getpid())")
    with running(write("slow", source), deadline_s=0.5) as (host, faults):
        pid = int(host.respond(said("x")).text)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: is_gone(pid))
        assert int(host.respond(said("x")).text) != pid
        assert faults == []


def test_what_is_printed_is_in_the_debug_log_at_once_beside_the_name(write, caplog):
    caplog.set_level("DEBUG", "tonewise")
    with running(write("prints", returning("print('here I am')"))) as (host, _):
        host.respond(said("x"))
        assert wait_until(lambda: "here I am" in caplog.text)
        (record,) = [each for each in caplog.records if each.message == "here I am"]
        assert record.name == "tonewise.plugin.prints"


def test_a_copy_of_the_process_that_answers_too_is_not_heard(write):
    source = (
        "import os\ndef respond(utterance):\n"
        "    if utterance.transcript.text == 'fork': return str(os.fork() and 'parent')\n"
        "    return utterance.transcript.text\n"
    )
    with running(write("forks", source)) as (host, faults):
        texts = ["fork", "a", "fork", "b", "c"]
        replies = [host.respond(said(text)).text for text in texts]
        assert replies == ["parent", "a", "parent", "b", "c"]
        assert faults == []


def test_a_flood_of_prints_is_no_fault(write):
    source = "print('x' * 10_000_000)\n" + returning("print('y' * 10_000_000) or 'here'")
    with running(write("prints", source)) as (host, faults):
        assert host.respond(said("x")).text == "here"
        assert faults == []


FRAGILE = """\
def respond(utterance):
    if utterance.transcript.text == "fail":
        raise ValueError
    return "fine"
"""


def test_after_three_faults_in_a_row_a_plugin_is_switched_off_and_that_is_told_once(write):
    off = []
    with running(
        write("fragile", FRAGILE), off=lambda name, fault: off.append((name, fault))
    ) as (host, faults):
        for _ in range(5):
            assert host.respond(said("fail")) is None
        assert len(faults) == 3
        assert faults[2] == (
            "fragile: ValueError (fragile.py line 3); switched off after 3 faults in a row, "
            "`tonewise plugins enable fragile` switches it on again"
        )
        assert off == [("fragile", "ValueError (fragile.py line 3)")]
        assert host.respond(said("x")) is None
        host.start()
        assert host.respond(said("x")).text == "fine"


def test_a_good_reply_ends_the_row_of_faults(write):
    with running(write("fragile", FRAGILE)) as (host, faults):
        for text in ("fail", "fail", "x", "fail", "fail", "x"):
            reply = host.respond(said(text))
        assert reply.text == "fine"
        assert len(faults) == 4


def test_a_plugin_that_died_is_loaded_again_before_the_next_turn(write, tmp_path):
    trace = tmp_path / "trace"
    source = f"import os\nopen({str(trace)!r}, 'a').write('x')\n" + returning("os._exit(1)")
    with running(write("mortal", source)) as (host, _):
        assert trace.read_text() == "x"
        host.respond(said("x"))
        assert wait_until(lambda: trace.read_text() == "xx")


def test_plugins_started_in_a_thread_that_has_ended_answer(write):
    faults = []
    host = Host([write("a", returning("'here'"))], PluginSettings(), faults.append)
    thread = threading.Thread(target=host.start)
    thread.start()
    thread.join()
    with host:
        assert host.respond(said("x")).text == "here"
    assert faults == []


def test_stopping_kills_the_processes_and_ends_the_answers(write):
    source = "import os\n" + returning("str(os.getpid())")
    with running(write("pid", source)) as (host, faults):
        pid = int(host.respond(said("x")).text)
    assert wait_until(lambda: is_gone(pid))
    assert host.respond(said("x")) is None
    host.stop()
    assert faults == []


def test_stopping_during_a_turn_ends_it_without_a_fault(write, tmp_path):
    asked = tmp_path / "asked"
    source = (
        "import time\ndef respond(utterance):\n"
        f"    open({str(asked)!r}, 'w').close()\n    time.sleep(600)\n"
    )
    replies = []
    with running(write("slow", source), write("z", returning("'z'"))) as (host, faults):
        turn = threading.Thread(target=lambda: replies.append(host.respond(said("x"))))
        turn.start()
        wait_until(asked.exists)
        begin = time.monotonic()
        host.stop()
        turn.join(DEADLINE_S)
        assert time.monotonic() - begin < DEADLINE_S / 2
    assert replies == [None]
    assert faults == []


def test_an_utterance_that_the_plugin_does_not_read_cannot_block_stopping(write):
    source = (
        "import ctypes, threading\n"
        "def respond(utterance):\n"
        "    threading.Timer(0.2, ctypes.PyDLL(None).sleep, [600]).start()\n"
        "    return 'later'\n"
    )
    with running(write("stuck", source), deadline_s=DEADLINE_S) as (host, faults):
        assert host.respond(said("x")).text == "later"
        time.sleep(0.5)  # now its interpreter is locked and reads no more
        turn = threading.Thread(target=host.respond, args=[said("\N{GRINNING FACE}" * 60_000)])
        turn.start()
        time.sleep(0.2)
        host.stop()
        turn.join(DEADLINE_S / 2)
        assert not turn.is_alive()
    assert faults == []


def test_two_threads_take_turns(write):
    plugin = write("echo", returning("utterance.transcript.text"))
    replies = {}
    with running(plugin) as (host, faults):

        def ask(number):
            replies[number] = [host.respond(said(f"{number}")).text for _ in range(20)]

        threads = [threading.Thread(target=ask, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert replies == {number: [f"{number}"] * 20 for number in range(4)}
    assert faults == []


def test_faults_are_plugin_errors(write):
    faults = []
    with Plugins([write("a", "1 / 0")], PluginSettings(), faults.append):
        assert [type(fault) for fault in faults] == [PluginError]


def is_gone(pid):
    """Whether a process has ended, all its threads included."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ended = bool(select.select([watch], [], [], 0)[0])
    os.close(watch)
    return ended


def streaming(statements):
    return (
        f"import os, time\nfrom assistant import Reply\ndef respond(utterance):\n{statements}"
    )


def sentences(answer):
    return [answer.reply.text, *answer.more]


def test_an_answer_may_come_sentence_by_sentence(write):
    source = streaming(
        "    yield Reply('one', asks_s=5)\n    yield None\n    yield ' '\n"
        "    time.sleep(0.6)\n    yield 'two'\n    yield Reply('three')\n"
    )
    settings = PluginSettings(deadline_s=0.5, patience_s=0)  # which counts to the first
    faults = []
    with Plugins([write("slow", source)], settings, faults.append) as host:
        for _ in range(2):
            answer = host.respond(said("x"))
            assert answer.reply == Reply("one", "slow", asks_s=5)
            assert list(answer.more) == ["two", "three"]
    assert faults == []


def test_a_sentence_that_fails_ends_the_answer_and_the_next_turn_works(write):
    source = streaming("    yield 'one'\n    yield 'two'\n    1 / 0\n")
    with running(write("breaks", source)) as (host, faults):
        for n in (1, 2):
            assert host.respond(said("x")).text == "one two"
            assert len(faults) == n
        assert "ZeroDivisionError" in faults[0]


def test_a_plugin_that_dies_between_sentences_ends_the_answer(write):
    source = streaming("    yield 'one'\n    os._exit(1)\n")
    with running(write("dies", source)) as (host, faults):
        assert host.respond(said("x")).text == "one"
        assert faults == ["dies: the child process died"]
        assert host.respond(said("x")).text == "one"


def test_an_answer_without_end_is_cut(write):
    source = streaming("    while True: yield 'x' * 99\n")
    with running(write("endless", source)) as (host, faults):
        assert 5_000 <= len(host.respond(said("x")).text) < 5_300
        assert host.respond(said("x")).text.startswith("xxx")
        assert faults == []


def test_an_answer_of_blanks_without_end_ends(write):
    source = streaming("    yield 'one'\n    while True: yield ' '\n")
    with running(write("blank", source)) as (host, faults):
        assert host.respond(said("x")).text == "one"
        assert host.respond(said("x")).text == "one"
        assert faults == []


def test_an_answer_that_nobody_wants_to_its_end_is_closed(write, tmp_path):
    trace = tmp_path / "trace"
    source = streaming(
        f"    try:\n        while True: yield 'x'\n    finally: open({str(trace)!r}, 'w')\n"
    )
    with Plugins([write("endless", source)], PluginSettings(), pytest.fail) as host:
        answer = host.respond(said("x"))
        assert next(answer.more) == "x"
        assert not trace.exists()
        answer.close()
        assert list(answer.more) == []
        assert wait_until(trace.exists)


def test_what_is_left_of_an_answer_does_not_mix_with_the_next(write):
    source = streaming("    for n in range(3): yield f'{utterance.transcript.text}{n}'\n")
    with Plugins([write("counts", source)], PluginSettings(), pytest.fail) as host:
        first = host.respond(said("a"))
        second = host.respond(said("b"))
        assert list(first.more) == []
        first.close()
        assert sentences(second) == ["b0", "b1", "b2"]


def test_an_answer_that_stalls_and_that_nobody_wants_is_left_without_blame(write, tmp_path):
    trace = tmp_path / "trace"
    source = streaming(
        "    yield utterance.transcript.text\n"
        f"    if utterance.transcript.text == 'a':\n        open({str(trace)!r}, 'w')\n"
        "        time.sleep(600)\n    yield 'end'\n"
    )
    settings = PluginSettings(deadline_s=0.3, patience_s=DEADLINE_S)
    with Plugins([write("stalls", source)], settings, pytest.fail) as host:
        stalled = host.respond(said("a"))
        taking = threading.Thread(target=list, args=(stalled.more,))
        taking.start()
        assert wait_until(trace.exists)
        assert taking.is_alive()
        stalled.close()
        assert sentences(host.respond(said("b"))) == ["b", "end"]
        taking.join(DEADLINE_S)
        assert not taking.is_alive()


def test_a_question_that_nobody_heard_is_not_open(write, tmp_path):
    trace = tmp_path / "trace"
    source = streaming(
        f"    yield 'one'\n    open({str(trace)!r}, 'w')\n    time.sleep(1)\n"
        "    yield Reply('Delete all?', asks_s=30)\n"
    )
    with Plugins([write("asks", source)], PluginSettings(), pytest.fail) as host:
        answer = host.respond(said("x"))
        parts = []
        taking = threading.Thread(target=lambda: parts.extend(answer.more))
        taking.start()
        assert wait_until(trace.exists)
        answer.close()
        host.drop_question()
        taking.join(DEADLINE_S)
        assert (parts, host.spoken()) == ([], 0)


def test_what_was_left_too_late_does_not_end_the_next_answer(write):
    source = streaming("    for n in range(3): yield f'{utterance.transcript.text}{n}'\n")
    with Plugins([write("counts", source)], PluginSettings(), pytest.fail) as host:
        first = host.respond(said("a"))
        (process,) = host._running
        with process.busy:  # as while it is told of an emotion
            first.close()
            asking = ThreadPoolExecutor(1).submit(host.respond, said("b"))
            time.sleep(0.2)
        second = asking.result(DEADLINE_S)
        assert sentences(second) == ["b0", "b1", "b2"]


def test_an_answer_that_nobody_wants_may_come_to_its_end(write):
    source = streaming(
        "    for n in range(3):\n        time.sleep(0.4)\n        yield str(os.getpid())\n"
    )
    with Plugins([write("slow", source)], PluginSettings(), pytest.fail) as host:
        answer = host.respond(said("x"))
        taking = threading.Thread(target=list, args=(answer.more,))
        taking.start()
        time.sleep(0.1)
        answer.close()
        taking.join(DEADLINE_S)
        assert host.respond(said("x")).reply.text == answer.reply.text  # the same process


def test_an_answer_may_ask_at_its_end(write):
    source = (
        "from assistant import Reply\ndef respond(utterance, context):\n"
        "    if context.is_answer:\n        yield 'thanks'\n"
        "    elif utterance.transcript.text == 'ask':\n"
        "        yield 'one'\n        yield Reply('which?', asks_s=30)\n"
    )
    plugins = (
        write("a", returning("'a' if utterance.transcript.text != 'ask' else None")),
        write("z", source),
    )
    with Plugins(plugins, PluginSettings(), pytest.fail) as host:
        assert sentences(host.respond(said("ask"))) == ["one", "which?"]
        assert host.spoken() == 30
        assert host.respond(said("blue")).reply.text == "thanks"
        assert host.spoken() == 0


def test_explaining_an_answer_of_blanks_without_end_ends(write):
    source = streaming("    yield 'one'\n    while True: yield ' '\n")
    with Plugins([write("blank", source)], PluginSettings(), pytest.fail) as host:
        (verdict,) = host.explain(said("x"))
        assert verdict.reply.text == "one"


def test_what_is_said_unasked_may_ask(write):
    plugins = (
        write("a", returning("'a' if utterance.transcript.text != 'ask' else None")),
        write("z", ASKING.format(mark="", asks_s=30, again=0)),
    )
    with Plugins(plugins, PluginSettings(), pytest.fail) as host:
        host.note_question(Reply("How was it?", "z", asks_s=9))
        assert host.spoken() == 9
        host.note_question(Reply("Your tea is ready.", "a"))
        assert host.respond(said("blue")).reply.text == "thanks"


def test_who_lets_wait_is_waited_for_and_that_is_told(write):
    source = streaming("    time.sleep(1)\n    return 'here'\n")
    told = []
    settings = PluginSettings(deadline_s=0.2, patience_s=DEADLINE_S)
    with Plugins([write("slow", source)], settings, pytest.fail) as host:
        answer = host.respond(said("x"), Conversation(), lambda: told.append(1))
        assert (answer.reply.text, told) == ("here", [1])


def test_who_lets_wait_too_long_is_killed_and_another_answers(write):
    slow = write("a", streaming("    time.sleep(600)\n"))
    settings = PluginSettings(deadline_s=0.5, patience_s=1)
    faults = []
    with Plugins([slow, write("b", returning("'b'"))], settings, faults.append) as host:
        assert host.respond(said("x")).reply.plugin == "b"
    assert [str(fault) for fault in faults] == ["a: no answer within 1.5 s; stopped"]


ASKING = """\
from assistant import Reply, hookimpl
@hookimpl{mark}
def respond(utterance, context):
    if context.is_answer:
        return Reply("thanks", asks_s={again})
    if utterance.transcript.text == "ask":
        return Reply("which?", asks_s={asks_s})
"""


def test_who_asked_is_asked_first_and_only_once(write):
    plugins = (
        write("a", returning("'a' if utterance.transcript.text != 'ask' else None")),
        write("z", ASKING.format(mark="", asks_s=30, again=0)),
    )
    with running(*plugins) as (host, _):
        replies = [host.respond(said(text)).text for text in ("x", "ask", "blue", "blue")]
        assert replies == ["a", "which?", "thanks", "a"]
        host.respond(said("ask"))
        host.drop_question()
        assert host.respond(said("blue")).text == "a"


def test_all_know_whose_question_is_open(write):
    first = write("a", returning("Reply(context.asked_by or 'nobody', continues=True)",
                                 "@hookimpl(tryfirst=True)")
                  .replace("(utterance)", "(utterance, context)"))  # fmt: skip
    asking = write("z", ASKING.format(mark="", asks_s=30, again=0))
    with running(first, asking) as (host, _):
        replies = [host.respond(said(text)).text for text in ("ask", "blue", "x")]
    assert replies == ["nobody which?", "z thanks", "nobody"]


def test_even_a_plugin_that_is_asked_last_gets_the_answer_to_its_question(write):
    plugins = (
        write("a", returning("'a' if utterance.transcript.text != 'ask' else None")),
        write("z", ASKING.format(mark="(trylast=True)", asks_s=30, again=0)),
    )
    with running(*plugins) as (host, _):
        assert [host.respond(said(text)).text for text in ("ask", "blue")] == [
            "which?",
            "thanks",
        ]


def test_nobody_comes_between_a_crisis_and_its_answer(write):
    first = write("first", returning("'first' if utterance.transcript.text != 'ask' else None",
                                     "@hookimpl(tryfirst=True)"))  # fmt: skip
    asking = write("z", ASKING.format(mark="", asks_s=30, again=0))
    with running(replace(first, origin="bundled"), asking) as (host, _):
        assert [host.respond(said(text)).text for text in ("ask", "blue")] == [
            "which?",
            "first",
        ]


def test_a_question_is_open_for_as_long_as_it_says_once_it_was_spoken(write):
    plugins = (
        write("a", returning("'a' if utterance.transcript.text != 'ask' else None")),
        write("z", ASKING.format(mark="", asks_s=1.0, again=0)),
    )
    with running(*plugins) as (host, _):
        host.respond(said("ask"))
        time.sleep(1.1)
        host.spoken()
        assert host.respond(said("blue")).text == "thanks"
        host.respond(said("ask"))
        time.sleep(1.1)
        assert host.respond(said("blue")).text == "a"


WAITING = "def phrases(): return ['Good night!']\n" + returning(
    "__name__[-1] + utterance.transcript.phrase"
)


@pytest.mark.parametrize(
    "transcript", [Transcript("good night"), Transcript("x", phrase="Good night!")]
)
def test_who_waits_for_a_phrase_is_asked_before_others(write, transcript):
    with running(write("a", returning("'a'")), write("z", WAITING)) as (host, _):
        assert host.respond(Utterance(transcript)).text == "zGood night!"
        assert host.respond(said("good night all")).text == "a"


def test_what_one_plugin_waits_for_is_no_phrase_of_another(write):
    unconcerned = write("a", returning("utterance.transcript.phrase or None"))
    with running(unconcerned, write("z", WAITING)) as (host, _):
        assert host.respond(said("good night")).plugin == "z"


def test_a_plugin_may_change_the_replies_of_all(write):
    adapting = (
        "from assistant import Reply, Style\n"
        "def adapt(reply, emotion):\n"
        "    if emotion and emotion.label == 'angry':\n"
        "        return Reply(reply.text.upper(), style=Style(rate=0.5))\n"
    )
    source = streaming("    yield 'one'\n    yield 'two'\n")
    with running(write("a", adapting), write("b", source)) as (host, faults):
        assert host.respond(Utterance(Transcript("x"), estimate("angry"))) == Reply(
            "ONE TWO", "b", Style(rate=0.5)
        )
        assert host.respond(Utterance(Transcript("x"), estimate("sad"))).text == "one two"
        assert host.respond(said("x")).text == "one two"
        assert faults == []


def test_a_reply_that_is_fixed_is_not_changed(write):
    adapting = write("a", "def adapt(reply): return 'changed'\n")
    fixed = write("b", returning("Reply('fixed', is_fixed=True)"))
    with running(adapting, fixed) as (host, _):
        assert host.respond(said("x")).text == "fixed"


def test_who_fails_to_change_a_reply_leaves_it(write):
    with running(write("a", "def adapt(reply): 1 / 0\n"), write("b", returning("'b'"))) as (
        host,
        faults,
    ):
        assert host.respond(said("x")).text == "b"
        assert faults == ["a: ZeroDivisionError: division by zero (a.py line 1)"]


def test_emotions_are_told_to_whom_they_concern_whoever_answers(write, tmp_path):
    trace = tmp_path / "trace"
    listening = (
        "from assistant import for_emotions\n"
        "@for_emotions('sad', 'angry', least_confidence=0.6)\n"
        "def on_emotion(utterance, emotion):\n"
        "    told = utterance.transcript.text + emotion.label\n"
        f"    open({str(trace)!r}, 'a').write(told + ' ')\n"
    )
    with running(write("a", listening), write("b", returning("'b'"))) as (host, faults):
        for text, emotion in (
            ("1", estimate("sad", 0.7)),
            ("2", estimate("sad", 0.5)),
            ("3", estimate("happy", 0.9)),
            ("4", None),
            ("5", estimate("angry", 0.6)),
        ):
            assert host.respond(Utterance(Transcript(text), emotion)).text == "b"
        assert wait_until(lambda: trace.exists() and "5" in trace.read_text())
        assert trace.read_text() == "1sad 5angry "
        assert faults == []


def test_a_plugin_is_told_when_it_starts_and_stops(write, tmp_path):
    trace = tmp_path / "trace"
    source = (
        f"def note(what): open({str(trace)!r}, 'a').write(what)\n"
        "def start(context): note('start ' + context.name)\n"
        "def stop(): note(', stop')\n" + returning("'here'")
    )
    with running(write("a", source)) as (_, faults):
        assert trace.read_text() == "start a"
    assert trace.read_text() == "start a, stop"
    assert faults == []


def test_who_does_not_stop_is_killed_soon(write):
    source = "import time\ndef stop(): time.sleep(600)\n" + returning("'here'")
    with running(write("a", source), write("b", source)) as (host, _):
        begin = time.monotonic()
        host.stop()
        assert time.monotonic() - begin < DEADLINE_S / 2


def test_settings_and_what_is_kept_reach_the_plugin(write, tmp_path):
    source = (
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Settings:\n"
        "    town: str\n    loud: bool = False\n    steps: tuple[float, ...] = (1.0,)\n"
        "def respond(context):\n"
        "    context.store['n'] = context.store.get('n', 0) + 1\n"
        "    return f'{context.settings} {context.store[\"n\"]}'\n"
    )
    setup = {"settings": {"town": "Graz", "steps": [1, 2.5]}, "store": str(tmp_path / "a.json")}
    for n in (1, 2):
        with Host(
            [write("a", source)], PluginSettings(), pytest.fail, setups={"a": setup}
        ) as host:
            assert host.respond(said("x")).text == (
                f"Settings(town='Graz', loud=False, steps=(1.0, 2.5)) {n}"
            )


@pytest.mark.parametrize(
    ("declared", "section", "told"),
    [
        ("", {"town": "Graz"}, "it has no setting 'town': it has none at all"),
        ("class Settings: pass", {}, "its Settings is no dataclass; write @dataclass above"),
        ("@dataclass\nclass Settings:\n    town: str = ''", {"village": 1},
         "it has no setting 'village'; it has town"),
        ("@dataclass\nclass Settings:\n    town: str = ''", {"town": 1},
         "in its section of the settings file: Settings.town: expected str, got 1"),
        ("@dataclass\nclass Settings:\n    town: str", {},
         "in its section of the settings file: Settings.town: missing"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_told(declared, section, told, write):
    source = f"from dataclasses import dataclass\n{declared}\n" + returning("'a'")
    faults = []
    setups = {"a": {"settings": section, "store": ""}}
    with Host([write("a", source)], PluginSettings(), faults.append, setups=setups) as host:
        assert host.respond(said("x")) is None
    assert [str(fault)[: 3 + len(told)] for fault in faults] == [f"a: {told}"]


def test_plugins_see_the_turns_before(write):
    source = (
        "def respond(context):\n"
        "    return '|'.join(turn.text for turn in context.conversation.turns)\n"
    )
    conversation = Conversation().with_turn(said("one")).with_turn(said("two"))
    with running(write("a", source)) as (host, _):
        assert host.respond(said("x"), conversation).text == "one|two"


class Board:
    """Notes what it is given."""

    def __init__(self):
        self.added, self.cancelled, self.corrected, self.renewed = [], [], [], []

    def add(self, announcement):
        self.added.append(announcement)
        if len(self.added) > 3:
            raise PluginError("too many")

    def cancel(self, plugin, key):
        self.cancelled.append((plugin, key))

    def reloaded(self, plugin):
        self.renewed.append(plugin)

    def correct(self, label, turns_back):
        self.corrected.append((label, turns_back))


@contextmanager
def announcing(plugin):
    """The plugin, running, the board that it announces to, and its faults."""
    board, faults = Board(), []
    with Host([plugin], PluginSettings(), faults.append, board=board) as host:
        yield host, board, faults


def test_a_plugin_speaks_unasked_from_any_hook_and_thread(write):
    source = (
        "import threading\n"
        "def start(context): context.say('started', key='s')\n"
        "def respond(context):\n"
        "    threading.Timer(0.1, context.say, ['later\\x1b!']).start()\n"
        "    context.cancel('s')\n"
        "    return 'here'\n"
    )
    with announcing(write("a", source)) as (host, board, faults):
        assert [each.reply for each in board.added] == [Reply("started", "a")]
        assert host.respond(said("x")).text == "here"
        assert wait_until(lambda: len(board.added) == 2)
        assert board.added[1].reply == Reply("later!", "a")
        assert board.cancelled == [("a", "s")]
        assert faults == []


def test_who_announces_too_much_is_told(write):
    source = "def respond(context): return [context.say('x') for _ in range(4)] and 'here'\n"
    with announcing(write("a", source)) as (host, _, faults):
        assert host.respond(said("x")).text == "here"
        assert [str(fault) for fault in faults] == ["a: too many"]


def test_a_plugin_says_how_somebody_really_felt(write):
    source = "def respond(context): return context.correct('sad', 2) or 'I see.'\n"
    with announcing(write("a", source)) as (host, board, faults):
        assert host.respond(said("no, sad")).text == "I see."
        assert (board.corrected, faults) == ([("sad", 2)], [])


def test_a_flood_of_announcements_is_a_fault_and_nobody_drowns(write):
    source = (
        "def respond(utterance, context):\n"
        "    while utterance.transcript.text == 'flood': context.cancel('x')\n"
        "    return 'here'\n"
    )
    with announcing(write("a", source)) as (host, board, faults):
        assert host.respond(said("flood")) is None
        assert len(board.cancelled) <= 100
        assert len(faults) == 1
        assert host.respond(said("x")).text == "here"


ALWAYS_FAULTY = {
    "with another hook that works": "def respond(utterance): 1 / 0\ndef adapt(reply): pass\n",
    "later in its answer": "def respond(utterance):\n    yield 'one'\n    1 / 0\n",
    "beside an answer": "def respond(utterance): pass\ndef on_emotion(emotion): 1 / 0\n",
}


@pytest.mark.parametrize("fault", ALWAYS_FAULTY)
def test_three_faults_in_a_row_of_one_hook_are_enough(fault, write):
    off = []
    plugins = write("a", ALWAYS_FAULTY[fault]), write("b", returning("'b'"))
    sad = replace(said("x"), emotion=estimate("sad"))
    with running(*plugins, off=lambda name, _: off.append(name)) as (host, faults):
        for _ in range(5):
            host.respond(sad)
        assert wait_until(lambda: off == ["a"])
        assert len(faults) == 3
        assert host.respond(sad).text == "b"


def test_who_asks_and_lets_another_go_on_is_asked_first_too(write):
    asking = (
        "from assistant import Reply, hookimpl\n"
        "@hookimpl(tryfirst=True)\n"
        "def respond(utterance, context):\n"
        "    if context.is_answer:\n        return 'thanks'\n"
        "    return Reply('which?', continues=True, asks_s=30)\n"
    )
    with running(write("a", asking), write("b", returning("'b'"))) as (host, _):
        reply = host.respond(said("x"))
        assert (reply.text, reply.asks_s) == ("which? b", 30)
        assert host.respond(said("blue")).text == "thanks"


def test_a_turn_does_not_wait_for_a_saved_file_that_loads_slowly(write, tmp_path):
    trace = tmp_path / "trace"
    plugin = write("a", returning("'old'"))
    with running(plugin) as (host, faults):
        slowly = f"import time; open({str(trace)!r}, 'w'); time.sleep(5)\n"
        write("a", slowly + returning("'new'"))
        assert wait_until(trace.exists)
        begin_s = time.monotonic()
        assert host.respond(said("x")).text == "old"
        assert time.monotonic() - begin_s < 2
        assert wait_until(lambda: host.respond(said("x")).text == "new")
        assert faults == []


def test_who_saves_one_that_was_switched_off_is_told_how_it_runs_again(write):
    with running(write("a", "def respond(utterance): 1 / 0\n")) as (host, faults):
        for _ in range(3):
            host.respond(said("x"))
        write("a", returning("'mended'"))
        assert wait_until(lambda: len(faults) == 4)
        assert faults[3].startswith("a: it is switched off; `tonewise plugins enable a` and a")


def test_a_plugin_that_is_saved_runs_anew(write):
    plugin = write("a", "def phrases(): return ['one']\n" + returning("'one'"))
    with announcing(plugin) as (host, board, faults):
        assert (host.respond(said("x")).text, host.phrases) == ("one", ("one",))
        write("a", "def phrases(): return ['two']\n" + returning("'two'"))
        assert wait_until(lambda: board.renewed)
        assert (host.respond(said("x")).text, host.phrases) == ("two", ("two",))
        assert (board.renewed, faults) == (["a"], [])


def test_one_that_is_saved_broken_goes_on_as_before_and_is_told(write):
    with announcing(write("a", returning("'one'"))) as (host, board, faults):
        write("a", "def respond(:")
        assert wait_until(lambda: faults)
        (fault,) = faults
        assert str(fault).startswith("a: SyntaxError")
        assert str(fault).endswith("; it goes on as it was before")
        assert host.respond(said("x")).text == "one"
        write("a", returning("'two'"))
        assert wait_until(lambda: board.renewed)
        assert host.respond(said("x")).text == "two"


def test_stopping_ends_a_plugin_that_is_being_loaded_anew(write, tmp_path):
    trace = tmp_path / "trace"
    with announcing(write("a", returning("'one'"))) as (host, board, faults):
        write("a", f"import time\nopen({str(trace)!r}, 'w')\ntime.sleep(600)\n")
        assert wait_until(trace.exists)
        begin = time.monotonic()
        host.stop()
        assert time.monotonic() - begin < DEADLINE_S / 4
        assert (board.renewed, faults) == ([], [])


HEARING = """\
WANTS_AUDIO = {wants}
def respond(context):
    audio = context.audio
    return "deaf" if audio is None else f"{{audio.duration_s:.1f}} {{audio.sample_rate}}"
def on_emotion(context):
    open({trace!r}, "w").write(str(context.audio is not None))
"""


@pytest.mark.parametrize(
    ("wants", "may", "heard"),
    [(True, True, "0.5 16000"), (True, False, "deaf"), (False, True, "deaf")],
)
def test_who_asks_and_may_hears_the_sound_which_is_deleted(
    wants, may, heard, write, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    trace = tmp_path / "trace"
    plugin = write("a", HEARING.format(wants=wants, trace=str(trace)))
    utterance = Utterance(Transcript("x"), estimate("sad"))
    with running(replace(plugin, may_hear=may), write("b", returning("'b'"))) as (host, faults):
        answer = host.respond(utterance, Conversation(), lambda: None, tone(0.5))
        assert answer.text == heard
        assert wait_until(lambda: trace.exists() and trace.read_text())
        assert trace.read_text() == str(heard != "deaf")
        assert wait_until(lambda: not list((tmp_path / "temporary").rglob("*.wav")))
        assert host.respond(utterance).text == "deaf"  # as typed words are
        assert faults == []
    assert not list((tmp_path / "temporary").iterdir())
