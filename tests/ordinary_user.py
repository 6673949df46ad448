"""Somebody who is not root: ourselves, or an account with no rights when the tests run as root."""

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path

from flawmark.embedded.accounts import Account, can_run


@dataclass(frozen=True)
class OrdinaryUser:
    """How to start Python in the name of an ordinary user.

    Attributes:
        python: A command that runs Python with this project's packages.
        account: Whom to become; None when we are ordinary ourselves.
    """

    python: list[str]
    account: Account | None

    @property
    def uid(self) -> int | None:
        """For `subprocess`."""
        return None if self.account is None else self.account.uid

    @property
    def gid(self) -> int | None:
        """For `subprocess`."""
        return None if self.account is None else self.account.gid

    @property
    def extra_groups(self) -> list[int] | None:
        """For `subprocess`."""
        return None if self.account is None else []

    @property
    def expected_uid(self) -> int:
        """What the process finds that it is."""
        return os.geteuid() if self.account is None else self.account.uid

    def give(self, folder: Path) -> None:
        """Make the folder theirs."""
        os.chown(folder, -1 if self.uid is None else self.uid, -1 if self.gid is None else self.gid)


def find_ordinary_user() -> OrdinaryUser | None:
    """None when nobody but root can read this checkout, or no interpreter can be started by others."""
    if os.geteuid() != 0:
        return OrdinaryUser([sys.executable], None)
    entry = pwd.getpwnam("nobody")
    account = Account("nobody", entry.pw_uid, entry.pw_gid)
    root = Path(__file__).resolve().parents[1]
    packages = [str(root / "platform"), str(root), *(path for path in sys.path if "site-packages" in path)]
    with_packages = ["/usr/bin/env", f"PYTHONPATH={os.pathsep.join(packages)}"]
    # Root's own interpreter may lie in root's home, where nobody else can start it.
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        if can_run([*with_packages, python, "-c", "import flawmark, psycopg"], account):
            return OrdinaryUser([*with_packages, python], account)
    return None
