"""Durable jobs: a row in Postgres first, a worker second.

job = job_create(team_id=…, kind="training.train", queue="cpu", title="Train PatchCore", payload={…})

@job_task("training.train", queue="cpu")
def train(run: JobRun) -> dict[str, Any]:       # the result is stored on the row
    run.progress(0.1, "Reading images")         # raises JobCancelled when someone asked for it
    return {}
"""

from flawmark.core.jobs.runtime import JobCancelled, JobLost, JobPaused, JobRun, job_task
from flawmark.core.jobs.services import job_cancel, job_create, jobs_requeue_lost

__all__ = [
    "JobCancelled",
    "JobLost",
    "JobPaused",
    "JobRun",
    "job_cancel",
    "job_create",
    "job_task",
    "jobs_requeue_lost",
]
