"""PostgreSQL and Valkey start, stop and come back, as root and as an ordinary user."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from ordinary_user import OrdinaryUser

from flawmark.embedded.accounts import service_account
from flawmark.embedded.errors import EmbeddedError
from flawmark.embedded.folders import DataFolder
from flawmark.embedded.postgres import Postgres
from flawmark.embedded.services import start_services
from flawmark.embedded.valkey import Valkey


@pytest.fixture
def postgres(data_dir: Path) -> Iterator[Postgres]:
    server = Postgres(DataFolder(data_dir, service_account()))
    server.start()
    yield server
    server.stop()


def test_what_was_written_is_there_after_a_restart(data_dir: Path) -> None:
    with start_services(data_dir) as urls:
        with psycopg.connect(urls.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'Maße 검사' AS word")
        redis.from_url(urls.redis_url).set("kept", "too")
    with start_services(data_dir) as urls:
        with psycopg.connect(urls.database_url) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("Maße 검사",)
        assert redis.from_url(urls.redis_url).get("kept") == b"too"


def test_the_extensions_the_platform_builds_on_are_there(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        for extension in ("vector", "pg_trgm", "btree_gist"):
            connection.execute(f"CREATE EXTENSION {extension}")


def test_postgres_comes_back_after_kill_9(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE committed AS SELECT 1 AS one")
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()

    postgres.start()

    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT one FROM committed").fetchone() == (1,)


def test_a_pid_file_whose_pid_now_belongs_to_another_program_does_not_stop_the_start(
    postgres: Postgres,
) -> None:
    assert postgres.process is not None
    pid_file = next(Path(postgres.process.args[2]).glob("postmaster.pid"))  # type: ignore[index, arg-type]
    lines = pid_file.read_text().splitlines()
    postgres.process.kill()
    postgres.process.wait()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    postgres.start()

    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_outlived_its_supervisor_is_replaced(data_dir: Path) -> None:
    folder = DataFolder(data_dir, service_account())
    first, second = Valkey(folder), Valkey(folder)
    first.start()
    redis.from_url(first.url).set("kept", "1")
    try:
        second.start()
        assert first.process is not None
        assert first.process.wait(timeout=10) is not None
        assert redis.from_url(second.url).get("kept") == b"1"
    finally:
        first.stop()
        second.stop()


def test_an_interrupted_initdb_is_done_again(data_dir: Path) -> None:
    half = data_dir / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with start_services(data_dir, durable=False) as urls, psycopg.connect(urls.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not half.exists()


def test_a_cluster_of_another_version_is_named_and_left_alone(data_dir: Path) -> None:
    cluster = data_dir / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 15"), start_services(data_dir):
        pass
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_no_tcp_port_and_no_way_in_for_others(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert postgres.socket_folder.stat().st_mode & 0o077 == 0


def test_a_long_data_folder_path_still_gets_short_sockets(data_dir: Path) -> None:
    deep = data_dir / ("long" * 20) / ("longer" * 10)
    with start_services(deep, durable=False) as urls:
        assert redis.from_url(urls.redis_url).ping()


_OWNER = """
import sys, time
from pathlib import Path
from flawmark.embedded.accounts import service_account
from flawmark.embedded.folders import DataFolder
from flawmark.embedded.postgres import Postgres
from flawmark.embedded.valkey import Valkey

folder = DataFolder(Path(sys.argv[1]), service_account())
servers = [Postgres(folder, durable=False), Valkey(folder, durable=False)]
for server in servers:
    server.start()
print(*(server.process.pid for server in servers), flush=True)
time.sleep(600)
"""


def test_services_die_with_the_process_that_started_them(
    data_dir: Path, wait_for_end: Callable[..., list[int]]
) -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, str(data_dir)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pids = [int(word) for word in owner.stdout.readline().split()]
    assert len(pids) == 2
    owner.kill()
    owner.wait()
    assert wait_for_end(pids) == []


_USER = """
import os, sys
from pathlib import Path
import psycopg, redis
from flawmark.embedded.services import start_services

for turn in (1, 2):
    with start_services(Path(sys.argv[1]), durable=False) as urls:
        with psycopg.connect(urls.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert redis.from_url(urls.redis_url).ping()
print("ran as", os.geteuid())
"""


def test_as_an_ordinary_user(data_dir: Path, ordinary_user: OrdinaryUser) -> None:
    ordinary_user.give(data_dir)
    finished = subprocess.run(
        [*ordinary_user.python, "-c", _USER, str(data_dir / "data")],
        user=ordinary_user.uid,
        group=ordinary_user.gid,
        extra_groups=ordinary_user.extra_groups,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stdout.strip() == f"ran as {ordinary_user.expected_uid}", finished.stderr
