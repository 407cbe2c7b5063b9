"""A recogniser in a process of its own, which hears while somebody speaks.

Run through `assistant.child.Child` as ``pocketsphinx --model=FOLDER`` or ``vosk
--model=FOLDER``. It sends ``{"ready": true}`` once the model is loaded. Then:

    {"begin": {"is_whole": false}}   an utterance begins
    {"hear": "..."}                  its next 16-bit samples, 16 kHz, base64
    {"pause": true}                  it may be over: find the words now
    {"resume": true}                 it was not: what was found is forgotten
    {"end": {"until_s": 12.3}}       answered with {"text": ..., "phrase": ...}; null is never
    {"drop": true}                   it was no speech
    {"phrases": [...]}               to listen for; answered with {"unknown": [words]}

Where a draft of the words is there at the end, better ones are waited for until that time, on
`time.monotonic`.

The process that loaded the model never decodes. A copy of it does so for each utterance
(`forked.py`), one for each search, and to find the words at a pause takes another copy: a
recogniser cannot go on with an utterance that it has finished, but the copy it was made of
can. What dies over an utterance costs no other one.
"""

import argparse
import base64
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from speech_recognition import UnknownValueError

from assistant.errors import AssistantError, ChildError
from assistant.forked import Copy, Work
from assistant.pipes import Message, Pipes
from assistant.stepwise import SphinxRecognizer, Stepwise
from assistant.stepwise_vosk import VoskRecognizer

NO_SCORE = {"text": "", "score": float("-1e9"), "duration_s": 0.0}
"""What a search comes to that found no words."""

ENGINES: dict[str, Callable[[Path], Stepwise]] = {
    "pocketsphinx": SphinxRecognizer,
    "vosk": VoskRecognizer,
}


def serve(pipes: Pipes, recognizer: Stepwise) -> None:
    """Answer the parent until it closes the pipe."""
    copies: list[Copy] = []
    for message in pipes:
        if "phrases" in message:
            pipes.send({"unknown": list(recognizer.listen_for(message["phrases"]))})
        elif "begin" in message:
            _stop(copies)
            copies = _begin(recognizer, **message["begin"])
        elif "end" in message:
            copies, ended = [], copies
            pipes.send(_result(recognizer, ended, message))
        elif "drop" in message:
            _stop(copies)
            copies = []
        else:
            for copy in copies:
                copy.send(message)


def _begin(recognizer: Stepwise, is_whole: bool) -> list[Copy]:
    def listening(search: str) -> Work:
        def listen(messages: Iterable[Message]) -> Iterator[Message]:
            recognizer.begin(search, is_whole)
            yield utterance(recognizer, messages)

        return _guarded(listen)

    return [Copy(listening(search)) for search in recognizer.searches()]


def _result(recognizer: Stepwise, copies: Sequence[Copy], end: Message) -> Message:
    """Return the words, or what went wrong."""
    if not copies:
        return {"error": "no utterance has begun"}
    for copy in copies:
        copy.send(end)
    waiting = list(copies)
    try:
        results = [waiting.pop(0).answer() for _ in copies]
    except ChildError as error:
        return {"error": str(error)}
    finally:
        _stop(waiting)
    faults = [result for result in results if "error" in result]
    return faults[0] if faults else recognizer.choose(results)


def utterance(recognizer: Stepwise, messages: Iterable[Message]) -> Message:
    """Hear one utterance with a recogniser that has begun it; returns what it came to."""
    finishing: Copy | None = None
    for message in messages:
        if "hear" in message:
            recognizer.hear(base64.b64decode(message["hear"]))
        elif "pause" in message and finishing is None:
            finishing = _finishing(recognizer)
        elif "resume" in message and finishing is not None:
            finishing.stop()
            finishing = None
        elif "end" in message:
            return (finishing or _finishing(recognizer)).answer(message["end"]["until_s"])
    return {}  # nobody asks any more


def _finishing(recognizer: Stepwise) -> Copy:
    return Copy(_guarded(lambda _: _finished(recognizer)))


def _finished(recognizer: Stepwise) -> Iterator[Message]:
    draft = recognizer.draft()
    if draft is not None:
        yield draft
    try:
        yield recognizer.finish()
    except UnknownValueError:
        yield NO_SCORE
    except Exception as error:
        if draft is None:
            raise
        print(f"no better words were found: {error}", file=sys.stderr)


def _guarded(work: Work) -> Work:
    """Return ``work`` with every exception of the engine turned into an answer."""

    def guarded(messages: Iterable[Message]) -> Iterator[Mapping[str, object]]:
        try:
            yield from work(messages)
        # vosk calls sys.exit: all of it is an engine that failed.
        except (Exception, SystemExit) as error:
            yield {"error": " ".join(str(error).split()) or type(error).__name__}

    return guarded


def _stop(copies: Sequence[Copy]) -> None:
    for copy in copies:
        copy.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the model, then answer the parent."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--model", type=Path, required=True, help="its folder")
    parsed = parser.parse_args(arguments)
    pipes = Pipes()
    try:
        recognizer = ENGINES[parsed.engine](parsed.model)
    except AssistantError as error:
        pipes.send({"error": str(error)})
        return
    # What else a damaged model or a foreign library may do.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        pipes.send({"error": f"the model in {parsed.model} cannot be loaded ({reason})"})
        return
    pipes.send({"ready": True})
    serve(pipes, recognizer)


if __name__ == "__main__":
    main()
