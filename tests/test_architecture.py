"""What plugins may import, and what is too heavy to load for a reply.

The import arrows of ARCHITECTURE.md are held by import-linter (pyproject.toml, `make check`).
"""

import ast
import json
import subprocess
import sys

import pytest

import assistant
from tests.conftest import RECORDINGS, ROOT

pytestmark = pytest.mark.slow

PLUGINS = sorted((ROOT / "plugins").glob("*.py"))

HEAVY = {
    "librosa", "tensorflow", "keras", "matplotlib", "torch", "jax", "sklearn", "numba",
    "fastapi", "flask", "starlette", "aiohttp",
}  # fmt: skip
"""Never on the way to a spoken reply."""


PUBLIC_MODULES = {
    f"assistant.{name}"
    for name in ("spoken_times", "understood_times", "sentences", "streamed_text")
}
"""For plugins too, and imported only by those that need them."""


def inner_imports(source):
    """Statements in the source of a plugin that reach for more than the public names."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            package = (node.module or "").partition(".")[0]
            is_public = node.module in PUBLIC_MODULES or (
                node.module == "assistant"
                and all(alias.name in assistant.__all__ for alias in node.names)
            )
            is_wrong = node.level > 0 or (package == "assistant" and not is_public)
        elif isinstance(node, ast.Import):
            is_wrong = any(alias.name.partition(".")[0] == "assistant" for alias in node.names)
        else:
            continue
        if is_wrong:
            wrong.append(ast.unparse(node))
    return wrong


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.stem)
def test_a_plugin_imports_only_the_public_names(path):
    source = path.read_text(encoding="utf-8")
    assert "from assistant import" in source
    assert inner_imports(source) == []


@pytest.mark.parametrize(
    "statement",
    [
        "import assistant",
        "import assistant.settings",
        "import assistant.settings as wanted",
        "import json, assistant.settings",
        "from assistant import settings",
        "from assistant import hookimpl, settings",
        "from assistant import settings as hookimpl",
        "from assistant import *",
        "from assistant.settings import load",
        "from assistant.values import Reply",
        "from . import companion",
        "from .companion import respond",
    ],
)
def test_each_wrong_way_to_import_is_noticed(statement):
    assert inner_imports(f"import json\n\ndef respond():\n    {statement}") == [statement]


def test_public_names_and_other_packages_may_be_imported():
    assert inner_imports("from assistant import Reply, hookimpl as hook") == []
    assert inner_imports("from assistant.spoken_times import spoken_date") == []
    assert inner_imports("import assistants\nfrom assistants.settings import load") == []


@pytest.mark.parametrize("module", ["plugin_child", "speech_child", "cli"])
def test_what_starts_often_or_first_starts_without_numpy(module):
    """It takes a tenth of a second; and the command line says first how many threads it has."""
    program = f"import sys, assistant.{module}; print('numpy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "False\n"


def printed_and_loaded(program, *arguments):
    """The lines that a program prints, and the packages that are loaded at its end."""
    answer = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)", *arguments],
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    *printed, modules = answer.stdout.splitlines()
    return printed, {name.partition(".")[0] for name in modules.split()}


CONVERSATION = "import sys\nfrom assistant.cli import main\nassert main(sys.argv[1:]) == 0"


def test_the_way_to_a_reply_is_light(tmp_path):
    recording = str(RECORDINGS / "3_time.wav")
    printed, loaded = printed_and_loaded(
        CONVERSATION, "run", "--json", "--from", recording, "--replies", str(tmp_path)
    )
    events = [json.loads(line)["event"] for line in printed]
    assert {"heard", "emotion", "reply", "spoke"} <= set(events)
    assert [path.suffix for path in tmp_path.iterdir()].count(".wav") == 1
    assert {"speech_recognition", "ai_edge_litert"} <= loaded
    assert "pocketsphinx" not in loaded  # a child process has it
    assert loaded & HEAVY == set()


def test_the_way_to_an_analysis_is_light():
    printed, loaded = printed_and_loaded(
        CONVERSATION, "analyze", "--json", str(RECORDINGS / "3_time.wav")
    )
    assert json.loads(printed[0])["speech"]
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    "child", ["plugin_child", "speech_child", "portaudio_child", "loudspeaker_child"]
)
def test_a_child_is_light(child):
    _, loaded = printed_and_loaded(f"import assistant.{child}")
    assert loaded & HEAVY == set()


def test_help_imports_hardly_anything():
    _, loaded = printed_and_loaded("import assistant.cli")
    assert loaded & (HEAVY | {"rich", "speech_recognition", "soundfile", "pyaudio"}) == set()
