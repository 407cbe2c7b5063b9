"""How live the assistant is: measured over the virtual sound card, in real time.

``make bench-live DATA=../shared/data`` prints the table; beside ours the plain way that
SpeechRecognition's own examples show, on the same recordings in the same run.
"""

import argparse
import csv
import json
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np

from assistant.audio import read_audio, write_wav
from tests.live_turns import (
    LiveTurn,
    Program,
    arrived_s,
    both_ends,
    take_turn,
    voiced_from_s,
    voiced_until_s,
)
from tests.processes import cpu_s, pss_mb, tree_of
from tests.virtual_audio import VirtualAudio
from tests.words import RAVDESS_SENTENCES, read_sentences, word_error_rate

STARTS = 5
IDLE_S = 30.0
SPEAKING_S = 0.7
"""So long after a reply was chosen it is spoken, and not over, s."""
OURS = ("-m", "assistant", "run", "--json")
PLAIN = ("-m", "tests.plain_assistant")


def utterances(data: Path, n_ravdess: int) -> list[tuple[Path, str]]:
    """Return recordings with their words: all of ``speech/``, and some of RAVDESS."""
    with (data / "index.csv").open(encoding="utf-8") as file:
        clips = [
            data / row["path"] for row in csv.DictReader(file) if row["corpus"] == "ravdess"
        ]
    chosen = np.random.default_rng(0).choice(len(clips), n_ravdess, replace=False)
    return read_sentences(data) + [
        (clips[i], RAVDESS_SENTENCES[clips[i].stem.split("-")[4]]) for i in sorted(chosen)
    ]


def as_wav(path: Path, folder: Path) -> Path:
    """Return a recording as the WAV that is played into the room."""
    file = folder / f"{path.stem}.wav"
    write_wav(file, read_audio(path))
    return file


def started(card: VirtualAudio, arguments: tuple[str, ...]) -> tuple[Program, float]:
    """Return a program that listens, and how long it took until then, s."""
    begin_s = time.monotonic()
    program = Program(card.environment, *arguments)
    program.expect("listening")
    return program, time.monotonic() - begin_s


def row(name: str, ours: str, wanted: str, plain: str = "") -> None:
    print(f"| {name} | {ours} | {wanted} | {plain} |", flush=True)


def quantile_ms(times_s: list[float], share: float) -> str:
    return f"{1000 * np.quantile(times_s, share):.0f}" if times_s else "none"


def turns_of(card, arguments, wavs, ends_s) -> list[LiveTurn]:
    program, _ = started(card, arguments)
    with program:
        taken = []
        for i, (wav, voiced_s) in enumerate(zip(wavs, ends_s, strict=True), 1):
            taken.append(take_turn(card, program, wav, voiced_s))
            print(f"\r{arguments[-1]}: {i} of {len(wavs)} turns", end="", file=sys.stderr)
        print(file=sys.stderr)
        return taken


def show_turns(card, wavs, words, log: Path | None) -> None:
    ends_s = [
        voiced_until_s(read_audio(wav), said) for wav, said in zip(wavs, words, strict=True)
    ]
    ours, plain = (turns_of(card, way, wavs, ends_s) for way in (OURS, PLAIN))
    if log is not None:
        log.write_text(
            "".join(
                json.dumps({"way": way, "words": said, **asdict(turn)}, default=str) + "\n"
                for way, turns in (("ours", ours), ("plain", plain))
                for turn, said in zip(turns, words, strict=True)
            ),
            encoding="utf-8",
        )
    times = [
        [t.response_s for t in turns if t.response_s is not None] for turns in (ours, plain)
    ]
    for name, share, wanted in (("median", 0.5, "700"), ("95th percentile", 0.95, "1000")):
        cells = [quantile_ms(each, share) for each in times]
        row(f"response time, pause included, {name}, ms", cells[0], wanted, cells[1])
    own = [t.timings_ms["response"] - t.timings_ms["pause"] for t in ours if t.timings_ms]
    row(
        "of it our own work after the pause, median, ms", f"{statistics.median(own):.0f}", "200"
    )
    errors = [
        word_error_rate(words, [" ".join(turn.heard) for turn in turns])
        for turns in (ours, plain)
    ]
    row(
        "word error rate of these turns, %",
        f"{100 * errors[0]:.1f}",
        "",
        f"{100 * errors[1]:.1f}",
    )
    answered = [f"{len(each)} of {len(wavs)}" for each in times]
    row("answered", answered[0], "", answered[1])
    parted = [
        sum(len(t.heard) > 1 or (t.response_s or 0) < 0 for t in turns)
        for turns in (ours, plain)
    ]
    shares = [f"{each} of {len(wavs)} ({100 * each / len(wavs):.1f} %)" for each in parted]
    row("cut off or in parts", shares[0], "2 %", shares[1])
    faults = [error for turn in ours for error in turn.errors]
    if faults:
        print(f"faults: {faults}", file=sys.stderr)


def show_noise(card, paths, folder) -> None:
    program, _ = started(card, OURS)
    with program:
        woken = [
            path.stem for path in paths if take_turn(card, program, as_wav(path, folder)).heard
        ]
    row(f"of {len(paths)} noises, woke a reply", str(len(woken)), "3 of 100")
    print(f"woken by: {', '.join(woken)}", file=sys.stderr)


def show_interruption(card, said, n: int, folder: Path) -> None:
    """Speak over a reply; from the first voiced sample to the last of the reply."""
    arguments = (*OURS, "--set", "audio.echo=headphones")
    program, _ = started(card, arguments)
    times_s = []
    with program:
        for path, words in said[:n]:
            whole = read_audio(path)
            clip = whole.between(voiced_from_s(whole, words), voiced_until_s(whole, words))
            write_wav(wav := folder / "interruption.wav", clip)
            card.say(wav)
            program.until("reply", within_s=10)
            time.sleep(SPEAKING_S)
            with both_ends(card) as (room, speaker):
                begin_s = time.monotonic()
                card.say(wav)
                events = program.until("spoke", within_s=10)
            voice_s = arrived_s(room, clip, begin_s)
            sounds_s = speaker.sounds_s(voice_s)
            sounds_s = sounds_s[sounds_s < voice_s + clip.duration_s]  # then it answers that
            if events[-1]["interrupted"] and sounds_s.size:  # else it ended by itself
                times_s.append(float(sounds_s[-1] - voice_s))
            program.until("listening", within_s=60)
    row(
        f"interruption to silence, median of {len(times_s)}, ms",
        quantile_ms(times_s, 0.5),
        "300",
    )
    row("the slowest of these, ms", quantile_ms(times_s, 1.0), "")


def show_idle(card) -> None:
    starts_s = []
    for _ in range(STARTS):
        program, start_s = started(card, OURS)
        starts_s.append(start_s)
        if len(starts_s) < STARTS:
            with program:
                pass
    with program:
        time.sleep(3)
        pids = tree_of(program.process.pid)
        memory_mb, before_s = pss_mb(pids), cpu_s(pids)
        time.sleep(IDLE_S)
        used_s = cpu_s(pids) - before_s
    row("start to listening, median of 5, s", f"{statistics.median(starts_s):.1f}", "2")
    row("memory of all processes while listening, MB", f"{memory_mb:.0f}", "350")
    row("of one core while listening to silence, %", f"{100 * used_s / IDLE_S:.1f}", "10")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--ravdess", type=int, default=60, help="clips of RAVDESS")
    parser.add_argument("--noises", type=int, default=100)
    parser.add_argument("--interruptions", type=int, default=20)
    parser.add_argument("--log", type=Path, help="JSON lines, one for each turn")
    chosen = parser.parse_args()
    said = utterances(chosen.data, chosen.ravdess)
    noises = sorted((chosen.data / "noise").glob("*.opus"))
    step = max(1, len(noises) // chosen.noises) if chosen.noises else 1
    with (
        tempfile.TemporaryDirectory(prefix="sound-", dir="/tmp") as card_folder,
        tempfile.TemporaryDirectory(prefix="tonewise-bench-") as folder,
    ):
        card = VirtualAudio(Path(card_folder))
        try:
            machine = f"{platform.machine()}, Python {platform.python_version()}"
            print(f"{date.today()}, {machine}, {len(said)} utterances\n")
            row("figure", "ours", "at least", "plain way")
            row("---", "---:", "---:", "---:")
            wavs = [as_wav(path, Path(folder)) for path, _ in said]
            show_idle(card)
            show_turns(card, wavs, [words for _, words in said], chosen.log)
            if chosen.noises:
                show_noise(card, noises[::step][: chosen.noises], Path(folder))
            if chosen.interruptions:
                show_interruption(card, said, chosen.interruptions, Path(folder))
        finally:
            card.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
