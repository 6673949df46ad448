"""What the environment says about how to run, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flawmark.embedded.errors import EmbeddedError

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Options:
    """How `python -m flawmark.embedded` was asked to run.

    Attributes:
        data_dir: Absolute path of the data folder (`FLAWMARK_DATA_DIR`, default `.flawmark`).
        port: TCP port of the web server on 127.0.0.1 (`FLAWMARK_PORT`, default 8000).
        database_url: A PostgreSQL to use instead of the embedded one (`DATABASE_URL`).
        redis_url: A Valkey or Redis to use instead of the embedded one (`REDIS_URL`).
        demo: Whether the first start brings the demonstration data set (`FLAWMARK_DEMO`, default 1).
    """

    data_dir: Path
    port: int
    database_url: str | None
    redis_url: str | None
    demo: bool

    @property
    def host(self) -> str:
        """The address that the web server listens on: this machine only."""
        return _HOST

    @property
    def url(self) -> str:
        """Where the browser goes."""
        return f"http://{_HOST}:{self.port}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Options":
        """Read the variables above; an empty one counts as absent.

        Raises:
            EmbeddedError: A variable has a value that cannot be meant.
        """
        port = environment.get("FLAWMARK_PORT") or "8000"
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise EmbeddedError(f"FLAWMARK_PORT must be a number from 1 to 65535, not '{port}'.")
        demo = environment.get("FLAWMARK_DEMO") or "1"
        if demo not in ("0", "1"):
            raise EmbeddedError(f"FLAWMARK_DEMO must be 0 or 1, not '{demo}'.")
        return cls(
            data_dir=Path(environment.get("FLAWMARK_DATA_DIR") or ".flawmark").resolve(),
            port=int(port),
            database_url=environment.get("DATABASE_URL") or None,
            redis_url=environment.get("REDIS_URL") or None,
            demo=demo == "1",
        )
