"""A plugin as files: what lies at a path, and which faults of its hooks the source alone shows.

Nothing is imported here: that is left to the plugin's own process.
"""

import ast
import inspect
import os
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.cli.findings import Finding, State
from assistant.errors import PluginError
from assistant.hookspecs import ENTRY_POINT_GROUP, HOOKS
from assistant.plugin_discovery import Plugin
from assistant.plugin_module import FAR, nearest_hook, no_argument, no_hook, signature

NEAR = 0.8
"""A function whose name is as near to that of a hook was meant to be one (`difflib`): respnod
and on_emotions are, step and shop are not."""

MARKS = ("hookimpl", "for_emotions")
"""Decorators that make a function a hook, whatever its name."""

_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    hook.__name__: tuple(inspect.signature(hook).parameters) for hook in HOOKS
}

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_LITERALS = (
    *(ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
"""Values of which the source alone shows that they are no function."""


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
    tree = _parsed(found.source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    is_object = ":" in found.plugin.location and found.root is not None
    for scope in _scopes(tree, is_object):
        for name, state, line, fault in (
            *_function_faults(scope, used, is_object),
            *_value_faults(scope, is_object),
        ):
            yield Finding(name, state, f"{found.source.name} line {line}: {fault}")


_Fault = tuple[str, State, int, str]
"""Name and state of a finding, its line and what is wrong there."""


def _parsed(source: Path) -> ast.Module:
    """Return the code of a file; none where it cannot be read, which loading it will tell."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


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


def _scopes(tree: ast.Module, is_object: bool) -> Iterator[list[ast.stmt]]:
    """Yield where hooks are looked for: the classes of an object, or the module."""
    if not is_object:
        yield tree.body
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.body


def _function_faults(
    scope: list[ast.stmt], used: set[str], is_object: bool
) -> Iterator[_Fault]:
    functions = [node for node in scope if isinstance(node, _Function)]
    last = {function.name: function for function in functions}
    for function in functions:
        fault = (
            _name_fault(function, used)
            or _lost(function, last[function.name])
            or _async_fault(function)
            or _argument_fault(function, is_object)
        )
        if fault:
            yield f"hook {function.name}", "broken", function.lineno, fault


def _value_faults(scope: list[ast.stmt], is_object: bool) -> Iterator[_Fault]:
    """Yield what is given a value that means nothing there."""
    values = _values(scope)
    phrases = values.get("phrases")
    if phrases is not None and not is_object:
        fault = f"phrases is no function, nobody reads it; write `{signature('phrases')}`"
        yield "hook phrases", "broken", phrases.lineno, fault
    wants = values.get("WANTS_AUDIO")
    if wants is not None and not isinstance(getattr(wants, "value", None), bool):
        fault = "it is neither True nor False, and only True counts; write `WANTS_AUDIO = True`"
        yield "WANTS_AUDIO", "broken", wants.lineno, fault


def _values(scope: list[ast.stmt]) -> dict[str, ast.expr]:
    """Return which names are given a literal, as the last that they are given."""
    values: dict[str, ast.expr | None] = {}
    for node in scope:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                values[name] = None
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values[name] = value
    return {name: value for name, value in values.items() if isinstance(value, _LITERALS)}


def _name_fault(function: _Function, used: set[str]) -> str:
    """Return what is wrong with the name of a function that was meant to be a hook."""
    name, marks = _hook_name(function), set(_decorators(function))
    if "for_emotions" in marks and name in _ARGUMENTS and name != "on_emotion":
        right = signature("on_emotion")
        return f"for_emotions does nothing above {name}; it goes above `{right}`"
    if name in _ARGUMENTS or name.startswith("_"):
        return ""
    # Whatever is used in another way was not meant to be one.
    if marks.isdisjoint(MARKS) and (name in used or marks):
        return ""
    if meant := _meant(name, marks):
        return no_hook(name, meant)
    return ""


def _meant(name: str, marks: set[str]) -> str:
    """Return which hook a function of another name was meant to be; empty for none."""
    if "for_emotions" in marks:
        return "on_emotion"
    if "hookimpl" in marks:
        return nearest_hook(name, FAR) or "respond"
    return nearest_hook(name, NEAR)


def _lost(function: _Function, last: _Function) -> str:
    """Return that a hook is written again further down; decorators may make one of both."""
    is_plain = set(_decorators(function)) <= set(MARKS)
    if function is last or not is_plain or _hook_name(function) not in _ARGUMENTS:
        return ""
    return f"it is lost: line {last.lineno} has another {function.name}; keep one"


def _async_fault(function: _Function) -> str:
    name = _hook_name(function)
    if name not in _ARGUMENTS or isinstance(function, ast.FunctionDef):
        return ""
    return f"nobody awaits it; write `def {function.name}`, not `async def`"


def _argument_fault(function: _Function, is_method: bool) -> str:
    """Return which arguments a hook is not given, though it has them."""
    name = _hook_name(function)
    if name not in _ARGUMENTS:
        return ""
    arguments, known = function.args, _ARGUMENTS[name]
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    is_bound = is_method and "staticmethod" not in _decorators(function)
    needed = names[is_bound : len(names) - len(arguments.defaults)]
    unknown = [each for each in needed if each not in known]
    never = [each.arg for each in arguments.kwonlyargs if each.arg in known]
    stars = [each for each in (arguments.vararg, arguments.kwarg) if each]
    if unknown:
        return no_argument(name, unknown)
    if never:
        return f"{', '.join(never)} is never given: it follows a *; write `{signature(name)}`"
    # A name such as _ says that what it stands for is not wanted.
    if not names[is_bound:] and any(not star.arg.startswith("_") for star in stars):
        return (
            f"{name} is given nothing: it gets the arguments that it names, and none by * "
            f"or **; write `{signature(name)}`"
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
