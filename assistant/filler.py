"""A few words, spoken while a plugin lets wait for its reply."""

import threading
from collections.abc import Callable

from assistant.errors import AssistantError
from assistant.events import Event, Failed, Waiting
from assistant.stages import Speaks
from assistant.values import Reply

FILLER = "One moment, please."


class Filler:
    """Speaks them once in a turn, in a thread of its own."""

    def __init__(
        self,
        turn: int,
        speaker: Speaks,
        is_stopped: Callable[[], bool],
        notify: Callable[[Event], None],
    ) -> None:
        """Say nothing yet; the arguments are those of the conversation."""
        self._turn = turn
        self._speaker = speaker
        self._is_stopped = is_stopped
        self._notify = notify
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin to say them, unless that was done."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._speak, daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Return when they have been said, if they were."""
        if self._thread is not None:
            self._thread.join()

    def _speak(self) -> None:
        self._notify(Waiting(self._turn, FILLER))
        try:
            self._speaker.speak(Reply(FILLER), lambda: None, self._is_stopped, iter(()))
        except AssistantError as error:  # the reply may still be heard
            self._notify(Failed(self._turn, str(error)))
