"""Candidate words of a keyword, before anything is generated: a person may then choose another keyword."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from flawmark.accounts.models import User
from flawmark.core.jobs import job_create
from flawmark.core.models import Job
from flawmark.curation.models import Finding
from flawmark.datasets.models import Dataset
from flawmark.generation.services.options import options_check
from flawmark.generation.services.runs import keyword_check
from flawmark.generation.services.sources import sources_choose

WORDS = "generation.words"
# What the images look like is known from some of them.
MOST_SOURCES = 50


def words_request(
    *,
    dataset: Dataset,
    keyword: str,
    actor: User | None,
    seed: int = 0,
    options: dict[str, Any] | None = None,
    image_ids: Sequence[UUID] | None = None,
    finding: Finding | None = None,
) -> Job:
    """Ask a worker for the words; the job's result holds them. Raises InvalidInput as a run does."""
    keyword = keyword_check(keyword)
    complete = options_check(options or {})
    sources = sources_choose(dataset=dataset, image_ids=image_ids, finding=finding)
    spread = sources[:: max(1, len(sources) // MOST_SOURCES)][:MOST_SOURCES]
    return job_create(
        team_id=dataset.team_id,
        kind=WORDS,
        queue=settings.TRAINING_QUEUE,
        title=f"Words for {keyword}",
        payload={
            "keyword": keyword,
            "options": complete,
            "seed": seed,
            "images": [str(image.id) for image in spread],
        },
        created_by_id=actor.id if actor else None,
        subject_type="dataset",
        subject_id=dataset.id,
    )
