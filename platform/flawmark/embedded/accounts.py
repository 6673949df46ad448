"""Which account PostgreSQL runs under: it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from flawmark.embedded.errors import EmbeddedError

_UNPRIVILEGED_NAMES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An existing account of this machine."""

    name: str
    uid: int
    gid: int


def service_account() -> Account | None:
    """The account to change to before PostgreSQL starts, or None when we are not root.

    Raises:
        EmbeddedError: We are root and the machine has no unprivileged account.
    """
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and this machine has neither an account 'postgres' nor 'nobody': "
        "start Flawmark as an ordinary user, or set DATABASE_URL."
    )


def can_run(argv: list[str], account: Account | None) -> bool:
    """Whether `account` (None: ourselves) can execute `argv` and it exits with 0."""
    try:
        completed = subprocess.run(
            argv,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return completed.returncode == 0


def can_enter(folder: Path, account: Account | None) -> bool:
    """Whether `account` can walk to `folder` and into it: the kernel is asked, so ACLs count too."""
    return can_run(["/usr/bin/test", "-x", str(folder)], account)
