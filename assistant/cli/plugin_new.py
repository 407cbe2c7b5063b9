"""``tonewise plugins new``: a package with a plugin and its tests, to begin from."""

import argparse
import re
import shlex
import shutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from assistant.bundled import PACKAGE, bundled
from assistant.errors import PluginError

TEMPLATES = PACKAGE / "templates" / "plugin"

FILES = {
    "pyproject.toml": "pyproject.toml",
    "plugin.py": "src/%MODULE%/__init__.py",
    "test_plugin.py": "tests/test_%STEM%.py",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "test.yml": ".github/workflows/test.yml",
}
"""Template, less its suffix, to where it goes in the package."""

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?")
"""What pip and the list of plugins take for a name."""

MAX_NAME_CHARACTERS = 60


def run(options: argparse.Namespace) -> int:
    """Write the package and say what to do next; raises PluginError where that cannot be."""
    name = _checked(options.name)
    folder: Path = options.into / f"tonewise-{name}"
    plugin = write_package(name, folder)
    where = shlex.quote(str(folder))
    print(f"{plugin} holds a plugin that runs; make it yours.")
    print(f"See what is wrong with it: tonewise plugins check {where}")
    print(
        f"Install and test it: cd {where} && python -m pip install -e '.[dev]' && "
        f"python -m pytest && tonewise plugins enable {name}"
    )
    return 0


def write_package(name: str, folder: Path) -> Path:
    """Write a package into a new folder and return the file of its plugin.

    Raises:
        PluginError: the folder is there already, or cannot be written.
    """
    stem = name.replace("-", "_").lower()
    words = {
        "NAME": name,
        "STEM": stem,
        "MODULE": f"tonewise_{stem}",
        "VERSION": metadata.version("tonewise"),
        "PYTHON": metadata.metadata("tonewise")["Requires-Python"],
    }
    try:
        folder.mkdir(parents=True)
        _write(folder, words)
    except FileExistsError as error:
        raise PluginError(
            f"{folder} is there already; choose another name or --into another folder"
        ) from error
    except OSError as error:
        raise PluginError(f"{folder}: cannot be written: {error.strerror}") from error
    return folder / _filled(FILES["plugin.py"], words)


def _write(folder: Path, words: Mapping[str, str]) -> None:
    """Write all files into a new folder; where one cannot be written, delete it."""
    try:
        for template, target in FILES.items():
            text = (TEMPLATES / f"{template}.template").read_text(encoding="utf-8")
            path = folder / _filled(target, words)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_filled(text, words), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _checked(name: str) -> str:
    """Return the name; raises PluginError where it is none, or is taken."""
    if not NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        raise PluginError(
            f"{name!r:.80} is no name for a plugin: letters, digits, - and _, at most "
            f"{MAX_NAME_CHARACTERS} of them, a letter or digit first and last"
        )
    if (bundled("plugins") / f"{name}.py").exists():
        raise PluginError(f"a plugin {name} comes with Tonewise; choose another name")
    return name


def _filled(text: str, words: Mapping[str, str]) -> str:
    """Return a template with the words in the place of their names, such as ``%NAME%``."""
    for key, word in words.items():
        text = text.replace(f"%{key}%", word)
    return text
