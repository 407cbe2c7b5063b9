"""The import arrows of ARCHITECTURE.md, and the weight of what is imported."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "assistant"

VALUES = {"errors", "values"}
STAGE = VALUES | {"settings", "audio", "child", "wire"}

MAY_IMPORT = {
    "errors": set(),
    "values": {"errors"},
    "wire": VALUES,
    "settings": {"errors"},
    "hookspecs": {"values"},
    "bundled": {"errors"},
    "child": {"errors"},
    "audio": VALUES,
    "features": VALUES,
    "emotion": VALUES | {"features"},
    "vad": VALUES | {"audio"},
    "endpointing": VALUES | {"audio", "settings", "vad"},
    "transcription": STAGE,
    "portaudio_child": STAGE,
    "devices": STAGE,
    "microphone": STAGE,
    "loudspeaker": STAGE,
    "speech": STAGE,
    "speech_child": STAGE,
    "plugin_discovery": STAGE | {"hookspecs"},
    "plugin_child": STAGE | {"hookspecs"},
    "plugins": STAGE | {"plugin_child", "plugin_discovery"},
    "manner": VALUES,
    "events": VALUES,
    "hearing": VALUES | {"endpointing"},
    "pipeline": VALUES | {"endpointing", "events", "hearing", "manner"},
    "sources": VALUES | {"audio", "endpointing", "pipeline"},
    "voice": VALUES | {"audio", "pipeline"},
    "__init__": VALUES | {"hookspecs"},
    "__main__": {"cli"},
}
"""What each file may import of ours. ``build`` and ``cli`` may import all but training."""

UNBOUND = {"build", "cli", "training"}

HEAVY = {
    "librosa", "tensorflow", "keras", "matplotlib", "torch", "jax", "sklearn", "numba",
    "fastapi", "flask", "starlette", "aiohttp",
}  # fmt: skip
"""Never on the way to a spoken reply."""


def imported(path):
    """Names of our own modules that a file imports, at any depth in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports in full"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("assistant.")}


def test_every_file_has_its_place():
    files = {path.stem for path in PACKAGE.glob("*.py")}
    assert files | {"cli", "training"} == set(MAY_IMPORT) | UNBOUND


@pytest.mark.parametrize("module", MAY_IMPORT)
def test_a_module_imports_only_what_lies_below_it(module):
    assert imported(PACKAGE / f"{module}.py") - MAY_IMPORT[module] == set()


def test_nothing_at_run_time_imports_training():
    for path in [*PACKAGE.glob("*.py"), *(PACKAGE / "cli").glob("*.py")]:
        if path.name != "train.py":
            assert "training" not in imported(path), path


def test_training_imports_no_stage_but_the_classifier():
    allowed = VALUES | {"audio", "features", "emotion", "training", "wire", "bundled"}
    for path in (PACKAGE / "training").glob("*.py"):
        assert imported(path) - allowed == set(), path


def test_a_plugin_imports_only_the_public_names():
    for path in (PACKAGE.parent / "plugins").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("assistant."), path


def modules_after(statement):
    """Names of all modules that are loaded once ``statement`` was run."""
    program = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in answer.stdout.split()}


@pytest.mark.parametrize("module", ["assistant.cli.run", "assistant.cli.analyze"])
def test_the_way_to_a_reply_is_light(module):
    statement = f"import {module}\nfrom assistant.build import *\nopen_classifier()"
    assert modules_after(statement) & HEAVY == set()


def test_help_imports_hardly_anything():
    loaded = modules_after("import assistant.cli")
    assert loaded & (HEAVY | {"rich", "speech_recognition", "soundfile", "pyaudio"}) == set()
