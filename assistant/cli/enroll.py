"""``tonewise enroll``: a voice is heard relative to its own neutral sentences."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from assistant.audio import read_audio
from assistant.build import open_classifier
from assistant.cli.ends import steady_microphone
from assistant.cli.level_meter import LevelMeter
from assistant.cli.notes import print_note
from assistant.cli.voices import SETTING, delete_voice, list_voices
from assistant.emotion import EmotionClassifier
from assistant.endpointing import Endpointer, Speech
from assistant.enrolment import (
    SENTENCES,
    NeutralSentence,
    enrol,
    neutral_sentence,
    sentence_in,
)
from assistant.errors import AudioError, DeviceError, ProfileError
from assistant.pipeline import Said
from assistant.profile_store import ProfileStore
from assistant.profiles import VoiceProfile, checked_name
from assistant.settings import Settings
from assistant.settings_file import change
from assistant.settings_reading import load
from assistant.sources import from_microphone
from assistant.vad import VoiceDetector


def run(options: argparse.Namespace) -> int:
    """Enrol a voice, list or delete; returns 0, or 1 if the person keeps an old profile.

    Raises:
        AudioError: a recording cannot be used.
        DeviceError: there is no microphone.
        ModelError: the emotion model or the voice detector cannot be used.
        ProfileError: the name is not allowed or taken, the profile cannot be written, or the
            model cannot be enrolled with.
        SettingsError: the settings cannot be read or changed.
    """
    _check_usage(options)
    settings = load(options.settings, assignments=_assignments(options))
    store = ProfileStore()
    if options.list:
        list_voices(store, settings.emotion.profile, open_classifier(), options.json)
        return 0
    if options.delete is not None:
        delete_voice(options.delete, store, options.settings)
        return 0
    return _enrol(options, settings, store)


def _check_usage(options: argparse.Namespace) -> None:
    """Leave with status 2 if a flag means nothing beside the others."""
    if options.name is None:
        for flag, is_given in (
            ("--from", options.recordings),
            ("--replace", options.replace),
            ("--input-device", options.input_device is not None),
        ):
            if is_given:
                options.wrong_usage(f"{flag} needs the NAME of the voice")
    if options.recordings and options.input_device is not None:
        options.wrong_usage("--input-device means nothing beside --from")
    if options.json and not options.list:
        options.wrong_usage("--json needs --list")


def _assignments(options: argparse.Namespace) -> list[str]:
    chosen = options.input_device
    return [*options.set, *([f"audio.input_device={chosen}"] if chosen is not None else [])]


def _enrol(options: argparse.Namespace, settings: Settings, store: ProfileStore) -> int:
    name = checked_name(options.name)
    classifier = open_classifier()
    classifier.neutral_reference()  # refuse before anyone has read a sentence
    before = store.read(name) if name in store.names() else None
    if before and before.neutral_logits and not options.replace and not _may_replace(before):
        print_note(f"{name} is as it was")
        return 1
    if options.recordings:
        sentences = tuple(_recorded(options.recordings, settings, classifier))
    else:
        sentences = tuple(_spoken(settings, classifier))
    now = datetime.now(UTC)
    profile = store.change(name, lambda was: enrol(name, sentences, classifier, now, was))
    change(SETTING, lambda was: name, options.settings)
    _tell(profile, before)
    return 0


def _may_replace(before: VoiceProfile) -> bool:
    """Ask whether a voice may be enrolled anew; raises ProfileError if nobody is there."""
    if not sys.stdin.isatty():
        raise ProfileError(
            f"{before.name} is enrolled already; give --replace to enrol the voice anew"
        )
    day = before.enrolled.partition("T")[0]
    question = f"{before.name} was enrolled on {day}. Enrol the voice anew? [y/N] "
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _recorded(
    paths: Sequence[Path], settings: Settings, classifier: EmotionClassifier
) -> Iterator[NeutralSentence]:
    """Yield what the model makes of what is said in each recording."""
    from rich.progress import track

    endpointer = Endpointer(VoiceDetector(), settings.vad)
    console = Console(stderr=True)
    is_hidden = not console.is_terminal
    for path in track(paths, "listening", console=console, transient=True, disable=is_hidden):
        audio = read_audio(path, settings.audio.max_file_s)
        try:
            yield sentence_in(audio, endpointer, classifier)
        except AudioError as error:
            raise AudioError(f"{path}: {error}") from error


def _spoken(settings: Settings, classifier: EmotionClassifier) -> Iterator[NeutralSentence]:
    """Guide through the sentences at the microphone, and yield each as it was heard."""
    console = Console(stderr=True, highlight=False)
    with (
        steady_microphone(settings.audio.input_device) as microphone,
        LevelMeter(VoiceDetector(), settings.vad.threshold, console) as meter,
    ):
        said = from_microphone(microphone, Endpointer(meter, settings.vad))
        _say(
            console, "Read each sentence in an even voice, as if from a timetable (Ctrl-C ends)"
        )
        for number, sentence in enumerate(SENTENCES, 1):
            _say(console, f"{number}/{len(SENTENCES)}  {sentence}", "bold")
            yield _sentence(said, classifier, console)


def _sentence(
    said: Iterator[Said], classifier: EmotionClassifier, console: Console
) -> NeutralSentence:
    """Return the next sentence that can be used."""
    for one in said:
        assert isinstance(one.content, Speech)  # it comes from a microphone
        try:
            sentence = neutral_sentence([one.content.audio], classifier)
        except AudioError as error:
            _say(console, f"     {error}; once more, please")
            continue
        _say(console, f"     heard, {sentence.speech_s:.1f} s", "green")
        return sentence
    raise DeviceError("the microphone was closed; enrol again")


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=True)


def _tell(profile: VoiceProfile, before: VoiceProfile | None) -> None:
    print(
        f"{profile.name} is enrolled. From now on your voice is heard relative to it; "
        f"`--set {SETTING}=` leaves it out."
    )
    if profile.n_sentences < len(SENTENCES):
        print_note(f"{len(SENTENCES)} sentences or more tell better how a voice sounds")
    n_kept = len(profile.corrections)
    n_dropped = len(before.corrections) - n_kept if before else 0
    if n_kept:
        print_note(f"corrections that were kept: {n_kept}")
    if n_dropped:
        print_note(f"corrections of an earlier emotion model that were dropped: {n_dropped}")
