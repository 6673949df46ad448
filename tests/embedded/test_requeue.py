"""A task that was being worked on when everything was killed is worked on again, at once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from flawmark.embedded.accounts import service_account
from flawmark.embedded.folders import DataFolder
from flawmark.embedded.prepare import requeue_unfinished
from flawmark.embedded.valkey import Valkey

# Takes a message, does not acknowledge it, and dies the hard way.
_KILLED_WORKER = """
import os, sys
from kombu import Connection
connection = Connection(sys.argv[1])
channel = connection.channel()
channel.basic_consume("cpu", no_ack=False, callback=lambda message: os._exit(9), consumer_tag="killed")
while True:
    connection.drain_events()
"""


@pytest.fixture
def valkey(data_dir: Path) -> Iterator[Valkey]:
    server = Valkey(DataFolder(data_dir, service_account()), durable=False)
    server.start()
    yield server
    server.stop()


def test_unfinished_tasks_are_queued_again(valkey: Valkey) -> None:
    url = f"redis+socket://{valkey.socket_path}?virtual_host=0"
    app = Celery(broker=url, task_default_queue="cpu", broker_transport_options={"sep": ":"})
    sent = app.send_task("work", args=[1])
    assert not valkey.has_unfinished_tasks()
    killed = subprocess.run([sys.executable, "-c", _KILLED_WORKER, url], timeout=60, check=False)
    assert killed.returncode == 9
    assert valkey.has_unfinished_tasks()

    assert requeue_unfinished(app) == 1

    assert not valkey.has_unfinished_tasks()
    with app.connection_for_read() as connection:
        message = connection.default_channel.basic_get("cpu")
    assert message is not None
    assert message.headers["id"] == sent.id
