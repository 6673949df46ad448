"""Being asked to stop: once or ten times, by the terminal or by a process manager."""

import select
import signal
import socket
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest:
    """Remembers that somebody asked us to stop, and wakes whoever waits.

    Attributes:
        made: Whether it was asked; never goes back.
    """

    def __init__(self) -> None:
        self.made = False
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)
        self._wake_sender.setblocking(False)

    def listen(self) -> None:
        """Take over the stop signals of this process; the end of a child wakes `wait` too."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._remember)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._wake_sender.fileno(), warn_on_full_buffer=False)

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        self.made = True

    def wait(self, timeout_s: float) -> bool:
        """Sleep until a signal comes or `timeout_s` passed; returns `made`."""
        if not self.made and select.select([self._wake_receiver], [], [], timeout_s)[0]:
            self._wake_receiver.recv(4096)
        return self.made
