"""When a request may start: a rate that all workers share, and sleep that ends once the work is called off."""

import threading
import time
from collections.abc import Callable

from paperlib.core.errors import PaperlibError

MINUTE = 60.0


class HaltedError(PaperlibError):
    """A worker was told to stop because another one failed, or the user did not want to wait."""


class Halt:
    """Tells every worker to stop. ``sleep`` is a time.sleep that raises HaltedError as soon as that happens."""

    def __init__(self) -> None:
        self._told = threading.Event()

    def call(self) -> None:
        self._told.set()

    def sleep(self, seconds: float) -> None:
        if self._told.wait(seconds):
            raise HaltedError("stopped before it was asked")

    def check(self) -> None:
        self.sleep(0)


class Pace:
    """At most ``per_minute`` starts in any 60 s, evenly spaced; with None, as many as there are workers.

    ``clock`` and ``sleep`` count in seconds.
    """

    def __init__(
        self,
        per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.interval = MINUTE / per_minute if per_minute else 0.0
        self._clock, self._sleep = clock, sleep
        self._next = clock()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Waits until another request may start, and returns that moment on the clock."""
        while True:
            with self._lock:
                now = self._clock()
                wait = self._next - now
                if wait <= 0:
                    self._next = now + self.interval
                    return now
            self._sleep(wait)

    def hold(self, seconds: float) -> None:
        """Nothing starts for so long: a server that asks one worker to wait means all of them."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
