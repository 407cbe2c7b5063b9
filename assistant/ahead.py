"""Values that are made in a thread of their own, a few ahead of who takes them."""

import threading
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Ahead(Generic[Value]):
    """Iterates in a thread, so that the next value is made while this one is used.

    One thread takes; any may call `close`.
    """

    def __init__(self, values: Iterable[Value], n_ahead: int = 2) -> None:
        """Begin; at most ``n_ahead`` values wait to be taken."""
        self._n_ahead = n_ahead
        self._changed = threading.Condition()  # guards what follows
        self._ready: deque[Value] = deque()
        self._error: BaseException | None = None
        self._is_over = False
        self._is_closed = False
        threading.Thread(target=self._run, args=(values,), daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to take, and nothing to raise."""
        with self._changed:
            return self._is_closed or (
                self._is_over and not self._ready and self._error is None
            )

    def take(self, wait: bool) -> Value | None:
        """Return the next value; None where all were taken, or none is ready.

        Args:
            wait: until there is one. `close` ends the wait.

        Raises:
            BaseException: what making the value raised, once all before it were taken.
        """
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._ready or self._is_over or self._is_closed)
            if self._is_closed:
                return None
            if self._ready:
                self._changed.notify_all()
                return self._ready.popleft()
            error, self._error = self._error, None
        if error is not None:
            raise error
        return None

    def close(self) -> None:
        """Have nothing more made, and what is being made thrown away."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self, values: Iterable[Value]) -> None:
        error: BaseException | None = None
        try:
            for value in values:
                with self._changed:
                    self._ready.append(value)
                    self._changed.notify_all()
                    self._changed.wait_for(
                        lambda: len(self._ready) < self._n_ahead or self._is_closed
                    )
                    if self._is_closed:
                        return
        except BaseException as fault:  # raised again where the value is taken
            error = fault
        finally:
            with self._changed:
                self._is_over, self._error = True, error
                self._changed.notify_all()
