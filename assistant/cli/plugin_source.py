"""A plugin as files: what lies at a path, and which faults of its hooks the source alone shows.

Nothing is imported here: that is left to the plugin's own process.
"""

import ast
import difflib
import inspect
import os
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.cli.findings import Finding
from assistant.errors import PluginError
from assistant.hookspecs import ENTRY_POINT_GROUP, HOOKS
from assistant.plugin_discovery import Plugin
from assistant.plugin_module import no_argument, no_hook, signature

NEAR = 0.8
"""A function whose name is as near to that of a hook was meant to be one (`difflib`): respnod
and on_emotions are, step and shop are not."""

MARKS = ("hookimpl", "for_emotions")
"""Decorators that make a function a hook, whatever its name."""

_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    hook.__name__: tuple(inspect.signature(hook).parameters) for hook in HOOKS
}

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Located:
    """A plugin that lies at a path."""

    plugin: Plugin
    source: Path
    """The file in which its hooks are expected."""
    root: Path | None = None
    """The folder that its package is imported from; None for a file."""


def located(path: Path) -> tuple[Located, ...]:
    """Return the plugins at a path, which is a .py file or a folder with a pyproject.toml.

    Raises:
        PluginError: there is none.
    """
    whole = path.resolve()
    if (whole / "pyproject.toml").is_file():
        found = _entry_points(whole / "pyproject.toml").items()
        return tuple(_packaged(whole, name, location) for name, location in found)
    if path.suffix != ".py" or not path.is_file():
        raise PluginError(f"{path}: is no .py file, and no folder with a pyproject.toml")
    return (Located(Plugin(path.stem, "folder", str(whole), is_enabled=True), whole),)


@contextmanager
def importable(root: Path | None) -> Iterator[None]:
    """Have processes that are started meanwhile find the packages in a folder."""
    before = os.environ.get("PYTHONPATH")
    if root is not None:
        folders = [str(root), *([before] if before else [])]
        os.environ["PYTHONPATH"] = os.pathsep.join(folders)
    try:
        yield
    finally:
        if before is not None:
            os.environ["PYTHONPATH"] = before
        elif root is not None:
            del os.environ["PYTHONPATH"]


def hook_faults(found: Located) -> Iterator[Finding]:
    """Yield what is wrong with how hooks are written, such as a misspelled name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(found.source.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return  # loading it will tell
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    is_object = ":" in found.plugin.location and found.root is not None
    for function in _methods(tree) if is_object else _functions(tree):
        if fault := _name_fault(function, used) or _argument_fault(function, is_object):
            detail = f"{found.source.name} line {function.lineno}: {fault}"
            yield Finding(f"hook {function.name}", "broken", detail)


def _entry_points(project_file: Path) -> Mapping[str, str]:
    """Return what a package offers as plugins: names, and what they refer to."""
    try:
        found: Any = tomllib.loads(project_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PluginError(f"{project_file}: cannot be read: {reason}") from error
    for key in ("project", "entry-points", ENTRY_POINT_GROUP):
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, dict) and found and all(isinstance(at, str) for at in found.values()):
        return found
    raise PluginError(
        f'{project_file}: names no plugin; write [project.entry-points."{ENTRY_POINT_GROUP}"] '
        'and below it NAME = "MODULE"'
    )


def _packaged(folder: Path, name: str, location: str) -> Located:
    module = location.partition(":")[0].strip()
    plugin = Plugin(name, "installed", location, is_enabled=True)
    for root in (folder / "src", folder):
        path = root.joinpath(*module.split("."))
        for source in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if source.is_file():
                return Located(plugin, source, root)
    raise PluginError(
        f"{folder}: its pyproject.toml names the module {module!r}, which is not in src or here"
    )


def _functions(tree: ast.Module) -> Iterator[_Function]:
    for node in tree.body:
        if isinstance(node, _Function):
            yield node


def _methods(tree: ast.Module) -> Iterator[_Function]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (each for each in node.body if isinstance(each, _Function))


def _name_fault(function: _Function, used: set[str]) -> str:
    """Return what is wrong with the name of a function that was meant to be a hook."""
    name, marks = _hook_name(function), set(_decorators(function))
    if name in _ARGUMENTS or name.startswith("_"):
        return ""
    is_marked = not marks.isdisjoint(MARKS)
    cutoff = 0.0 if is_marked else NEAR
    nearest = difflib.get_close_matches(name, _ARGUMENTS, n=1, cutoff=cutoff)
    # Whatever is used in another way was not meant to be one.
    if not nearest or (not is_marked and (name in used or marks)):
        return ""
    return no_hook(name)


def _argument_fault(function: _Function, is_method: bool) -> str:
    """Return which arguments a hook is not given, though it has them."""
    name = _hook_name(function)
    if name not in _ARGUMENTS:
        return ""
    arguments, known = function.args, _ARGUMENTS[name]
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    n_needed = len(names) - len(arguments.defaults)
    is_bound = is_method and "staticmethod" not in _decorators(function)
    unknown = [each for each in names[is_bound:n_needed] if each not in known]
    never = [each for each in names[n_needed:] if each in known]
    never += [each.arg for each in arguments.kwonlyargs if each.arg in known]
    if unknown:
        return no_argument(name, unknown)
    if never:
        return (
            f"{', '.join(never)} is never given: it has a default or follows a *; write "
            f"`{signature(name)}`"
        )
    return ""


def _hook_name(function: _Function) -> str:
    """Return under which name pluggy takes it for a hook."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call):
            for keyword in decorator.keywords:
                if keyword.arg == "specname" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return function.name


def _decorators(function: _Function) -> Iterator[str]:
    """Yield the last part of each decorator's name."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Name | ast.Attribute):
            yield called.id if isinstance(called, ast.Name) else called.attr
