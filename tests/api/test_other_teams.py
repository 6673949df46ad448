"""An id of another team is no id at all: every path of the schema that carries one is tried."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator
from factories import Cast, client_of, make_cast
from generation_builders import make_finished_generation
from rest_framework.test import APIClient
from reviews_builders import judge, lease, make_scene
from training_builders import add_image

from flawmark.accounts.models import Membership
from flawmark.core.blobs import blob_store
from flawmark.core.jobs import job_create
from flawmark.core.models import Job
from flawmark.curation.models import Finding, FindingAction, FindingImage, PoolHealthReport
from flawmark.generation.models import GenerationSheet, RepairReport
from flawmark.inspections.models import BankRevision
from flawmark.reviews.models import Disagreement, Review
from flawmark.training.models import ModelVersion, TrainingStrip
from flawmark.training.services.previews import PREVIEW

API = "/api/v1/"
ANY_VERSION = {"HTTP_IF_MATCH": "*"}
METHODS = ("get", "post", "patch", "delete")


@pytest.fixture
def cast(db: Any) -> Cast:
    return make_cast()


def operations() -> Iterator[tuple[str, str]]:
    """Method and path of everything in the schema that names a thing by its id."""
    for path, methods in SchemaGenerator().get_schema(public=True)["paths"].items():
        if "{" in path:
            yield from ((method, path) for method in METHODS if method in methods)


def create(client: APIClient, resource: str, body: dict[str, Any], **options: Any) -> Any:
    answer = client.post(f"{API}{resource}/", body, **ANY_VERSION, **options)
    assert answer.status_code < 300, answer.content
    return answer.json()


def held_revision(cast: Cast, model: ModelVersion) -> BankRevision:
    operation = blob_store(team_id=cast.team.id, content=b"operation", media_type="application/x-safetensors")
    counts = {"patches_added": 1, "patches_removed": 0, "patches_waiting": 0, "undoes": None}
    blobs = {"payload": operation, "inverse": operation}
    return BankRevision.objects.create(
        model_version=model, sequence=1, operation="add", held=True, summary=counts, **blobs
    )


def strip(cast: Cast, model: ModelVersion) -> TrainingStrip:
    picture = blob_store(team_id=cast.team.id, content=b"picture", media_type="image/png")
    return TrainingStrip.objects.create(run=model.run, stage="draem", step=1, picture=picture)


def generation(cast: Cast, model: ModelVersion) -> dict[str, Any]:
    """A generation run, with a candidate, a picture of its best set, and a report."""
    add_image(model.dataset, 555, label="normal", split="train")
    run = make_finished_generation(model.dataset, cast, candidates=1)
    RepairReport.objects.create(run=run, without=model.run, with_generated=model.run, generated_images=1)
    picture = blob_store(team_id=cast.team.id, content=b"sheet", media_type="image/png")
    sheet = GenerationSheet.objects.create(run=run, iteration=0, picture=picture)
    return {"generation-runs": run.id, "candidates": run.candidates.get().id, "sheet_id": sheet.id}


def health(cast: Cast, model: ModelVersion, image_id: str) -> dict[str, Any]:
    """A report on the pool with one finding, and what was done about it."""
    job = job_create(team_id=cast.team.id, kind="curation.health", queue="io", title="Health")
    report = PoolHealthReport.objects.create(dataset=model.dataset, job=job)
    finding = Finding.objects.create(report=report, kind="quality_outlier", severity=1.0, image_count=1)
    FindingImage.objects.create(finding=finding, image_id=image_id, rank=0)
    act = FindingAction.objects.create(finding=finding, action="quarantine", images=[image_id])
    return {"pool-health": report.id, "findings": finding.id, "finding-actions": act.id}


def preview(cast: Cast) -> dict[str, Any]:
    """Made-up defects, drawn for `cast.team`."""
    picture = blob_store(team_id=cast.team.id, content=b"sheet", media_type="image/png")
    job = job_create(team_id=cast.team.id, kind=PREVIEW, queue="io", title="Preview")
    Job.objects.filter(id=job.id).update(state="succeeded", result={"picture": str(picture.id)})
    return {"detectors": "draem", "name": "draem", "job_id": job.id}


def everything(cast: Cast) -> dict[str, str]:
    """One of each thing of `cast.team`, by the first part of its path or the name of its parameter."""
    dataset, model, task = make_scene(cast)
    owner, image = client_of(cast.owner), str(task.image_id)
    verdict = judge(client_of(cast.reviewer), lease(client_of(cast.reviewer), dataset), "normal").json()
    version = create(owner, "versions", {"dataset": dataset.id})["id"]
    files = {"files": [SimpleUploadedFile("a.png", b"no image")], "dataset": dataset.id}
    delivery = create(owner, "imports", files, format="multipart")
    change = {"dataset": dataset.id, "ids": [image], "changes": {"quarantined": True}}
    policy = {"dataset": dataset.id, "name": "Weekly", "new_normals": 9}
    review = Review.objects.get(id=verdict["id"])
    disagreement = Disagreement.objects.create(image_id=image, cause="late", second=review)
    ids: dict[str, Any] = {
        "bank-revisions": held_revision(cast, model).id,
        "annotations": create(owner, "annotations", {"image": image, "layers": []})["id"],
        "datasets": dataset.id,
        "dataset_id": dataset.id,
        "defect-types": dataset.defect_types.get().id,
        "disagreements": disagreement.id,
        "exports": create(owner, "exports", {"version": version, "format": "coco"})["id"],
        "images": image,
        "imports": delivery["id"],
        "import_id": delivery["id"],
        "inspections": task.inspection_id,
        "jobs": delivery["job"]["id"],
        "members": Membership.objects.get(user=cast.viewer).id,
        "models": model.id,
        "pins": create(owner, "pins", {"image": image, "x_px": 1, "y_px": 1, "text": "Rust?"})["id"],
        "model_id": model.id,
        "retraining-policies": create(owner, "retraining-policies", policy)["id"],
        "queue-settings": dataset.id,
        "review-tasks": task.id,
        "reviews": verdict["id"],
        "tokens": create(owner, "tokens", {"name": "camera", "scopes": ["read"]})["id"],
        "training-runs": model.run_id,
        "strip_id": strip(cast, model).id,
        "undo_id": create(owner, "images/bulk", change)["undo_id"],
        "versions": version,
    }
    ids |= generation(cast, model) | health(cast, model, image) | preview(cast)
    return {name: str(value) for name, value in ids.items()}


def filled(path: str, ids: dict[str, str]) -> str:
    resource = "defect-types" if "defect-types" in path else path.removeprefix(API).split("/")[0]
    return re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], ids[resource]), path)


def test_no_endpoint_knows_another_teams_ids(cast: Cast) -> None:
    ids = everything(cast)
    owner, stranger = client_of(cast.owner), client_of(cast.stranger)
    tried = list(operations())
    assert len(tried) > 40
    for method, path in tried:
        if method == "get":
            assert owner.get(filled(path, ids)).status_code != 404, f"{path}: the test has a wrong id"
        answer = getattr(stranger, method)(filled(path, ids), {}, **ANY_VERSION)
        assert answer.status_code in (400, 404), f"{method} {path}: {answer.status_code}"
        assert not any(one in answer.content.decode() for one in ids.values()), f"{method} {path}"
