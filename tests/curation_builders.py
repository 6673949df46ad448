"""Pools with planted faults, and their health, for the tests."""

import io
from typing import Any

import numpy as np
from factories import Cast
from numpy.typing import NDArray
from PIL import Image as PillowImage
from scipy.ndimage import gaussian_filter

from flawmark.core.models import Job
from flawmark.curation.models import PoolHealthReport
from flawmark.curation.services.reports import health_request
from flawmark.curation.tasks import health
from flawmark.datasets.models import Dataset, Image, Label, Split
from flawmark.datasets.services.images import CaptureFields, image_add

SIDE_PX = 96


def part(seed: int, *, kind: str = "rough") -> NDArray[np.uint8]:
    """(96, 96) grey: a `rough` surface or `stripes`, each with details of its own."""
    random = np.random.default_rng(seed)
    details = gaussian_filter(random.normal(0, 1, (SIDE_PX, SIDE_PX)), 2) * 150
    rows, cols = np.mgrid[:SIDE_PX, :SIDE_PX]
    pattern = 50 * np.sign(np.sin(cols / 2)) if kind == "stripes" else 12 * np.sin(rows / 9)
    return np.clip(120 + pattern + details, 0, 255).astype(np.uint8)


def encoded(pixels: NDArray[np.uint8], image_format: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(pixels).save(stream, image_format, **options)
    return stream.getvalue()


def add_part(
    dataset: Dataset, content: bytes, filename: str, capture: CaptureFields | None = None, **fields: Any
) -> Image:
    given = {"label": Label.NORMAL, "split": Split.TRAIN} | fields
    return image_add(dataset=dataset, content=content, filename=filename, capture=capture, **given)[0]


def make_health(dataset: Dataset, cast: Cast) -> PoolHealthReport:
    """Ask for a report and do its job here."""
    report = health_request(dataset=dataset, actor=cast.curator)
    health(str(report.job_id))
    job = Job.objects.get(id=report.job_id)
    assert job.state == "succeeded", job.error_detail + job.log_tail
    return PoolHealthReport.objects.get(id=report.id)
