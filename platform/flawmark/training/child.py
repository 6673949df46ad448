"""The process that one training runs in: `python -m flawmark.training.child JOB_ID`.

A training imports torch and fills gigabytes; a process that ends gives all of it back. It dies with the
worker that started it, so that a worker's end never leaves a training behind that nobody owns.
"""

import ctypes
import os
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1


def run_in_child(job_id: str) -> None:
    """Run a training job to its end in a child. One that is killed is started again at once.

    The child claims the job itself, and a job that lost too many workers cannot be claimed any more, so this
    loop ends. A child that ends by itself has brought the job to a final state, or left it to others.
    """
    command = [sys.executable, "-m", "flawmark.training.child", job_id, str(os.getpid())]
    while subprocess.run(command, check=False).returncode < 0:
        pass


def _die_with(parent_pid: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(0)


def main(job_id: str, parent_pid: int) -> None:
    _die_with(parent_pid)
    import django

    django.setup()
    from flawmark.core.jobs.runtime import execute
    from flawmark.training.services.fitting import training_run_execute

    execute(job_id, training_run_execute)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
