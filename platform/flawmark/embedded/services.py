"""PostgreSQL and Valkey together, for the length of a `with` block."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flawmark.embedded.accounts import service_account
from flawmark.embedded.folders import DataFolder
from flawmark.embedded.postgres import Postgres
from flawmark.embedded.valkey import Valkey


@dataclass(frozen=True)
class ServiceUrls:
    """How to reach the two services.

    Attributes:
        database_url: libpq form, `postgresql://flawmark@/flawmark?host=%2Fpath%2Fto%2Ffolder`.
        redis_url: redis-py form, `unix:///path/to/valkey.sock?db=0`.
    """

    database_url: str
    redis_url: str


@contextmanager
def start_services(data_dir: Path, *, durable: bool = True) -> Iterator[ServiceUrls]:
    """Run both services over `data_dir` until the block ends.

    They die with this process whatever happens to it. A second caller on the same folder is not refused
    here: the supervisor holds a lock for that.

    Args:
        data_dir: Created if absent.
        durable: False for throw-away test data: faster, and lost in a power cut.

    Raises:
        EmbeddedError: With one sentence that says what to change.
    """
    folder = DataFolder(data_dir, service_account())
    with ExitStack() as stack:
        stack.callback(folder.remove_run_folder)
        postgres, valkey = Postgres(folder, durable=durable), Valkey(folder, durable=durable)
        for service in (postgres, valkey):
            stack.callback(service.stop)
            service.start()
        yield ServiceUrls(database_url=postgres.url, redis_url=valkey.url)
