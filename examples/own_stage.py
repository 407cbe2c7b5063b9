"""Replace a stage of the assistant by one's own: here the plugins, and the voice.

    python examples/own_stage.py

A stage is any object with the methods of its protocol in `assistant.stages`.
"""

from collections.abc import Callable, Iterator

from assistant.answer import Answer
from assistant.conversation import Conversation
from assistant.pipeline import KEYBOARD, Assistant, Said
from assistant.stages import Spoken
from assistant.values import Audio, Reply, Transcript, Utterance


class Echo:
    """Answers with what was said before (`assistant.stages.Responds`)."""

    def respond(
        self,
        utterance: Utterance,
        conversation: Conversation,
        on_slow: Callable[[], None],
        audio: Audio | None,
    ) -> Answer | None:
        """Return the words of the turn before."""
        before = conversation.turns[-1].text if conversation.turns else "nothing"
        return Answer(Reply(f"Before that you said: {before}.", "echo"))

    def spoken(self) -> float:
        """Nothing was asked, and no answer is waited for."""
        return 0.0

    def note_question(self, reply: Reply) -> None:
        """Nothing is said unasked."""

    def drop_question(self) -> None:
        """Nothing was asked."""


class Subtitles:
    """Prints replies instead of speaking them (`assistant.stages.Speaks`)."""

    def speak(
        self,
        reply: Reply,
        sounding: Callable[[], None],
        is_stopped: Callable[[], bool],
        more: Iterator[str],
    ) -> Spoken | None:
        """Print the reply sentence by sentence."""
        sounding()
        for text in (reply.text, *more):
            print(f"[{text}]")
        return None

    def stop(self) -> None:
        """Nothing goes on."""


class Deaf:
    """Hears nothing: words are typed (`assistant.stages.Understands`)."""

    def understand(self, speech: object) -> None:
        """Hear nothing."""


def main() -> None:
    """Hold a short conversation."""
    assistant = Assistant(Deaf(), Echo(), Subtitles())
    assistant.converse(
        Said(Utterance(Transcript(words)), KEYBOARD) for words in ("good morning", "good night")
    )


if __name__ == "__main__":
    main()
