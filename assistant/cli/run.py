"""``tonewise run``: the conversation, from a microphone, recordings or the keyboard."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from rich.console import Console

from assistant import sources
from assistant.announcements import Announcements
from assistant.attention import Attention
from assistant.build import open_hearing, open_listener
from assistant.bundled import bundled
from assistant.cli.board import Board, listen_for
from assistant.cli.corrections import SpokenCorrections
from assistant.cli.ends import Ends, open_ends, open_voice
from assistant.cli.keeping import also_logged, recorder
from assistant.cli.keys import ESCAPE, HUSH, MUTE, QUIT, TALK, Keys
from assistant.cli.keys import interrupt as interrupt_program
from assistant.cli.notes import print_note, print_privacy_note
from assistant.cli.terminal import Notify, Screen, print_event
from assistant.cli.voices import note_unused
from assistant.devices import SoundCheck, check_sound
from assistant.ears import Ears
from assistant.endpointing import Speech
from assistant.errors import AssistantError
from assistant.hearing import Hearing, Segment
from assistant.native_memory import give_back_large
from assistant.pipeline import Assistant, Said
from assistant.plugins import Plugins
from assistant.profiles import Impression, VoiceProfile
from assistant.sentiment import WordSentiment
from assistant.settings import EmotionSettings, Settings
from assistant.settings_reading import load

DEMO_REPLIES = Path("tonewise-replies")
"""Where the demo writes its replies, in the folder it is started from."""


def run(options: argparse.Namespace) -> int:
    """Hold a conversation; returns 1 if something in it failed."""
    give_back_large()
    settings = load(options.settings, assignments=_assignments(options))
    checked_sound = cache(check_sound)  # asked once: it starts a process
    if not options.recordings and not options.text:
        settings = _or_demo(options, settings, checked_sound)
    is_by_voice = not options.recordings and not options.text
    announcements = Announcements()
    with ExitStack() as stack:
        ends = open_ends(settings.audio, is_by_voice, stack)
        assistant = _assistant(options, settings, ends, checked_sound, announcements, stack)
        try:
            if is_by_voice:
                said = _from_microphone(settings, assistant, ends, announcements, stack)
            else:
                said = _said(options, settings, assistant, announcements)
            assistant.converse(said, options.turns)
        except AssistantError as error:  # the microphone cannot be opened
            assistant.fail(error)
        except KeyboardInterrupt:
            pass  # how a conversation by voice ends
    return 1 if assistant.n_errors else 0


def _assistant(
    options: argparse.Namespace,
    settings: Settings,
    ends: Ends,
    checked_sound: Callable[[], SoundCheck],
    announcements: Announcements,
    stack: ExitStack,
) -> Assistant:
    """Return the stages that the options ask for; ``stack`` closes them."""
    hearing: Hearing | Deaf = Deaf()
    if not options.text:
        hearing = stack.enter_context(open_hearing(settings, note_unused, print_note))
        print_privacy_note(settings.transcription)

    # Not counted: what a plugin does wrong costs its own reply and nothing else.
    board = Board(announcements, lambda error: assistant.warn(error))
    plugins = board.open_plugins(settings.plugins, options.settings)
    listening = settings.listening
    assistant = Assistant(
        hearing,
        plugins,
        open_voice(options.replies, settings, ends, checked_sound, stack),
        also_logged(_notify(options, settings, hearing), settings.log, stack),
        Attention(listening.wake_phrase, listening.follow_up_s),
        manner=settings.manner,
        keep=recorder(settings.recorder, stack),
        sentiment=WordSentiment().rate,
    )
    if isinstance(hearing, Hearing):
        assistant.correct_voice = _corrections(assistant, hearing, settings, options).keep
        board.correct = assistant.correct
    stack.enter_context(board)
    stack.enter_context(plugins)
    if isinstance(hearing, Hearing):
        board.on_reloaded = partial(_listen_for, plugins, hearing, assistant)
        if plugins.phrases:
            board.on_reloaded()
    return assistant


def _listen_for(plugins: Plugins, hearing: Hearing, assistant: Assistant) -> None:
    listen_for(plugins.phrases, hearing.transcriber, assistant.warn)


def _corrections(
    assistant: Assistant, hearing: Hearing, settings: Settings, options: argparse.Namespace
) -> SpokenCorrections:
    def heed(profile: VoiceProfile) -> None:
        assistant.hearing = replace(hearing, profile=profile)

    return SpokenCorrections(settings.emotion.profile, heed, options.settings)


def _assignments(options: argparse.Namespace) -> list[str]:
    """Return the flags that are short for settings, as settings."""
    named = {
        "audio.input_device": options.input_device,
        "audio.output_device": options.output_device,
    }
    given = [f"{key}={value}" for key, value in named.items() if value is not None]
    return [*options.set, *given]


def _or_demo(
    options: argparse.Namespace, settings: Settings, checked_sound: Callable[[], SoundCheck]
) -> Settings:
    """Without a sound card, hold the demo: the same stages on the bundled recordings."""
    if settings.audio.input_device or settings.audio.output_device:
        return settings  # who chose a device wants that one: opening it says what is wrong
    found = checked_sound()
    if found.has_microphone and (found.has_loudspeaker or options.replies):
        return settings
    options.recordings = sorted(bundled("recordings").glob("*.wav"))
    options.replies = options.replies or DEMO_REPLIES
    print_note(f"{found.reason}; holding the demo conversation with synthetic voices instead")
    return replace(settings, emotion=EmotionSettings())  # they are nobody's that is enrolled


class Deaf:
    """Stands for the listening stages where words are typed, so that no model is loaded."""

    def understand(self, speech: Speech) -> Segment | None:
        """Hear nothing."""
        return None


def _from_microphone(
    settings: Settings,
    assistant: Assistant,
    ends: Ends,
    announcements: Announcements,
    stack: ExitStack,
) -> Iterator[Said]:
    """Return what is said into the microphone, which is open until ``stack`` closes it."""
    hearing = assistant.hearing
    assert isinstance(hearing, Hearing)  # it is Deaf for typed words alone
    needs_push = settings.listening.mode == "push-to-talk"
    listener = open_listener(settings, hearing)
    keep = assistant.correct_voice

    def correct(impression: Impression, label: str) -> None:
        keep(impression, label)
        heeded = assistant.hearing
        assert isinstance(heeded, Hearing)
        listener.profile = heeded.profile

    assistant.correct_voice = correct
    microphone = stack.enter_context(ends.microphone(listener.reset))
    interrupt = assistant.stop if ends.can_interrupt else None
    ears = Ears(
        microphone, listener, interrupt, needs_push, ends.interrupting_db, announcements
    )
    stack.enter_context(ears)

    def talk() -> None:
        if ears.push():
            assistant.stop()

    def mute() -> None:
        print_note(f"the microphone is {'off; m turns it on' if ears.mute() else 'on again'}")

    actions = {
        MUTE: mute,
        HUSH: assistant.stop,
        ESCAPE: assistant.stop,
        QUIT: interrupt_program,
    }
    stack.enter_context(Keys(actions | {TALK: talk} if needs_push else actions))
    return ears.said()


def _said(
    options: argparse.Namespace,
    settings: Settings,
    assistant: Assistant,
    announcements: Announcements,
) -> Iterator[Said]:
    """Return what is said to the assistant, from recordings or the keyboard."""
    if options.text:
        return sources.from_keyboard(sys.stdin, _prompt, print_note, announcements)
    hearing = assistant.hearing
    assert isinstance(hearing, Hearing)  # it is Deaf for typed words alone
    return sources.from_recordings(
        options.recordings,
        hearing.endpointer,
        settings.audio.max_file_s,
        assistant.fail,
        print_note,
        announcements,
    )


def _prompt() -> None:
    if sys.stdin.isatty():
        print("> ", end="", file=sys.stderr, flush=True)


def _notify(options: argparse.Namespace, settings: Settings, hearing: Hearing | Deaf) -> Notify:
    if options.json:
        return print_event
    waiting = "" if options.recordings or options.text else "Listening"
    if waiting and isinstance(hearing, Hearing) and hearing.profile:
        waiting = f"Listening to {hearing.profile.name}"
    if waiting and settings.listening.mode == "push-to-talk":
        waiting += " between two presses of the space bar"
    return Screen(Console(highlight=False), waiting, options.timings).show
