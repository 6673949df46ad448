"""Previews: made-up defects on a dataset's normal images, to see what a detector would learn from.

Drawn by a job: the web process computes no pictures. Torch-free.
"""

import io
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from PIL import Image as PillowImage

from detectors import registry
from detectors.errors import InputError
from detectors.images import ImageArray, read_image
from detectors.synthesis import gallery
from detectors.synthesis.hyperparameters import SynthesisHyperparameters
from detectors.synthesis.kinds import KINDS
from flawmark.accounts.models import User
from flawmark.core.blobs import blob_bytes, blob_store
from flawmark.core.errors import InvalidInput
from flawmark.core.jobs import JobRun, job_create
from flawmark.core.models import Job
from flawmark.datasets.models import Dataset, Image, Label, Split
from flawmark.training.services.hyperparameters import hyperparameters_check

PREVIEW = "training.preview"
EXAMPLES, EXAMPLE_SIDE_PX = 6, 128
NO_NORMALS = "There are no normal images in the train split to make defects on."


@transaction.atomic
def preview_request(
    *, dataset: Dataset, detector: str, hyperparameters: dict[str, Any], seed: int, actor: User
) -> Job:
    """Ask for a sheet of examples; the job's result names its picture.

    Raises:
        InvalidInput: an unknown detector, one that learns from no made-up defects, hyperparameters that do
            not fit, defects that only a training can draw, or no normal images to make them on.
    """
    complete = hyperparameters_check(detector, hyperparameters)
    if not issubclass(registry.hyperparameters_class(detector), SynthesisHyperparameters):
        raise InvalidInput("This detector learns from no made-up defects.", code="no_preview")
    if complete["synthesis"] not in KINDS:
        raise InvalidInput(
            "These defects are drawn by a network that the training itself trains: its run will show them.",
            field="hyperparameters.synthesis",
            code="no_preview",
        )
    if not _training_normals(dataset).exists():
        raise InvalidInput(NO_NORMALS, field="dataset", code="no_normals")
    return job_create(
        team_id=dataset.team_id,
        kind=PREVIEW,
        queue="io",
        title=f"Made-up defects on {dataset.name}",
        payload={"dataset": str(dataset.id), "detector": detector, "hyperparameters": complete, "seed": seed},
        created_by_id=actor.id,
        subject_type="dataset",
        subject_id=dataset.id,
    )


def preview_execute(run: JobRun) -> dict[str, Any]:
    """The work of a `training.preview` job: draw the sheet and keep it as a PNG."""
    dataset = Dataset.objects.get(id=run.payload["dataset"])
    normals = list(_training_normals(dataset)[:EXAMPLES])
    if not normals:
        raise InvalidInput(NO_NORMALS, code="no_normals")
    parser = registry.hyperparameters_class(run.payload["detector"])
    chosen = parser.parse(run.payload["hyperparameters"])
    assert isinstance(chosen, SynthesisHyperparameters)  # the request made sure
    try:
        sheet = gallery.preview(
            [_pixels(image) for image in normals],
            chosen.synthesis_settings(),
            count=EXAMPLES,
            size_px=EXAMPLE_SIDE_PX,
            seed=run.payload["seed"],
        )
    except InputError as error:
        raise InvalidInput(str(error), code="detector_refused") from error
    stream = io.BytesIO()
    PillowImage.fromarray(sheet).save(stream, "PNG")
    picture = blob_store(team_id=dataset.team_id, content=stream.getvalue(), media_type="image/png")
    return {"picture": str(picture.id)}


def _training_normals(dataset: Dataset) -> QuerySet[Image]:
    """What a training started now would learn from, defective parts with a normal region aside."""
    return Image.objects.filter(
        dataset=dataset, label=Label.NORMAL, split=Split.TRAIN, quarantined_at__isnull=True
    ).select_related("blob")


def _pixels(image: Image) -> ImageArray:
    return read_image(blob_bytes(image.blob), name=image.filename, max_pixels=settings.IMAGE_MAX_PIXELS)
