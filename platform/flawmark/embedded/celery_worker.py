"""`celery worker` that says when it is ready: run as `python -m flawmark.embedded.celery_worker ARGUMENTS`.

Asking a worker over the broker instead would cost a process with the whole application loaded, and a worker
of the solo pool does not answer while it works.
"""

import os
from pathlib import Path

from celery import signals
from celery.__main__ import main

from flawmark.embedded.programs import READY_VARIABLE


@signals.worker_ready.connect
def _announce(**_details: object) -> None:
    Path(os.environ[READY_VARIABLE]).touch()


if __name__ == "__main__":
    main()
