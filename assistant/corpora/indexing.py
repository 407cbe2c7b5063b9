"""A folder of recordings to the rows of its index."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePath

from assistant.audio import read_audio
from assistant.corpora.facts import Facts
from assistant.corpora.folders import folder_facts
from assistant.corpora.index import INDEX_NAME, Index, PassedOver, Reason, Recording
from assistant.corpora.ravdess import DUPLICATES, is_ravdess_video, ravdess_facts
from assistant.corpora.tess import tess_facts
from assistant.errors import AudioError, CorpusError
from assistant.native_noise import native_noise_logged

LAYOUTS = (
    "RAVDESS names (03-01-06-01-02-01-12.wav), TESS names (OAF_back_angry.wav) and folders "
    "named by emotion (happy/1.wav, anna/happy/1.wav)"
)

_VIDEO = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".avi", ".webm"})
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".7z", ".rar"})


def index_folder(
    folder: Path, report: Callable[[int, int], None] = lambda done, total: None
) -> Index:
    """Read a folder of labelled recordings; see `LAYOUTS` for what is understood.

    Each file is told by its name, else by its folders, and is decoded, so that what is in
    the index can be used. Of files with the same sound, or with the same name within RAVDESS
    or TESS, the first is kept. Hidden files and an index are left out silently.

    Args:
        folder: Where to look, with all below it; links are followed.
        report: Gets the number of files done and their total after each file.

    Raises:
        CorpusError: there is no such folder, or nothing in it can be indexed.
    """
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise CorpusError(f"{folder} {what}; name the folder with the recordings")
    paths, passed_over = _files(folder)
    recordings: list[Recording] = []
    known: dict[str, Recording] = {}
    for done, path in enumerate(paths, start=1):
        found = _indexed(folder, path, known)
        if isinstance(found, Recording):
            recordings.append(found)
        else:
            passed_over.append(found)
        report(done, len(paths))
    if not recordings:
        counts = Counter(each.reason for each in passed_over)
        seen = "; ".join(f"{n} files: {reason}" for reason, n in counts.items()) or "no files"
        raise CorpusError(f"{folder} has nothing to index ({seen}); understood are {LAYOUTS}")
    return Index(folder, tuple(recordings), tuple(sorted(passed_over, key=lambda p: p.path)))


def _files(folder: Path) -> tuple[list[PurePath], list[PassedOver]]:
    """Return all files below, relative and sorted, and the folders that cannot be opened."""
    paths: list[PurePath] = []
    closed: list[PassedOver] = []
    visited: set[str] = set()

    def pass_over(error: OSError) -> None:
        path = PurePath(os.path.relpath(error.filename, folder))
        closed.append(PassedOver(path, Reason.UNREADABLE, error.strerror or ""))

    for parent, folders, names in os.walk(folder, followlinks=True, onerror=pass_over):
        real = os.path.realpath(parent)
        if real in visited:  # a link that leads in a circle
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        below = PurePath(os.path.relpath(parent, folder))
        paths += [below / name for name in names if not _is_hidden(name) and name != INDEX_NAME]
    return sorted(paths), closed


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _indexed(
    folder: Path, path: PurePath, known: dict[str, Recording]
) -> Recording | PassedOver:
    """Return a row for a file, or why there is none; adds its name and sound to ``known``."""
    facts = ravdess_facts(path) or tess_facts(path) or folder_facts(path)
    if refusal := _refusal(path, facts):
        return refusal
    assert facts is not None  # refused otherwise
    if twin := known.get(f"{facts.corpus} {facts.name}"):
        return _same(path, facts, twin)
    try:
        audio = read_audio(folder / path)
        recording = Recording(path, facts, audio.duration_s, _stored_rate(folder / path))
    except AudioError as error:
        why = str(error).removeprefix(f"{folder / path}: ")
        return PassedOver(path, Reason.UNREADABLE, why)
    sound = hashlib.sha256(audio.samples.tobytes()).hexdigest()
    if twin := known.get(sound):
        return _same(path, facts, twin)
    known[sound] = recording
    if facts.name:
        known[f"{facts.corpus} {facts.name}"] = recording
    return recording


def _refusal(path: PurePath, facts: Facts | None) -> PassedOver | None:
    """Return why a file is not even opened; None where it should be."""
    if path.stem in DUPLICATES:
        return PassedOver(path, Reason.SAME_RECORDING, "the duplicate known in RAVDESS")
    if is_ravdess_video(path):
        return PassedOver(path, Reason.RAVDESS_VIDEO)
    for suffixes, reason in ((_VIDEO, Reason.VIDEO), (_ARCHIVES, Reason.ARCHIVE)):
        if path.suffix.lower() in suffixes:
            return PassedOver(path, reason)
    if facts is None:
        return PassedOver(path, Reason.UNKNOWN)
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return PassedOver(path, Reason.UNREADABLE, "its name is not UTF-8; rename it")
    return None


def _same(path: PurePath, facts: Facts, twin: Recording) -> PassedOver:
    label = "" if facts.emotion == twin.facts.emotion else f", but {twin.facts.emotion}"
    return PassedOver(path, Reason.SAME_RECORDING, f"as {twin.path}{label}")


def _stored_rate(path: Path) -> int:
    """Return the sample rate that a readable recording is stored at, Hz."""
    import soundfile

    try:
        with native_noise_logged():
            return int(soundfile.info(os.fsencode(path)).samplerate)
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{path}: has changed while it was read; run it again") from error
