"""Rows of a large pool whose images are measured, embedded and scored already. Needs Django set up."""

import uuid
from typing import Any

import numpy as np

from detectors.features.pooled import RECIPE as EMBEDDING
from detectors.pool.duplicates import find_duplicates
from detectors.pool.looks import RECIPE as LOOK
from flawmark.accounts.models import User
from flawmark.accounts.services import team_create
from flawmark.core.blobs import blob_store
from flawmark.core.ids import uuid7
from flawmark.core.models import Blob, Job
from flawmark.curation.models import ImageLook, PoolHealthReport
from flawmark.curation.services.reports import health_request
from flawmark.curation.tasks import health
from flawmark.datasets.models import Capture, Dataset, Image, Label, Split
from flawmark.datasets.services.datasets import dataset_create
from flawmark.datasets.services.versions import dataset_version_create
from flawmark.inspections.models import ImageEmbedding, LeftOutScore
from flawmark.inspections.services.left_out import group_keys, group_labels
from flawmark.training.models import ModelVersion, Stage, TrainingRun

BATCH = 1_000


def store_pool(count: int, vectors: np.ndarray, pictures: np.ndarray, random: np.random.Generator) -> str:
    """Store a pool of `count` images with a champion that has scored them; returns the dataset's id."""
    owner = User.objects.create_user(
        username=f"owner-{count}-{uuid.uuid4()}", password="correct-horse-battery"
    )
    dataset = dataset_create(
        team=team_create(name=f"Line {count}", owner=owner), actor=owner, name=f"Pool of {count}"
    )
    blob = blob_store(team_id=dataset.team_id, content=b"pixels", media_type="image/png")
    hashes = random.integers(-(2**62), 2**62, count)
    hashes[-len(hashes) // 10 :] = hashes[: len(hashes) // 10 + len(hashes) % 10]
    images = [_image(dataset, blob, number, int(hashes[number])) for number in range(count)]
    Image.objects.bulk_create(images, batch_size=BATCH)
    ImageLook.objects.bulk_create(
        [_look(image, picture, random) for image, picture in zip(images, pictures, strict=True)],
        batch_size=200,
    )
    ImageEmbedding.objects.bulk_create(
        [
            ImageEmbedding(image=image, recipe=EMBEDDING, vector=vector.astype("<f2").tobytes())
            for image, vector in zip(images, vectors, strict=True)
        ],
        batch_size=BATCH,
    )
    Capture.objects.bulk_create(
        [Capture(image=image, metadata={"camera": f"c{number % 7}"}) for number, image in enumerate(images)],
        batch_size=BATCH,
    )
    _store_scores(_champion(dataset, blob, owner), images, vectors, pictures, hashes, random)
    return str(dataset.id)


def _image(dataset: Dataset, blob: Blob, number: int, perceptual_hash: int) -> Image:
    return Image(
        dataset=dataset, sha256=f"{number:064x}", blob=blob, thumbnail=blob, filename=f"{number:06}.png",
        width_px=512, height_px=512, channels=1, bit_depth=8, perceptual_hash=perceptual_hash,
        label=Label.NORMAL, split=Split.TRAIN, lot=str(number % 40),
    )  # fmt: skip


def _look(image: Image, picture: np.ndarray, random: np.random.Generator) -> ImageLook:
    return ImageLook(
        image=image, recipe=LOOK, pixels_sha256=image.sha256, fingerprint=picture.tobytes(),
        sharpness=random.normal(-3, 0.1), brightness=random.normal(0.5, 0.02), clipped_share=0.0,
    )  # fmt: skip


def _champion(dataset: Dataset, blob: Blob, owner: User) -> ModelVersion:
    version = dataset_version_create(dataset=dataset, actor=owner)
    job = Job.objects.create(team_id=dataset.team_id, kind="training.train", queue="cpu", title="Train")
    run = TrainingRun.objects.create(
        id=uuid7(), dataset=dataset, dataset_version=version, detector="patchcore", job=job
    )
    return ModelVersion.objects.create(
        dataset=dataset, number=1, run=run, detector="patchcore", seed=0, dataset_version=version,
        artifact=blob, artifact_sha256="0" * 64, map_height=28, map_width=28, map_scale=0.01,
        supports_live_bank=True, stage=Stage.CHAMPION,
    )  # fmt: skip


def _store_scores(
    model: ModelVersion,
    images: list[Image],
    vectors: np.ndarray,
    pictures: np.ndarray,
    hashes: np.ndarray,
    random: np.random.Generator,
) -> None:
    """Left-out scores as scoring stores them, for the groups that the report is going to find."""
    found = find_duplicates([image.sha256 for image in images], hashes, pictures, vectors)
    groups = {
        images[member].id: number for number, group in enumerate(found.groups) for member in group.members
    }
    ids = [image.id for image in images]
    keys = group_keys(ids, group_labels(ids, groups))
    LeftOutScore.objects.bulk_create(
        [
            LeftOutScore(
                image=image, model_version=model, group_key=key, score=float(score), box_xyxy=[0, 0, 8, 8]
            )
            for image, key, score in zip(images, keys, random.gamma(9, 1, len(images)), strict=True)
        ],
        batch_size=BATCH,
    )


def run_report(dataset_id: str) -> dict[str, Any]:
    """Ask for a report as a person does, and do its job here."""
    dataset = Dataset.objects.select_related("team").get(id=dataset_id)
    owner = User.objects.get(memberships__team=dataset.team)
    report = health_request(dataset=dataset, actor=owner)
    health(str(report.job_id))
    done = PoolHealthReport.objects.select_related("job").get(id=report.id)
    if done.job.state != "succeeded":
        raise SystemExit(done.job.error_detail + done.job.log_tail)
    return {
        "findings": done.findings.count(),
        "duplicate_groups": done.figures["duplicate_groups"],
        "modes": len(done.figures["modes"]["sizes"]),
        "measured": done.job.result["measured"],
        "scored_from": done.figures["suspicion"]["basis"],
    }
