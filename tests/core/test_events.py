"""Live events over a real ASGI server: replayed, separated by team, and no database connection held."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from factories import Cast, client_of, make_cast
from live_stack import free_port

from flawmark.accounts.models import Membership, Role
from flawmark.accounts.services import token_create
from flawmark.api import events
from flawmark.core.events import publish

ROOT = Path(__file__).resolve().parents[2]
STREAMS = 50

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Server:
    port: int
    cast: Cast
    token: str
    strangers_token: str

    def get(self, path: str, token: str | None = None) -> http.client.HTTPResponse:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        client.request("GET", f"/api/v1/{path}", headers={"Authorization": f"Bearer {token or self.token}"})
        return client.getresponse()


class Stream:
    """One open event stream."""

    def __init__(
        self,
        server: Server,
        token: str | None = None,
        last_id: str | None = None,
        *,
        session: str | None = None,
        query: str = "",
    ) -> None:
        self._client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        headers = {"Authorization": f"Bearer {token or server.token}"}
        if session is not None:
            headers = {"Cookie": f"sessionid={session}"}
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        self._client.request("GET", f"/api/v1/events/{query}", headers=headers)
        self._response = self._client.getresponse()
        assert self._response.status == 200

    def next(self) -> dict[str, str]:
        """Read one event; comments between events are skipped."""
        fields: dict[str, str] = {}
        while line := self._response.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif line == "\n" and "event" in fields:
                return fields
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def server(transactional_db: None, web_port: int) -> Server:
    cast = make_cast()
    tokens = [
        token_create(team=team, user=user, name="t", scopes=["read"])[1]
        for team, user in ((cast.team, cast.owner), (cast.other_team, cast.stranger))
    ]
    return Server(web_port, cast, *tokens)


@pytest.fixture(scope="module")
def web_port(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The web process over the tests' database, as production runs it."""
    log_path = tmp_path_factory.mktemp("web") / "web.log"
    url = urlsplit(os.environ["DATABASE_URL"])
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}")),
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
    }
    log = log_path.open("w")
    command = ["-m", "granian", "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, *command, "--workers-kill-timeout", "2", "flawmark.config.asgi:application"],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(port, process, log_path)
        yield port
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def say(cast: Cast, number: int) -> None:
    publish(team_id=cast.team.id, event="job", data={"number": number})


def test_a_browser_that_comes_back_misses_nothing(server: Server) -> None:
    first = Stream(server)
    assert first.next()["event"] == "hello"
    say(server.cast, 1)
    seen = first.next()
    assert (seen["event"], json.loads(seen["data"])) == ("job", {"number": 1})
    first.close()
    for number in (2, 3):
        say(server.cast, number)
    again = Stream(server, last_id=seen["id"])
    again.next()
    assert [json.loads(again.next()["data"])["number"] for _ in range(2)] == [2, 3]
    again.close()
    fresh = Stream(server)
    fresh.next()
    say(server.cast, 4)
    assert json.loads(fresh.next()["data"])["number"] == 4
    fresh.close()


def test_a_team_hears_only_its_own_events(server: Server) -> None:
    stream = Stream(server, token=server.strangers_token)
    stream.next()
    say(server.cast, 1)
    publish(team_id=server.cast.other_team.id, event="job", data={"number": 2})
    assert json.loads(stream.next()["data"])["number"] == 2
    stream.close()
    assert server.get("events/", token="fm_unknown").status == 401
    assert server.get(f"events/?team={server.cast.team.id}", token=server.strangers_token).status == 200


def test_a_token_that_may_not_read_hears_nothing(server: Server) -> None:
    cast = server.cast
    _, key = token_create(team=cast.team, user=cast.owner, name="camera", scopes=["predict"])
    assert server.get("events/", key).status == 403


def test_a_person_of_two_teams_hears_the_one_asked_for(server: Server) -> None:
    cast = server.cast
    Membership.objects.create(team=cast.other_team, user=cast.owner, role=Role.VIEWER)
    session = client_of(cast.owner).cookies["sessionid"].value
    for number, team in enumerate((cast.other_team, cast.team)):
        stream = Stream(server, session=session, query=f"?team={team.id}")
        stream.next()
        publish(team_id=team.id, event="job", data={"number": number})
        assert json.loads(stream.next()["data"]) == {"number": number}
        stream.close()


def test_an_idle_stream_is_no_broken_one() -> None:
    timeout_s = events._client().connection_pool.connection_kwargs["socket_timeout"]
    assert timeout_s > events.BLOCK_MS / 1000


def test_fifty_open_streams_hold_no_database_connection(server: Server) -> None:
    def traffic(_number: int) -> int:
        answer = server.get("datasets/")
        answer.read()
        return answer.status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(traffic, range(100))) == {200}
    before = settled_connections()
    with ExitStack() as open_streams:
        streams = [Stream(server) for _ in range(STREAMS)]
        for stream in streams:
            open_streams.callback(stream.close)
            assert stream.next()["event"] == "hello"
        assert connections() <= before
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(traffic, range(100))) == {200}
        assert busy_connections() == []
        say(server.cast, 7)
        assert {json.loads(stream.next()["data"])["number"] for stream in streams} == {7}


def settled_connections() -> int:
    """`connections`, once the server's pool has stopped growing after a burst of requests."""
    seen = [connections()]
    while len(seen) < 5 or len(set(seen[-5:])) > 1:
        assert len(seen) < 200, seen
        time.sleep(0.05)
        seen.append(connections())
    return seen[-1]


def connections() -> int:
    """Other connections to this database, also those that wait in a pool for work."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def busy_connections() -> list[Any]:
    """What other connections to this database are doing, besides waiting in a pool for work."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, query FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return cursor.fetchall()
