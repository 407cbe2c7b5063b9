"""The bundled plugins, loaded by path as the assistant loads them."""

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "plugins"


def load(name):
    """The module of a bundled plugin, fresh, as after a start."""
    spec = importlib.util.spec_from_file_location(f"bundled_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module
