"""Making the demonstration: once per installation, as a durable job."""

import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction

from flawmark.accounts.models import Membership, Role, Team, User
from flawmark.api.demo.sources import DemoImage, DemoSource, made_surfaces, solar_cells
from flawmark.core.errors import NotFound
from flawmark.core.jobs import JobRun, job_create
from flawmark.core.models import FINAL_JOB_STATES, Job, JobState
from flawmark.datasets.models import Dataset, Image, Label, LayerKind
from flawmark.datasets.selectors.layers import LayerKey
from flawmark.datasets.services.datasets import dataset_create
from flawmark.datasets.services.images import image_add, images_announce
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit
from flawmark.training.models import TrainingRun
from flawmark.training.services.runs import training_run_create

DEMO = "api.demo"
ANNOUNCED_AT_ONCE = 50


@transaction.atomic
def demo_request() -> Job | None:
    """Ask for the demonstration in the first team; None when it is there or on its way.

    Raises:
        NotFound: there is no team yet.
    """
    owner = Membership.objects.filter(role=Role.OWNER).order_by("created_at").first()
    if owner is None:
        raise NotFound("There is no team yet: start Flawmark first.")
    Team.objects.select_for_update().get(id=owner.team_id)
    wanted = Job.objects.filter(kind=DEMO, team_id=owner.team_id)
    if (
        wanted.exclude(state__in=FINAL_JOB_STATES).exists()
        or wanted.filter(state=JobState.SUCCEEDED).exists()
    ):
        return None
    return job_create(
        team_id=owner.team_id,
        kind=DEMO,
        queue="io",
        title="Bring the demonstration images",
        payload={"actor": str(owner.user_id)},
        created_by_id=owner.user_id,
    )


def demo_execute(run: JobRun) -> dict[str, Any]:
    """The work of the job. Images that are there already are kept, so it goes on where it was interrupted."""
    team = Team.objects.get(id=run.job.team_id)
    actor = User.objects.get(id=run.payload["actor"])
    with tempfile.TemporaryDirectory(prefix="flawmark-demo-") as scratch:
        run.progress(0.0, "Looking for images")
        source = solar_cells() or made_surfaces(Path(scratch))
        run.log(source.licence)
        dataset = _dataset(source, team, actor)
        labelled = [image for image in source.images if image.label != Label.UNLABELLED]
        stream = source.images[len(labelled) :]
        _add_all(run, dataset, labelled, (0.0, 0.5))
        # Training begins while the stream still comes in.
        training = _train_once(dataset, actor)
        _add_all(run, dataset, stream, (0.5, 1.0))
    return {"dataset": str(dataset.id), "training_run": str(training.id), "images": len(source.images)}


def _dataset(source: DemoSource, team: Team, actor: User) -> Dataset:
    existing = Dataset.objects.filter(team=team, name=source.name).first()
    return existing or dataset_create(
        team=team, actor=actor, name=source.name, description=source.description, licence=source.licence
    )


def _add_all(run: JobRun, dataset: Dataset, images: list[DemoImage], span: tuple[float, float]) -> None:
    start, end = span
    for first in range(0, len(images), ANNOUNCED_AT_ONCE):
        batch = images[first : first + ANNOUNCED_AT_ONCE]
        with transaction.atomic():
            new = [image.id for image, created in (_add(dataset, one) for one in batch) if created]
            images_announce(dataset=dataset, image_ids=new)
        done = first + len(batch)
        run.progress(start + (end - start) * done / len(images), f"{done} of {len(images)} images")


def _add(dataset: Dataset, given: DemoImage) -> tuple[Image, bool]:
    image, created = image_add(
        dataset=dataset,
        content=given.path.read_bytes(),
        filename=given.filename,
        label=given.label,
        split=given.split,
    )
    mask = given.mask() if created else None
    if mask is not None:
        key = LayerKey(LayerKind.DEFECT, dataset.defect_types.earliest("created_at").id)
        layers = layers_from_masks(image=image, masks={key: mask})
        revision_submit(image=image, layers=layers, author=None, tool="import")
    return image, created


def _train_once(dataset: Dataset, actor: User) -> TrainingRun:
    existing = TrainingRun.objects.filter(dataset=dataset).order_by("id").first()
    return existing or training_run_create(
        dataset=dataset, detector="patchcore", hyperparameters={}, actor=actor
    )
