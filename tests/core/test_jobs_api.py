"""`/jobs/`."""

import pytest
from factories import Cast, client_of

from flawmark.core.jobs import job_create
from flawmark.core.models import Job

URL = "/api/v1/jobs/"


@pytest.fixture
def job(cast: Cast) -> Job:
    return job_create(team_id=cast.team.id, kind="tests.work", queue="io", title="Work")


def test_the_team_sees_its_jobs_and_nobody_elses(cast: Cast, job: Job) -> None:
    (row,) = client_of(cast.viewer).get(URL, {"state": "queued"}).data["results"]
    assert (row["id"], row["title"]) == (str(job.id), "Work")
    assert client_of(cast.viewer).get(URL, {"state": "failed"}).data["results"] == []
    assert "log_tail" in client_of(cast.viewer).get(f"{URL}{job.id}/").data
    stranger = client_of(cast.stranger)
    assert stranger.get(URL).data["results"] == []
    assert stranger.get(f"{URL}{job.id}/").status_code == 404
    assert stranger.post(f"{URL}{job.id}/cancel/").status_code == 404


def test_curators_cancel_and_an_ended_job_stays_ended(cast: Cast, job: Job) -> None:
    assert client_of(cast.reviewer).post(f"{URL}{job.id}/cancel/").status_code == 403
    assert client_of(cast.curator).post(f"{URL}{job.id}/cancel/").data["state"] == "cancelled"
    again = client_of(cast.curator).post(f"{URL}{job.id}/cancel/")
    assert (again.status_code, again.data["code"], again.data["current"]) == (
        409,
        "job_ended",
        {"state": "cancelled"},
    )
