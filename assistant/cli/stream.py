"""``tonewise stream``: how it is said, while it is being said."""

import argparse
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console

from assistant.audio import CHUNK_S, read_audio
from assistant.build import open_emotion_stream
from assistant.cli import ENDING
from assistant.cli.ends import steady_microphone
from assistant.cli.keys import QUIT, Keys, interrupt
from assistant.cli.notes import print_note
from assistant.cli.stream_view import JsonLines, Lines, Screen, Sound, View
from assistant.cli.voices import SETTING, note_unused
from assistant.emotion_stream import Moment, Quiet, Timeline
from assistant.endpointing import chunked
from assistant.errors import DeviceError, ProfileError
from assistant.settings import Settings
from assistant.settings_reading import load
from assistant.steady_microphone import SteadyMicrophone
from assistant.values import Samples


def run(options: argparse.Namespace) -> int:
    """Show how it is said, until it is over or the person ends it.

    Raises:
        AudioError: the recording cannot be used.
        DeviceError: there is no microphone.
        ModelError: the emotion model or the voice detector cannot be used.
        ProfileError: the voice that is named cannot be used.
    """
    _check_usage(options)
    settings = load(options.settings, assignments=_assignments(options))
    audio = read_audio(options.file, settings.audio.max_file_s) if options.file else None
    report = note_unused if options.profile is None else _refuse
    stream = open_emotion_stream(settings, report, print_note)
    with ExitStack() as stack:
        if audio is None:
            microphone = _microphone(settings, stack)
            sound = Sound(microphone.chunks())

            def end() -> None:
                sound.end()
                # One that was lost may be waited for. Not here: this interrupts who holds it.
                threading.Thread(target=microphone.close).start()
        else:
            sound = Sound(chunked(audio) if options.fast else _at_real_speed(chunked(audio)))
            end = sound.end
        view = _view(options, sound)
        heard: list[Moment] = []

        def notify(event: Moment | Quiet) -> None:
            if isinstance(event, Moment):
                heard.append(event)
            view.show(event)

        with view, _ended_by_signals(end), Keys({QUIT: interrupt}, leaving=view.leaving):
            stream.follow(sound.chunks(), notify)
    view.end(Timeline(round(sound.duration_s, 3), tuple(heard)))
    if not heard:
        where = f"{options.file}: nobody speaks in it" if options.file else "nobody has spoken"
        print_note(where)
    return 0


@contextmanager
def _ended_by_signals(end: Callable[[], None]) -> Iterator[None]:
    """Let what interrupts a command end the sound: what was being said is heard up to there."""
    before = {number: signal.signal(number, lambda *_: end()) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_usage(options: argparse.Namespace) -> None:
    """Leave with status 2 if a flag means nothing beside the others."""
    if options.fast and options.file is None:
        options.wrong_usage("--fast needs --file: a microphone is as fast as you speak")
    if options.file is not None and options.input_device is not None:
        options.wrong_usage("--input-device means nothing beside --file")


def _assignments(options: argparse.Namespace) -> list[str]:
    named = {"audio.input_device": options.input_device, SETTING: options.profile}
    given = [f"{key}={value}" for key, value in named.items() if value is not None]
    return [*options.set, *given]


def _refuse(error: ProfileError) -> None:
    raise error


def _microphone(settings: Settings, stack: ExitStack) -> SteadyMicrophone:
    try:
        return stack.enter_context(steady_microphone(settings.audio.input_device))
    except DeviceError as error:
        raise DeviceError(f"{error}; --file RECORDING needs no microphone") from error


def _at_real_speed(chunks: Iterable[Samples]) -> Iterator[Samples]:
    """Yield each chunk when a microphone would have heard all of it."""
    begin_s = time.monotonic()
    for number, chunk in enumerate(chunks, 1):
        time.sleep(max(0.0, begin_s + number * CHUNK_S - time.monotonic()))
        yield chunk


def _view(options: argparse.Namespace, sound: Sound) -> View:
    if options.json:
        return JsonLines()
    console = Console(highlight=False)
    if console.is_terminal and not console.is_dumb_terminal:
        return Screen(console, sound, is_live=options.file is None)
    return Lines(console)
