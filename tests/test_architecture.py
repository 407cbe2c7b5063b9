"""What plugins may import, and what is too heavy to load for a reply.

The import arrows of ARCHITECTURE.md are held by import-linter (pyproject.toml, `make check`).
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "assistant"

HEAVY = {
    "librosa", "tensorflow", "keras", "matplotlib", "torch", "jax", "sklearn", "numba",
    "fastapi", "flask", "starlette", "aiohttp",
}  # fmt: skip
"""Never on the way to a spoken reply."""


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
