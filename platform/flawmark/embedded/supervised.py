"""Keeping a part running: started again when it ended, later and later if it keeps ending."""

import time
from collections.abc import Callable

from flawmark.embedded.errors import ServiceError
from flawmark.embedded.programs import Part

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0
_STABLE_AFTER_S = 60.0


class Supervised:
    """Watches one started part.

    Args:
        part: Already running.
        clock: Seconds, monotonic.
    """

    def __init__(self, part: Part, clock: Callable[[], float] = time.monotonic) -> None:
        self.part = part
        self._clock = clock
        self._delay_s = _FIRST_DELAY_S
        self._started_at_s = clock()
        self._start_again_at_s: float | None = None

    @property
    def is_down(self) -> bool:
        """Whether the part ended and its delay has not passed."""
        return self._start_again_at_s is not None

    def check(self, give_up: Callable[[], bool]) -> str | None:
        """Notice an end, and start again when its delay has passed.

        Returns:
            One sentence when something happened.
        """
        if self._start_again_at_s is not None:
            return self._start_again(give_up) if self._clock() >= self._start_again_at_s else None
        process = self.part.process
        if process is None or process.poll() is None:
            return None
        if self._clock() - self._started_at_s > _STABLE_AFTER_S:
            self._delay_s = _FIRST_DELAY_S
        self._start_again_at_s = self._clock() + self._delay_s
        sentence = (
            f"{self.part.title} ended ({_how(process.returncode)}); starting it again in {self._delay_s:g} s."
        )
        self._delay_s = min(2 * self._delay_s, _LONGEST_DELAY_S)
        return sentence

    def _start_again(self, give_up: Callable[[], bool]) -> str:
        self._started_at_s = self._clock()
        try:
            self.part.start(give_up)
        except ServiceError as error:
            self._start_again_at_s = self._clock() + self._delay_s
            self._delay_s = min(2 * self._delay_s, _LONGEST_DELAY_S)
            return str(error)
        self._start_again_at_s = None
        return f"{self.part.title} runs again."


def _how(return_code: int) -> str:
    return f"signal {-return_code}" if return_code < 0 else f"exit code {return_code}"
