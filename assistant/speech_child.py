"""pyttsx3 in a process of its own, which renders one text to a file.

One process for one text: eSpeak's driver writes what it is given later over the first file.
"""

import contextlib
import difflib
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import SpeechError
from assistant.pipes import Message, Pipes

if TYPE_CHECKING:
    import pyttsx3

N_NEAREST = 5
"""How many voices are named to someone who asks for one that is not there."""


def open_engine() -> "pyttsx3.Engine":
    """Return the system's speech engine.

    Raises:
        SpeechError: pyttsx3 or the engine is missing.
    """
    try:
        import pyttsx3

        return pyttsx3.init()
    except (ImportError, OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise SpeechError(
            f"there is no speech engine ({reason}); install espeak-ng, "
            f"on Debian `sudo apt install espeak-ng`"
        ) from error


def answer(engine: "pyttsx3.Engine", message: Message) -> Message:
    """Return the voices, or render ``message["text"]`` to ``message["path"]``.

    Raises:
        SpeechError: the voice is not there, or the engine reports an error.
    """
    voices = [voice.id for voice in engine.getProperty("voices")]
    if "text" not in message:
        return {"voices": voices}
    if message["voice"]:
        _refuse_unknown(message["voice"], voices)
        engine.setProperty("voice", message["voice"])
    engine.setProperty("rate", message["rate_wpm"])
    engine.setProperty("volume", message["volume"])
    if engine.driver_name == "espeak":  # the others cannot
        engine.setProperty("pitch", message["pitch"])
    _render(engine, message["text"], message["path"])
    return {"done": True}


def _refuse_unknown(voice: str, voices: list[str]) -> None:
    base, _, _ = voice.partition("+")  # eSpeak takes variants such as gmw/en-us+f3
    if base not in voices:
        nearest = difflib.get_close_matches(voice, voices, N_NEAREST, cutoff=0)
        raise SpeechError(
            f"there is no voice {voice!r}; set speech.voice to one of the {len(voices)} there "
            f"are, such as {', '.join(nearest)}"
        )


def _render(engine: "pyttsx3.Engine", text: str, path: str) -> None:
    """Render to a file; returns when it is written."""
    faults: list[Exception] = []

    def note_fault(name: str | None, exception: Exception) -> None:
        faults.append(exception)

    engine.connect("error", note_fault)  # it raises nothing
    engine.save_to_file(text, path)
    # eSpeak's runAndWait returns before the end, and cancels the properties where they
    # still wait in its queue; its bare loop ends with the utterance.
    run = engine.startLoop if engine.driver_name == "espeak" else engine.runAndWait
    run()
    if faults:
        raise SpeechError(f"the speech engine failed ({faults[0]})")
    if not Path(path).exists():
        raise SpeechError("the speech engine wrote no file; is the disk full?")


def main() -> None:
    """Load the engine, then answer the parent."""
    pipes = Pipes()
    load = functools.cache(open_engine)
    with contextlib.suppress(SpeechError):  # whoever asks is told
        load()
    for message in pipes:
        try:
            pipes.send(answer(load(), message))
        except SpeechError as error:
            pipes.send({"refused": str(error)})


if __name__ == "__main__":
    main()
