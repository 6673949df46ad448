"""The process that one heavy job runs in: `python -m flawmark.core.child JOB_ID WORK PARENT_PID`.

A training imports torch and fills gigabytes; a process that ends gives all of it back. It dies with the
worker that started it, so that a worker's end never leaves a training behind that nobody owns.
"""

import ctypes
import os
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1


def run_in_child(job_id: str, work: str) -> None:
    """Run a job to its end in a child. One that is killed is started again at once.

    The child claims the job itself, and a job that lost too many workers cannot be claimed any more, so this
    loop ends. A child that ends by itself has brought the job to a final state, or left it to others.

    Args:
        job_id: the job.
        work: the dotted path of the function of a `JobRun` that does it.
    """
    command = [sys.executable, "-m", "flawmark.core.child", job_id, work, str(os.getpid())]
    while subprocess.run(command, check=False).returncode < 0:
        pass


def _die_with(parent_pid: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(0)


def main(job_id: str, work: str, parent_pid: int) -> None:
    _die_with(parent_pid)
    import django

    django.setup()
    from django.utils.module_loading import import_string

    from flawmark.core.jobs.runtime import execute

    execute(job_id, import_string(work))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
