"""``tonewise plugins check``: each fault of a plugin is named, and a sound one is fine."""

import json
import os
import re
import time

import pytest

from assistant.cli import main
from assistant.cli.plugin_new import write_package
from assistant.cli.plugin_source import Located, hook_faults
from assistant.plugin_discovery import Plugin
from assistant.values import EMOTIONS
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

HEAD = (
    "from assistant import Reply, for_emotions, hookimpl\nfrom dataclasses import dataclass\n"
)
"""Two lines before each source."""

ECHO = "def respond(utterance): return utterance.transcript.text\n"


@pytest.fixture(autouse=True)
def own_data(monkeypatch, tmp_path):
    """What plugins would keep is kept here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def write(tmp_path):
    """A function that writes a plugin file and returns its path."""

    def write(source, name="lamp"):
        path = tmp_path / "plugins" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD + source)
        return path

    return write


@pytest.fixture
def check(capsys):
    """Runs the command with --json; returns exit status and findings: name, state, detail."""

    def run(path, *arguments):
        status = main(["plugins", "check", str(path), "--json", *map(str, arguments)])
        printed = capsys.readouterr()
        assert printed.err == ""
        (findings,) = map(json.loads, printed.out.splitlines())
        return status, [tuple(each.values()) for each in findings]

    return run


def broken(findings):
    return [(name, detail) for name, state, detail in findings if state == "broken"]


def named(findings, name):
    (found,) = [(state, detail) for each, state, detail in findings if each == name]
    return found


@pytest.mark.parametrize(
    "path", sorted((ROOT / "plugins").glob("*.py")), ids=lambda path: path.stem
)
def test_a_bundled_plugin_is_fine(check, path):
    status, findings = check(path)
    assert (status, broken(findings)) == (0, [])
    assert findings[0] == (f"plugin {path.stem}", "fine", str(path))


def test_it_is_asked_in_each_emotion_and_about_what_is_rare(check):
    _, findings = check(ROOT / "plugins" / "companion.py")
    for label in ("typed", *EMOTIONS, "changing", "no words", "long words"):
        assert named(findings, f"respond, {label}")[0] == "fine"
    assert named(findings, "in time")[0] == "fine"


def test_a_package_is_loaded_through_its_entry_point_and_is_fine(check, tmp_path):
    write_package("good-things", tmp_path / "package")
    status, findings = check(tmp_path / "package")
    assert (status, broken(findings)) == (0, [])
    assert findings[0][0] == "plugin good-things"
    assert re.fullmatch(
        r"\d\.\d s of 10 s; it has respond, phrases; phrases: 1", named(findings, "load")[1]
    )
    assert named(findings, 'respond, "cheer me up"')[1].endswith(
        ' ms: "Tell me a good thing first."'
    )


def test_each_hook_is_called_and_told_how_it_did(check, write):
    path = write(
        "def answer(utterance, context):\n"
        "    if context.is_answer: return 'thanks'\n"
        "    if utterance.transcript.phrase: return Reply('which?', asks_s=9)\n"
        "    if utterance.timeline: return Reply('I see', continues=True)\n"
        "    if utterance.emotion is None:\n"
        "        context.say('x' * 90, after_s=50)\n"
        "        context.correct('calm')\n"
        "def respond(utterance, context):\n"
        "    if utterance.transcript.text: return answer(utterance, context)\n"
        "    return iter(['one', None, 'two'])\n"
        "def phrases(): return ['lamp on', 'lamp off']\n"
        "@for_emotions('sad', 'angry', least_confidence=0.9)\n"
        "def on_emotion(emotion): assert emotion.confidence >= 0.9\n"
        "def adapt(reply): return reply.text + '!'\n"
        "def start(context): context.store['x'] = 1\n"
        "def stop(): pass\n"
    )
    status, findings = check(path)
    assert (status, broken(findings)) == (0, [])
    told = {name: re.sub(r"\d+ ms", "N ms", detail) for name, _, detail in findings}
    assert told["respond, typed"] == "N ms: nothing"
    assert told["respond, no words"] == 'N ms: "one two"'
    assert told["respond, changing"] == 'N ms: "I see" (and the next may go on)'
    assert told['respond, "lamp on"'] == told['respond, "lamp off"']
    assert told['respond, "lamp on"'] == 'N ms: "which?" (it asks)'
    assert told["respond, an answer"] == 'N ms: "thanks"'
    assert told["on_emotion"] == "called 2 times, N ms at most, of 2 s"
    assert told["adapt"] == "called 9 times, N ms at most, of 2 s"
    assert told["stop"] == "called once, N ms at most, of 1 s"
    assert re.fullmatch(
        r'it wants 1 said; first, in (49|50) s, "x{60} \.\.\."', told["unasked"]
    )
    assert told["corrections"] == "it corrects the voice: calm"


def test_it_leaves_no_trace(check, write, tmp_path):
    path = write(
        "def respond(context):\n"
        "    context.store['x'] = 1\n    context.say('tea', after_s=0)\n    return 'here'\n"
    )
    status, _ = check(path)
    assert status == 0
    assert [each.name for each in tmp_path.iterdir()] == ["plugins"]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("source", "name", "told"),
    [
        ("@hookimpl\ndef respnod(utterance): pass", "respnod",
         "lamp.py line 4: there is no hook 'respnod', nobody calls it; write `def respond("),
        (f"{ECHO}def on_emotions(emotion): pass", "on_emotions", "write `def on_emotion("),
        (f"{ECHO}async def phrase(): pass", "phrase", "write `def phrases(context"),
        (f"{ECHO}@for_emotions('sad')\ndef sad(emotion): pass", "sad",
         "no hook 'sad', nobody calls it; write `def on_emotion("),
        ("@for_emotions('sad')\ndef respond(utterance): pass", "respond",
         "for_emotions does nothing above respond; it goes above `def on_emotion("),
        ("@hookimpl\ndef answer(utterance): pass", "answer", "write `def respond("),
        ("@hookimpl\ndef starts(context): pass", "starts", "write `def start("),
        ("async def respond(utterance): return 'x'", "respond",
         "line 3: nobody awaits it; write `def respond`, not `async def`"),
        ("@hookimpl(specname='adapt')\nasync def f(reply): pass", "f", "write `def f`, not"),
        ("def respond(text): pass", "respond",
         "line 3: respond is given no text; write `def respond(utterance: Utterance, context"),
        ("def respond(utterance, mood, extra): pass", "respond", "given no mood, extra; write"),
        ("@hookimpl(specname='adapt')\ndef f(utterance, text): pass", "f", "adapt is given no"),
        ("def respond(*, utterance=None): return 'x'", "respond",
         "utterance is never given: it follows a *; write `def respond("),
        ("def respond(*given, **more): return 'x'", "respond",
         "line 3: respond is given nothing: it gets the arguments that it names, and none"),
        ("def respond(**kw): return 'x'", "respond", "respond is given nothing"),
        ("def respond(*_, **kw): return 'x'", "respond", "respond is given nothing"),
        (f"{ECHO}phrases = ['lamp on']", "phrases",
         "line 4: phrases is no function, nobody reads it; write `def phrases(context"),
        (f"{ECHO}phrases: list[str] = [each for each in 'ab']", "phrases", "is no function"),
        (f"{ECHO}def phrases(): return []\nphrases = 'lamp on'", "phrases", "line 5: phrases"),
        (f"{ECHO}def stop(utterance): pass", "stop", "stop is given no utterance; write"),
    ],
)  # fmt: skip
def test_a_hook_that_is_misspelled_or_has_wrong_arguments_is_named(
    check, write, source, name, told
):
    status, findings = check(write(source))
    assert status == 1
    state, detail = named(findings, f"hook {name}")
    assert state == "broken"
    assert told in detail
    if any(other == "load" for other, _ in broken(findings)):  # said once
        assert "; write " not in named(findings, "load")[1]


def test_of_two_hooks_of_one_name_the_lost_one_is_named(check, write):
    status, findings = check(write(f"{ECHO}def start(): pass\n@hookimpl\n{ECHO}"))
    assert status == 1
    assert broken(findings) == [
        ("hook respond", "lamp.py line 3: it is lost: line 6 has another respond; keep one")
    ]


def test_an_argument_with_a_default_is_given_too(check, write):
    source = (
        "def respond(utterance, /, context=None): return context and context.name or 'none'"
    )
    status, findings = check(write(source))
    assert (status, broken(findings)) == (0, [])
    assert "lamp" in named(findings, "respond, typed")[1]


@pytest.mark.parametrize("value", ["1", "'yes'", "None", "[]"])
def test_wanting_audio_is_true_or_false(check, write, value):
    status, findings = check(write(f"WANTS_AUDIO = True\nWANTS_AUDIO = {value}\n{ECHO}"))
    assert (status, broken(findings)) == (
        1,
        [("WANTS_AUDIO", "lamp.py line 4: it is neither True nor False, and only True counts; "
          "write `WANTS_AUDIO = True`")],
    )  # fmt: skip


def test_a_fault_of_another_kind_cuts_no_hint_short(check, write):
    findings = check(write("WANTS_AUDIO = 1"))[1]
    assert "has no function respond; write `def respond(" in named(findings, "load")[1]


@pytest.mark.parametrize(
    "source",
    [
        f"{ECHO}def phrase(): pass\nphrase()",
        f"{ECHO}def step(): pass\ndef shop(): pass\ndef answer(utterance): pass",
        f"{ECHO}def _responds(utterance): pass",
        f"{ECHO}import functools\n@functools.cache\ndef adapted(reply): pass",
        "def respond(utterance, clock=len): return 'x'",
        "def respond(utterance, *given, **more): return 'x'",
        "def respond(*_, **_more): return 'x'",
        f"{ECHO}WANTS_AUDIO = bool(1)\nWANTS_AUDIO: bool\nstart = 5",
        f"WANTS_AUDIO: bool = True\nWANTS_AUDIO = not WANTS_AUDIO\n{ECHO}",
        f"{ECHO}phrases = ['on']\ndef phrases(): return ['off']",
        f"{ECHO}phrases = lambda: ['on']",
        f"{ECHO}import typing\n@typing.overload\ndef start(): pass\ndef start(): pass",
        f"{ECHO}def say(): pass\ndef say(): pass",
        f"{ECHO}@hookimpl(specname='adapt')\ndef one(reply): pass\ndef adapt(reply): pass",
        f"{ECHO}@for_emotions('sad')\n@hookimpl(specname='on_emotion')\ndef sad(): pass",
        "class Lamp:\n    def respond(self, text): pass\n    def adopt(self): pass\n" + ECHO,
    ],
)
def test_what_only_looks_like_a_hook_is_no_fault(write, source):
    path = write(source)
    assert list(hook_faults(Located(Plugin("lamp", "folder", str(path)), path))) == []


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("def respond(self, utterance, context): pass", None),
        ("@staticmethod\n    def respond(utterance): pass", None),
        ("def respond(self, text): pass", "respond is given no text"),
        ("@staticmethod\n    def respond(self, utterance): pass", "respond is given no self"),
        ("def on_emotoin(self, emotion): pass", "there is no hook 'on_emotoin'"),
        ("def respond(self, **kw): pass", "respond is given nothing"),
        ("def respond(self, context=None): pass", None),
        ("WANTS_AUDIO = 1", "line 5: it is neither True nor False"),
        ("phrases = ['on']", None),
        ("def stop(self): pass\n    def stop(self): pass", "line 5: it is lost: line 6 has"),
        ("def stop(self): pass\nclass Settings:\n    def stop(self): pass", None),
    ],
)
def test_methods_are_hooks_where_the_entry_point_names_an_object(write, method, told):
    path = write(f"def respond(text): pass\nclass Lamp:\n    {method}\nlamp = Lamp()\n")
    plugin = Plugin("lamp", "installed", "lamp:lamp")
    found = [each.detail for each in hook_faults(Located(plugin, path, path.parent))]
    assert len(found) == (told is not None)
    assert told is None or told in found[0]


@pytest.mark.parametrize(
    "content", [b"def respond(:", b"\xff\xfe\x00", b"x = '\0'", b"(" * 999]
)
def test_a_source_that_cannot_be_read_is_left_to_python_to_tell(check, write, content):
    path = write("")
    path.write_bytes(content)
    status, findings = check(path)
    assert status == 1
    ((name, detail),) = broken(findings)
    assert name == "load"
    assert re.match(r"(Syntax|Value|Unicode|Memory)\w*Error: ", detail)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module' "
         "(lamp.py line 3)"),
        ("x = 1", "has no function respond; write `def respond(utterance: Utterance, "),
        (f"{ECHO}def start(): {{}}['a']", "KeyError: 'a' (lamp.py line 4)"),
        (f"{ECHO}def phrases(): return 'on'", "phrases returned str; return a list of phrases"),
        (f"{ECHO}class Settings: pass", "its Settings is no dataclass; write @dataclass above"),
        (f"@dataclass\nclass Settings:\n    n: int = 'x'\n{ECHO}",
         "in its section of the settings file: Settings.n: expected int, got 'x'"),
        (f"@dataclass\nclass Settings:\n    n: set = 5\n{ECHO}", "Settings.n"),
        ("import os; os._exit(1)", "the child process died"),
    ],
)  # fmt: skip
def test_what_keeps_it_from_loading_is_named(check, write, source, told):
    status, findings = check(write(source))
    assert status == 1
    ((name, detail),) = broken(findings)
    assert name == "load"
    assert told in detail
    assert len(findings) == 2


@pytest.mark.long
def test_one_that_does_not_load_in_time_is_given_up(check, write):
    begin_s = time.monotonic()
    status, findings = check(write("import time\ntime.sleep(600)"))
    assert time.monotonic() - begin_s < 20
    ((name, detail),) = broken(findings)
    assert (status, name) == (1, "load")
    assert re.fullmatch(r"no answer within (10|9\.\d+) s; stopped", detail)


def test_it_is_loaded_with_its_section_of_the_settings(check, write, tmp_path):
    path = write(
        "@dataclass\nclass Settings:\n    town: str\n"
        "def respond(context): return context.settings.town\n"
    )
    settings = tmp_path / "own.toml"
    settings.write_text("[plugins.lamp]\ntown = 'Graz'\n")
    status, findings = check(path, "--settings", settings)
    assert (status, named(findings, "respond, typed")[1][-6:]) == (0, '"Graz"')
    assert "Settings.town: missing" in named(check(path)[1], "load")[1]
    settings.write_text("[plugins.lamp]\nvillage = 'Graz'\n")
    findings = check(path, "--settings", settings)[1]
    assert named(findings, "load") == ("broken", "it has no setting 'village'; it has town")


@pytest.mark.parametrize(
    ("source", "name", "told"),
    [
        ("    if not utterance.emotion: 1 / 0", "typed",
         "ZeroDivisionError: division by zero (lamp.py line 4)"),
        ("    if getattr(utterance.emotion, 'label', '') == 'sad': return 5", "sad",
         "respond returned int; return a Reply, a str or None"),
        ("    utterance.transcript.text[0]", "no words",
         "IndexError: string index out of range (lamp.py line 4)"),
        ("    if len(utterance.transcript.text) > 9999: raise ValueError", "long words",
         "ValueError (lamp.py line 4)"),
        ("    if utterance.timeline: return Reply(5)", "changing",
         "TypeError: Reply.text must be a str, got int (lamp.py line 4)"),
        ("    reply = Reply('x')\n    object.__setattr__(reply, 'text', 5)\n"
         "    if utterance.timeline: return reply", "changing",
         "Answered.reply.text: expected str, got 5"),
        ("    if utterance.transcript.phrase == 'lamp off': raise SystemExit", '"lamp off"',
         "SystemExit (lamp.py line 4)"),
        ("    if context.is_answer: 1 / 0\n    return Reply('which?', asks_s=5)", "an answer",
         "ZeroDivisionError: division by zero (lamp.py line 4)"),
        ("    yield 'one'\n    if not utterance.emotion: 1 / 0", "typed",
         "ZeroDivisionError: division by zero (lamp.py line 5)"),
    ],
)  # fmt: skip
def test_what_it_fails_at_is_named_with_the_line(check, write, source, name, told):
    path = write(
        f"def respond(utterance, context):\n{source}\n"
        "def phrases(): return ['lamp on', 'lamp off']\n"
    )
    status, findings = check(path)
    assert (status, broken(findings)) == (1, [(f"respond, {name}", told)])


@pytest.mark.parametrize(
    ("source", "name", "told"),
    [
        ("def on_emotion(emotion): assert emotion.label != 'angry'", "on_emotion",
         "angry: AssertionError (lamp.py line 4)"),
        ("def adapt(emotion): return emotion.label", "adapt",
         "typed: AttributeError: 'NoneType' object has no attribute 'label' (lamp.py line 4)"),
        ("def adapt(reply): return 5", "adapt",
         "typed: adapt returned int; return a Reply, a str or None"),
        ("def stop(): 1 / 0", "stop",
         "at the end: ZeroDivisionError: division by zero (lamp.py line 4)"),
        ("import time\ndef stop(): time.sleep(600)", "stop",
         "at the end: no answer within 1 s; stopped"),
    ],
)  # fmt: skip
def test_what_the_other_hooks_fail_at_is_named(check, write, source, name, told):
    status, findings = check(write(ECHO + source))
    assert (status, broken(findings)) == (1, [(name, told)])


def test_stop_is_called_once(check, write, tmp_path):
    trace = tmp_path / "trace"
    path = write(f"{ECHO}def stop(): open({str(trace)!r}, 'a').write('stop ')")
    assert check(path)[0] == 0
    assert trace.read_text() == "stop "


def test_after_three_faults_in_a_row_it_is_asked_no_more_but_other_hooks_are(check, write):
    status, findings = check(write("def respond(): 1 / 0\ndef adapt(): 5 + 'x'\n"))
    assert status == 1
    assert [name for name, _ in broken(findings)] == [
        "respond, typed", "respond, neutral", "respond, calm", "respond", "adapt",
    ]  # fmt: skip
    assert named(findings, "respond")[1].startswith("after 3 faults in a row")
    assert "in time" not in [name for name, _, _ in findings]


def test_who_lets_wait_is_told_and_who_lets_wait_too_long_is_broken(check, write):
    path = write(
        "import time\ndef respond(utterance):\n"
        "    time.sleep(600 if utterance.timeline else not utterance.emotion and 0.6)\n"
    )
    waits = ("--set", "plugins.deadline_s=0.5", "--set", "plugins.patience_s=0.5")
    status, findings = check(path, *waits)
    assert (status, broken(findings)) == (
        1, [("respond, changing", "no answer within 1 s; stopped")],
    )  # fmt: skip
    state, detail = named(findings, "in time")
    assert state == "missing"
    assert re.fullmatch(
        r"typed: 0\.\d s; from plugins\.deadline_s \(0\.5 s\) on the assistant says "
        '"One moment, please"',
        detail,
    )


def test_one_that_dies_goes_on_with_the_next_question(check, write):
    path = write(
        "import os\ndef respond(utterance):\n    if not utterance.emotion: os._exit(1)\n"
    )
    status, findings = check(path)
    assert (status, broken(findings)) == (1, [("respond, typed", "the child process died")])


def test_an_answer_without_end_is_cut(check, write):
    status, findings = check(write("def respond():\n    while True: yield 'x' * 500\n"))
    assert (status, broken(findings)) == (0, [])


def test_one_that_wants_to_hear_is_given_a_sound(check, write):
    path = write("WANTS_AUDIO = True\ndef respond(context): return str(bool(context.audio))\n")
    findings = check(path)[1]
    assert named(findings, "respond, typed")[1].endswith('"False"')
    assert named(findings, "respond, with its sound")[1].endswith('"True"')


def test_a_plugin_without_respond_is_asked_nothing(check, write):
    status, findings = check(write("def on_emotion(): pass\n"))
    assert (status, [name for name, _, _ in findings]) == (
        0, ["plugin lamp", "load", "on_emotion"],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["my lamp", "_lamp"])
def test_a_name_that_the_assistant_does_not_take_is_broken(check, write, name):
    status, findings = check(write(ECHO, name))
    assert (status, [each for each, _ in broken(findings)]) == (1, [f"plugin {name}"])
    assert findings[0][2].startswith("rename it: a name begins with a letter or digit")


def test_a_name_that_a_bundled_plugin_has_is_broken(check, write):
    status, findings = check(write(ECHO, "clock"))
    told = "a plugin clock comes with Tonewise; choose another name"
    assert (status, broken(findings)) == (1, [("plugin clock", told)])


def test_a_name_that_another_own_plugin_has_is_told(check, write, tmp_path):
    own = tmp_path / "settings" / "plugins" / "lamp.py"
    own.parent.mkdir(parents=True)
    own.write_text(ECHO)
    status, findings = check(write(ECHO))
    assert (status, broken(findings)) == (0, [])
    assert findings[0] == (
        "plugin lamp",
        "missing",
        f"{own} (folder) has this name, too; only one of them runs",
    )
    link = tmp_path / "link"
    link.symlink_to(own.parent)
    assert check(link / "lamp.py")[1][0] == ("plugin lamp", "fine", str(own))


PROJECT = '[project]\n[project.entry-points."tonewise.plugins"]\n'


@pytest.fixture
def package(tmp_path):
    """A function that writes a package: its project file, and modules by path."""

    def package(project, **modules):
        folder = tmp_path / "package"
        folder.mkdir()
        (folder / "pyproject.toml").write_text(project)
        for name, source in modules.items():
            path = folder / name.replace("__", "/")
            path.mkdir(parents=True, exist_ok=True)
            (path / "__init__.py").write_text(source)
        return folder

    return package


def test_a_package_may_offer_several_and_lie_outside_of_src(check, package):
    folder = package(
        f'{PROJECT}one = "tonewise_one"\ntwo = "tonewise_two.inner:lamp"\n',
        tonewise_one=ECHO,
        tonewise_two="",
        tonewise_two__inner="class Lamp:\n    def respond(self): return 1 / 0\nlamp = Lamp()\n",
    )
    status, findings = check(folder)
    assert status == 1
    assert [name for name, _, _ in findings if name.startswith("plugin")] == [
        "plugin one",
        "plugin two",
    ]
    assert named(findings, "respond")[0] == "broken"
    assert "(__init__.py line 2)" in broken(findings)[0][1]


def test_a_package_that_is_installed_does_not_clash_with_itself(
    check, package, monkeypatch, tmp_path
):
    information = tmp_path / "site" / "lamp-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: lamp\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[tonewise.plugins]\nlamp = lamp_one\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    folder = package(f'{PROJECT}lamp = "lamp_one"\n', lamp_one=ECHO, lamp_two=ECHO)
    assert check(folder)[1][0][1] == "fine"
    (folder / "pyproject.toml").write_text(f'{PROJECT}lamp = "lamp_two"\n')
    told = "lamp_one (installed) has this name, too; only one of them runs"
    assert check(folder)[1][0][1:] == ("missing", told)


@pytest.mark.parametrize("is_set", [True, False])
def test_the_module_of_the_package_goes_before_another(
    check, package, monkeypatch, tmp_path, is_set
):
    before = str(tmp_path) if is_set else None
    if before:
        monkeypatch.setenv("PYTHONPATH", before)
    else:
        monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "colorsys.py").write_text("1 / 0")
    folder = package(f'{PROJECT}own = "colorsys"\n', src__colorsys=ECHO)
    assert check(folder)[0] == 0
    assert os.environ.get("PYTHONPATH") == before


@pytest.mark.parametrize(
    ("project", "told"),
    [
        ("[project", "pyproject.toml: cannot be read: "),
        ("[project]", 'names no plugin; write [project.entry-points."tonewise.plugins"]'),
        ("project = 5", "names no plugin"),
        (PROJECT, "names no plugin"),
        (f"{PROJECT}lamp = 5", "names no plugin"),
        (
            f'{PROJECT}lamp = "tonewise_lamp"',
            "names the module 'tonewise_lamp', which is not in",
        ),
        (f'{PROJECT}lamp = ""', "names the module '', which is not in src or here"),
    ],
)
def test_a_package_without_a_plugin_is_an_error_of_one_line(capsys, package, project, told):
    status = main(["plugins", "check", str(package(project))])
    printed = capsys.readouterr()
    assert (status, printed.out, len(printed.err.splitlines())) == (1, "", 1)
    assert told in printed.err


@pytest.mark.parametrize("name", ["none.py", "none", "lamp.txt", "."])
def test_a_path_without_a_plugin_is_an_error_of_one_line(capsys, tmp_path, name):
    (tmp_path / "lamp.txt").write_text(ECHO)
    status = main(["plugins", "check", str(tmp_path / name)])
    printed = capsys.readouterr()
    assert (status, printed.out) == (1, "")
    assert printed.err == (
        f"tonewise: {tmp_path / name}: is no .py file, and no folder with a pyproject.toml\n"
    )


def test_findings_look_like_those_of_doctor(capsys, write):
    path = write("def respond(utterance): return '\\x07' + 'y' * (utterance.emotion is None)\n")
    assert main(["plugins", "check", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"fine    {'plugin lamp':<20} {path}"
    assert re.fullmatch(rf'fine    {"respond, typed":<20} \d+ ms: "y"', lines[2])
    path = write("def respond(): raise ValueError('\\x1b[31m')\n")
    assert main(["plugins", "check", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == (
        f"broken  {'respond, typed':<20} ValueError: \\x1b[31m (lamp.py line 3)"
    )
