"""The data folder: who may read what in it, and where the sockets are."""

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

from flawmark.embedded.accounts import Account, can_enter
from flawmark.embedded.errors import EmbeddedError

# The kernel's limit for a socket path is 108 bytes with its closing zero; PostgreSQL adds a file name.
_SOCKET_FOLDER_MAX_BYTES = 107 - len("/postgres/.s.PGSQL.5432")


class DataFolder:
    """Everything one Flawmark keeps: database, broker, blobs, logs, secret key.

    Attributes:
        path: Absolute path.
        account: The account PostgreSQL runs under, None for our own.
    """

    def __init__(self, path: Path, account: Account | None) -> None:
        self.path = path.resolve()
        self.account = account
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                # Another account has to walk through, but not to list.
                self.path.chmod(0o700 if account is None else 0o711)
            self.logs.mkdir(mode=0o711, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise EmbeddedError(
                f"The data folder {self.path} cannot be written ({error.strerror}): set FLAWMARK_DATA_DIR."
            ) from error

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.path / "logs"

    def make_private(self, folder: Path, *, for_account: bool = False) -> Path:
        """Create `folder` for one reader only: PostgreSQL's account or ourselves."""
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if for_account and self.account is not None:
            os.chown(folder, self.account.uid, self.account.gid)
        return folder

    def run_folder(self) -> Path:
        """The folder of the sockets: in the data folder, or in the temporary one where that path is too long.

        Whoever reaches the sockets is superuser, so the folders inside are private (`make_private`).
        """
        folder = self.path / "run"
        if len(os.fsencode(folder)) > _SOCKET_FOLDER_MAX_BYTES or not can_enter(self.path, self.account):
            digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"flawmark-{os.geteuid()}-{digest}"
        folder.mkdir(mode=0o711, exist_ok=True)
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
            raise EmbeddedError(
                f"{folder} belongs to somebody else: remove it, or choose a shorter FLAWMARK_DATA_DIR."
            )
        folder.chmod(0o700 if self.account is None else 0o711)
        return folder

    def remove_run_folder(self) -> None:
        """Remove the sockets' folder once the services have stopped; a new start makes it again."""
        shutil.rmtree(self.run_folder(), ignore_errors=True)

    def secret_key(self) -> str:
        """The secret that signs sessions: made once, readable by its owner only."""
        path = self.path / "secret-key"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.fsync(file.fileno())
        return path.read_text().strip()
