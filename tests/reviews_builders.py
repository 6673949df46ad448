"""A dataset with a serving model, scored images and waiting tasks, made row by row: no detector runs."""

import base64
import io
import zlib
from itertools import count
from typing import Any

import numpy as np
from factories import Cast
from numpy.typing import NDArray
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from flawmark.accounts.models import Team
from flawmark.core.blobs import blob_store
from flawmark.core.models import Job
from flawmark.datasets.models import Dataset, DatasetVersion, DefectType, Image
from flawmark.datasets.services.images import image_add
from flawmark.inspections.models import ImageEmbedding, Inspection
from flawmark.inspections.services.bands import band_of
from flawmark.reviews.models import ReviewTask, TaskReason
from flawmark.training.models import ModelVersion, Stage, ThresholdSet, TrainingRun
from flawmark.training.selectors import thresholds_of

SIDE_PX = 64
GRID = 8
MAP_SCALE = 0.001
_numbers = count(1)


def make_dataset(team: Team, name: str = "Bottles") -> Dataset:
    dataset = Dataset.objects.create(team=team, name=name)
    DefectType.objects.create(dataset=dataset, name="defect")
    return dataset


def make_image(dataset: Dataset, **fields: Any) -> Image:
    """A grey image whose pixels nobody else has."""
    number = next(_numbers)
    pixels = np.full((SIDE_PX, SIDE_PX), 90, np.uint8)
    bits = [number >> bit & 1 for bit in range(number.bit_length())]
    pixels.flat[: len(bits)] = [200 * bit for bit in bits]
    stream = io.BytesIO()
    PillowImage.fromarray(pixels).save(stream, "PNG")
    image, _ = image_add(dataset=dataset, content=stream.getvalue(), filename=f"{number}.png")
    Image.objects.filter(id=image.id).update(**fields)
    image.refresh_from_db()
    return image


def make_model(
    dataset: Dataset, *, stage: str = Stage.CHAMPION, t1: float | None = 0.4, t2: float | None = 0.6
) -> ModelVersion:
    """A model of the registry, with thresholds; None leaves it uncalibrated."""
    number = next(_numbers)
    blob = blob_store(team_id=dataset.team_id, content=f"bytes {number}".encode(), media_type="x/y")
    version = DatasetVersion.objects.create(
        dataset=dataset, number=number, sha256=f"{number:064}", manifest=blob
    )
    job = Job.objects.create(team_id=dataset.team_id, kind="training.train", queue="cpu", title="Train")
    run = TrainingRun.objects.create(dataset=dataset, dataset_version=version, detector="patchcore", job=job)
    model = ModelVersion.objects.create(
        dataset=dataset,
        number=number,
        run=run,
        detector="patchcore",
        seed=0,
        dataset_version=version,
        artifact=blob,
        artifact_sha256=blob.sha256,
        map_height=GRID,
        map_width=GRID,
        map_scale=MAP_SCALE,
        stage=stage,
    )
    ThresholdSet.objects.create(model_version=model, t1=t1, t2=t2, pixel_threshold=0.5, method="test")
    return model


def corner_map(score: float) -> NDArray[np.float64]:
    """A map that is `score` in the 4×4 cells at the top left, and 0 elsewhere."""
    cells = np.zeros((GRID, GRID))
    cells[:4, :4] = score
    return cells


def make_inspection(image: Image, model: ModelVersion, score: float, **fields: Any) -> Inspection:
    steps = np.rint(corner_map(score) / MAP_SCALE).astype("<u2")
    blob = blob_store(
        team_id=image.dataset.team_id, content=steps.tobytes(), media_type="application/octet-stream"
    )
    return Inspection.objects.create(
        image=image,
        model_version=model,
        image_score=score,
        band=band_of(score, thresholds_of(model)),
        score_map=blob,
        map_height=GRID,
        map_width=GRID,
        **{"map_peak": score, **fields},
    )


def make_task(dataset: Dataset, model: ModelVersion | None = None, **fields: Any) -> ReviewTask:
    """A task for a new image; with a model, for one that it finds suspicious at the top left."""
    image = fields.pop("image", None) or make_image(dataset)
    inspection = make_inspection(image, model, 0.9) if model else None
    defaults = {"reason": TaskReason.FAIL_BAND if model else TaskReason.REQUESTED, "priority": 0.5}
    return ReviewTask.objects.create(
        dataset=dataset, image=image, inspection=inspection, **{**defaults, **fields}
    )


def make_scene(cast: Cast) -> tuple[Dataset, ModelVersion, ReviewTask]:
    dataset = make_dataset(cast.team)
    model = make_model(dataset)
    return dataset, model, make_task(dataset, model)


def box(top: int, left: int, bottom: int, right: int) -> NDArray[np.bool_]:
    """A mask of an image's size with one rectangle."""
    mask = np.zeros((SIDE_PX, SIDE_PX), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def lease(client: APIClient, dataset: Dataset, **wanted: Any) -> dict[str, Any]:
    response = client.post("/api/v1/review-tasks/lease/", {"dataset": str(dataset.id), **wanted})
    assert response.status_code == 200, response.content
    return response.json()


def tile(*boxes: tuple[int, int, int, int]) -> str:
    """A tile as the browser sends it, with these (top, left, bottom, right) boxes painted."""
    pixels = np.zeros((512, 512), np.uint8)
    for top, left, bottom, right in boxes:
        pixels[top:bottom, left:right] = 1
    return base64.b64encode(zlib.compress(pixels.tobytes())).decode()


def paint(
    client: APIClient, task: dict[str, Any], data: str, *, version: int = 0, kind: str = "defect"
) -> Any:
    """Save one tile into the draft."""
    defect_type = task["defect_types"][0]["id"] if kind == "defect" else None
    change = {"kind": kind, "defect_type": defect_type, "row": 0, "col": 0, "data": data}
    return client.patch(
        f"/api/v1/review-tasks/{task['id']}/draft/",
        {"lease_token": task["lease"]["token"], "changes": [change]},
        headers={"If-Match": f'"{version}"'},
    )


def judge(client: APIClient, task: dict[str, Any], verdict: str, **given: Any) -> Any:
    body = {"verdict": verdict, "lease_token": task["lease"]["token"], "elapsed_ms": 1200, **given}
    return client.post(f"/api/v1/review-tasks/{task['id']}/verdict/", body)


def look_like(image: Image, vector: NDArray[np.floating]) -> ImageEmbedding:
    """Say what an image looks like."""
    values = np.asarray(vector, "<f2").tobytes()
    return ImageEmbedding.objects.create(image=image, recipe="test", vector=values)
