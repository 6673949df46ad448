"""Background work of curation."""

from typing import Any

from flawmark.core.jobs import JobRun, job_task
from flawmark.curation.services.reports import HEALTH


@job_task(HEALTH, queue="cpu")
def health(run: JobRun) -> dict[str, Any]:
    from flawmark.curation.services.computing import health_execute  # only workers need what it imports

    return health_execute(run)
