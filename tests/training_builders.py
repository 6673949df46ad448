"""Small pools, trainings and models for the tests: 64-pixel textures, real backbone weights."""

import io
from typing import Any

import numpy as np
from factories import Cast
from PIL import Image as PillowImage

from flawmark.core.jobs.runtime import execute
from flawmark.core.masks.tiles import Mask
from flawmark.core.models import Job
from flawmark.datasets.models import Dataset, Image, Label, LayerKind, Split
from flawmark.datasets.selectors.layers import LayerKey
from flawmark.datasets.services.datasets import dataset_create
from flawmark.datasets.services.images import image_add
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit
from flawmark.training.models import ModelVersion, TrainingRun
from flawmark.training.services.fitting import training_run_execute
from flawmark.training.services.runs import training_run_create

SIDE_PX = 64
# Where every made defect lies: rows and columns 20 to 39.
DEFECT = (slice(20, 40), slice(20, 40))
SMALL: dict[str, Any] = {"image_size": 64, "coreset_rows": 100, "batch_size": 4}

# A detector that trains a network, in a second.
TRAINED: dict[str, Any] = {
    "image_size": 64, "window": 3, "width": 16, "blocks": 3, "heads": 2, "batch_size": 8, "filter_px": 5,
    "steps": 30,
}  # fmt: skip


def texture_png(seed: int, *, defective: bool = False) -> bytes:
    """A grey texture that repeats with a little noise; a defect is a bright square."""
    random = np.random.default_rng(seed)
    waves = 128 + 40 * np.sin(np.arange(SIDE_PX) / 3)[None, :] * np.ones((SIDE_PX, 1))
    pixels = np.clip(waves + random.normal(0, 4, (SIDE_PX, SIDE_PX)), 0, 255)
    if defective:
        pixels[DEFECT] = 250
    stream = io.BytesIO()
    PillowImage.fromarray(pixels.astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def defect_mask() -> Mask:
    mask = np.zeros((SIDE_PX, SIDE_PX), np.bool_)
    mask[DEFECT] = True
    return mask


def make_dataset(cast: Cast, name: str = "Brackets") -> Dataset:
    return dataset_create(team=cast.team, actor=cast.owner, name=name)


def add_image(
    dataset: Dataset,
    seed: int,
    *,
    label: str = Label.UNLABELLED,
    split: str = Split.UNASSIGNED,
    defective: bool | None = None,
) -> Image:
    shows_defect = label == Label.DEFECTIVE if defective is None else defective
    image, _ = image_add(
        dataset=dataset,
        content=texture_png(seed, defective=shows_defect),
        filename=f"{seed:05}.png",
        label=label,
        split=split,
    )
    return image


def draw_mask(image: Image, kind: str = LayerKind.DEFECT) -> None:
    """Submit a mask revision with the made defect's pixels on a layer of this kind."""
    defect_type = image.dataset.defect_types.get().id if kind == LayerKind.DEFECT else None
    layers = layers_from_masks(image=image, masks={LayerKey(kind, defect_type): defect_mask()})
    revision_submit(image=image, layers=layers, author=None, tool="brush")


def make_pool(
    cast: Cast, *, train: int = 6, validation: int = 3, test: int = 3, masks: bool = True
) -> Dataset:
    """Normals to train and to hold out, and as many normal as defective test images."""
    dataset = make_dataset(cast)
    for seed in range(train):
        add_image(dataset, seed, label=Label.NORMAL, split=Split.TRAIN)
    for seed in range(1000, 1000 + validation):
        add_image(dataset, seed, label=Label.NORMAL, split=Split.VALIDATION)
    for seed in range(2000, 2000 + test):
        add_image(dataset, seed, label=Label.NORMAL, split=Split.TEST)
        found = add_image(dataset, seed, label=Label.DEFECTIVE, split=Split.TEST)
        if masks:
            draw_mask(found)
    return dataset


def make_run(dataset: Dataset, cast: Cast, **changes: Any) -> TrainingRun:
    given = {"detector": "patchcore", "hyperparameters": SMALL, "actor": cast.curator} | changes
    return training_run_create(dataset=dataset, **given)


def finish(run: TrainingRun) -> Job:
    """Do the run's job here, as its own process does it elsewhere."""
    execute(str(run.job_id), training_run_execute)
    run.job.refresh_from_db()
    return run.job


def make_model(dataset: Dataset, cast: Cast, **changes: Any) -> ModelVersion:
    run = make_run(dataset, cast, **changes)
    job = finish(run)
    assert job.state == "succeeded", job.error_detail + job.log_tail
    return ModelVersion.objects.get(run=run)
