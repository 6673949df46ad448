"""What the tests of the embedded stack share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from ordinary_user import OrdinaryUser, find_ordinary_user

from flawmark.embedded.processes import wait_until


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A throw-away data folder that PostgreSQL's account can reach (pytest's own are private to us)."""
    with TemporaryDirectory(prefix="flawmark-embedded-") as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def wait_for_end() -> Callable[..., list[int]]:
    """Wait until processes, ours or not, have ended; returns those that have not."""

    def wait(pids: list[int], timeout_s: float = 10) -> list[int]:
        wait_until(lambda: all(_has_ended(pid) for pid in pids), timeout_s=timeout_s)
        return [pid for pid in pids if not _has_ended(pid)]

    return wait


@pytest.fixture(scope="session")
def ordinary_user() -> OrdinaryUser:
    """Somebody who is not root."""
    user = find_ordinary_user()
    if user is None:
        pytest.skip("the account 'nobody' can start no interpreter that reads this checkout")
    return user
