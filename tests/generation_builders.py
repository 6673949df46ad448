"""Generation runs of the tests: of the real library with tiny settings, or with pictures made up at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from factories import Cast
from numpy.typing import NDArray
from training_builders import texture_png

from flawmark.core.blobs import blob_store
from flawmark.core.jobs.runtime import execute
from flawmark.core.models import Job, JobState
from flawmark.datasets.models import Dataset, Image
from flawmark.datasets.services.pixels import image_facts
from flawmark.generation.models import CandidateNormal, GenerationRun
from flawmark.generation.services.running import generation_run_execute
from flawmark.generation.services.runs import generation_run_create
from flawmark.training.models import ModelVersion

# A generation in seconds.
TINY: dict[str, Any] = {
    "image_size": 32, "crop_size": 32, "steps": 40, "iterations": 2, "update_steps": 1, "words": 4,
    "width": 8, "latent_channels": 4, "codes": 8, "batch_size": 2, "augmentations": 2,
    "learning_rate": 5e-3, "perceptual_weight": 0.0, "diversity_floor": 0.0,
}  # fmt: skip


def make_generation(dataset: Dataset, cast: Cast, **changes: Any) -> GenerationRun:
    given = {"keyword": "bottle", "count": 3, "options": TINY, "actor": cast.curator} | changes
    return generation_run_create(dataset=dataset, **given)


def finish_generation(run: GenerationRun) -> Job:
    """Do the run's job here, as its own process does it elsewhere."""
    execute(str(run.job_id), generation_run_execute)
    run.job.refresh_from_db()
    return run.job


def add_candidate(run: GenerationRun, position: int, **changes: Any) -> CandidateNormal:
    """A candidate that no generator made: a texture of its own."""
    content = texture_png(9000 + position)
    team_id = run.dataset.team_id
    thumbnail = image_facts(content, filename="made-up.png").thumbnail_jpeg
    nearest: Image | None = run.sources.first()
    given = {
        "picture": blob_store(team_id=team_id, content=content, media_type="image/png"),
        "thumbnail": blob_store(team_id=team_id, content=thumbnail, media_type="image/jpeg"),
        "provenance": {"keyword": run.keyword, "seed": run.seed},
        "nearest_image": nearest,
        "nearest_distance": 0.4,
        "image_score": 0.5,
    }
    return CandidateNormal.objects.create(run=run, position=position, **given | changes)


def make_finished_generation(
    dataset: Dataset, cast: Cast, candidates: int = 3, judged_by: ModelVersion | None = None, **changes: Any
) -> GenerationRun:
    """A run that ended with candidates, made up here."""
    run = make_generation(dataset, cast, count=candidates, **changes)
    Job.objects.filter(id=run.job_id).update(state=JobState.SUCCEEDED, fraction=1.0)
    GenerationRun.objects.filter(id=run.id).update(judged_by=judged_by, copy_distance=0.05)
    for position in range(candidates):
        add_candidate(run, position)
    return GenerationRun.objects.select_related("dataset__team").get(id=run.id)


class ShortSighted:
    """An encoder in no time: letters of the text, brightness of the picture, side by side in one space."""

    identity = "short-sighted"

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.bincount([ord(letter) % 8 for letter in text], minlength=8) for text in texts]
        return np.asarray(rows, np.float32)

    def encode_image(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        rows = [np.histogram(picture, bins=8, range=(0, 256))[0] / picture.size for picture in pictures]
        return np.asarray(rows, np.float32)
