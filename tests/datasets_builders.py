"""Small pictures, archives and datasets for the tests of datasets."""

import io
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from flawmark.accounts.models import Team
from flawmark.core.models import Job
from flawmark.datasets.models import Dataset, Export, Image, Import
from flawmark.datasets.services.datasets import dataset_create
from flawmark.datasets.services.images import image_add
from flawmark.datasets.tasks import export_version, import_images

WIDTH_PX, HEIGHT_PX = 40, 30


def pixels(seed: int, *, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)


def encoded(array: NDArray[Any], image_format: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(array).save(stream, image_format, **options)
    return stream.getvalue()


def png(seed: int, **size: int) -> bytes:
    """A PNG whose bytes differ for every seed."""
    return encoded(pixels(seed, **size))


def mask_png(
    box_xyxy: tuple[int, int, int, int], *, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX
) -> bytes:
    left, top, right, bottom = box_xyxy
    mask = np.zeros((height_px, width_px), np.uint8)
    mask[top:bottom, left:right] = 255
    return encoded(mask)


def zip_bytes(files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def make_dataset(team: Team, name: str = "Screws") -> Dataset:
    return dataset_create(team=team, actor=None, name=name)


def make_image(dataset: Dataset, seed: int = 0, **fields: Any) -> Image:
    return image_add(dataset=dataset, content=png(seed), filename=f"{seed:03}.png", **fields)[0]


def run_import(delivery: Import) -> Job:
    """Run the import's job to its end, as a worker does."""
    import_images(str(delivery.job_id))
    return Job.objects.get(id=delivery.job_id)


def run_export(export: Export) -> Job:
    export_version(str(export.job_id))
    export.refresh_from_db()
    return Job.objects.get(id=export.job_id)
