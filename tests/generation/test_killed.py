"""A generation in its own process: one that is killed is taken up again, and goes on from where it was."""

import os
import signal
import threading
import time
from urllib.parse import urlsplit

import pytest
from django.db import connection
from factories import make_cast
from generation_builders import TINY, make_generation
from training_builders import make_pool

from flawmark.generation.tasks import generate
from flawmark.training.services.checkpoints import checkpoints_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_killed_generation_goes_on_from_its_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    given = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    monkeypatch.setenv("DATABASE_URL", f"{given.scheme}://{given.netloc}/{name}?{given.query}")
    monkeypatch.setenv("FLAWMARK_TRAINING_CHECKPOINT_INTERVAL_S", "0.3")
    cast = make_cast()
    dataset = make_pool(cast, train=3)
    options = TINY | {"steps": 150}
    run = make_generation(dataset, cast, options=options)
    parent = threading.Thread(target=generate, args=(str(run.job_id),))
    parent.start()
    kept = checkpoints_of(run).folder
    while parent.is_alive() and not list(kept.glob("*.pt")):
        time.sleep(0.01)
    run.job.refresh_from_db()
    os.kill(int(run.job.worker.rpartition(":")[2]), signal.SIGKILL)
    parent.join()
    run.job.refresh_from_db()
    run.refresh_from_db()
    assert (run.job.state, run.job.losses) == ("succeeded", 1), run.job.error_detail + run.job.log_tail
    assert "Going on with generator at step" in run.job.log_tail
    steps = [point["step"] for point in run.curves]
    assert steps == sorted(set(steps)) and steps[-1] == 150
    assert not kept.exists()
    assert run.candidates.count() == 3
