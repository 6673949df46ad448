"""What workers do for the composition as a whole."""

from typing import Any

from flawmark.api.demo.services import DEMO, demo_execute
from flawmark.core.jobs import JobRun, job_task


@job_task(DEMO, queue="io")
def demo(run: JobRun) -> dict[str, Any]:
    return demo_execute(run)
