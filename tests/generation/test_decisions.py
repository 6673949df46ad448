"""Approve, reject, remove: what joins the pool, what warns first, what never happens to a generated image."""

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from factories import Cast, client_of, make_cast
from generation_builders import add_candidate, make_finished_generation
from training_builders import add_image, make_dataset, make_model, make_pool

from flawmark.accounts.models import AuditEntry
from flawmark.core.blobs import blob_bytes
from flawmark.datasets.models import Dataset, Image, Label, Origin, Split
from flawmark.datasets.services.images import image_add
from flawmark.generation.models import CandidateNormal, GenerationRun
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.services.pool import pool_of
from flawmark.training.services.runs import dataset_version_create

pytestmark = pytest.mark.django_db

CANDIDATES, RUNS = "/api/v1/candidates/", "/api/v1/generation-runs/"
ANY_VERSION = {"HTTP_IF_MATCH": "*"}


def make_scene(cast: Cast, **changes: Any) -> tuple[Dataset, GenerationRun]:
    dataset = make_dataset(cast)
    for seed in range(2):
        add_image(dataset, seed, label=Label.NORMAL, split=Split.TRAIN)
    return dataset, make_finished_generation(dataset, cast, **changes)


def first_candidate(run: GenerationRun) -> CandidateNormal:
    return run.candidates.get(position=0)


def decide(cast: Cast, candidate: CandidateNormal, verb: str, body: Any = None, **headers: str) -> Any:
    given = headers or ANY_VERSION
    return client_of(cast.curator).post(f"{CANDIDATES}{candidate.id}/{verb}/", body or {}, **given)


def judged(cast: Cast, *, t1: float | None) -> tuple[GenerationRun, ModelVersion]:
    """A run that a champion with this threshold looked at."""
    dataset = make_pool(cast)
    champion = make_model(dataset, cast)
    ThresholdSet.objects.create(model_version=champion, t1=t1, method="test")
    return make_finished_generation(dataset, cast, judged_by=champion), champion


def test_an_approved_candidate_is_a_generated_training_normal_and_a_rejected_one_is_not() -> None:
    cast = make_cast()
    dataset, run = make_scene(cast)
    approved = decide(cast, first_candidate(run), "approve")
    assert approved.status_code == 200, approved.json()
    assert (approved.json()["state"], approved.json()["in_pool"]) == ("approved", True)
    assert approved["ETag"] == '"2"'
    image = Image.objects.get(id=approved.json()["image"])
    assert (image.label, image.split, image.origin) == (Label.NORMAL, Split.TRAIN, Origin.GENERATED)
    assert image.labelled_by == cast.curator
    assert blob_bytes(image.blob) == blob_bytes(first_candidate(run).picture)
    rejected = decide(cast, run.candidates.get(position=1), "reject").json()
    assert (rejected["state"], rejected["in_pool"], rejected["image"]) == ("rejected", False, None)
    listed = client_of(cast.viewer).get("/api/v1/images/", {"dataset": dataset.id, "origin": "generated"})
    assert [one["id"] for one in listed.json()["results"]] == [str(image.id)]
    trails = AuditEntry.objects.filter(object_type="candidate").order_by("created_at")
    assert [trail.action for trail in trails] == ["candidate.approved", "candidate.rejected"]


def test_decisions_can_be_changed_and_repeating_one_is_a_conflict() -> None:
    cast = make_cast()
    _, run = make_scene(cast)
    candidate = first_candidate(run)
    image_id = decide(cast, candidate, "approve").json()["image"]
    again = decide(cast, candidate, "approve", HTTP_IF_MATCH='"1"')
    assert (again.status_code, again.json()["code"]) == (409, "already_approved")
    assert "approved already" in again.json()["detail"]
    out = decide(cast, candidate, "reject").json()
    assert (out["state"], out["in_pool"], out["image"]) == ("rejected", False, image_id)
    assert Image.objects.get(id=image_id).quarantined_at is not None
    assert decide(cast, candidate, "reject").json()["code"] == "already_rejected"
    back = decide(cast, candidate, "approve").json()
    assert (back["in_pool"], back["image"]) == (True, image_id)
    assert Image.objects.filter(origin=Origin.GENERATED).count() == 1


def test_two_curators_never_overwrite_each_other() -> None:
    cast = make_cast()
    _, run = make_scene(cast)
    candidate = first_candidate(run)
    assert decide(cast, candidate, "reject", HTTP_IF_MATCH='"1"').status_code == 200
    late = decide(cast, candidate, "approve", HTTP_IF_MATCH='"1"')
    assert (late.status_code, late.json()["current"]["state"]) == (412, "rejected")
    assert client_of(cast.curator).post(f"{CANDIDATES}{candidate.id}/approve/").status_code == 428
    assert not Image.objects.filter(origin=Origin.GENERATED).exists()


def test_a_candidate_whose_score_says_defect_needs_a_confirmation() -> None:
    cast = make_cast()
    run, champion = judged(cast, t1=0.4)  # made-up candidates have the score 0.5
    shown = client_of(cast.viewer).get(f"{CANDIDATES}{first_candidate(run).id}/").json()
    assert (shown["looks_defective"], shown["score_limit"], shown["band"]) == (True, 0.4, "review")
    warned = decide(cast, first_candidate(run), "approve")
    assert (warned.status_code, warned.json()["code"]) == (409, "looks_defective")
    assert "it may show a defect" in warned.json()["detail"]
    assert not Image.objects.filter(origin=Origin.GENERATED).exists()
    assert decide(cast, first_candidate(run), "approve", {"confirm": True}).json()["in_pool"]
    ThresholdSet.objects.create(model_version=champion, t1=0.6, method="test")
    calm = client_of(cast.viewer).get(f"{CANDIDATES}{run.candidates.get(position=1).id}/").json()
    assert (calm["looks_defective"], calm["band"]) == (False, "pass")


def test_without_a_threshold_the_highest_held_out_normal_is_the_limit() -> None:
    from flawmark.inspections.services.scoring import images_score

    cast = make_cast()
    run, champion = judged(cast, t1=None)
    assert not client_of(cast.viewer).get(f"{CANDIDATES}{first_candidate(run).id}/").json()["looks_defective"]
    held_out = list(Image.objects.filter(split=Split.VALIDATION))
    inspections, _ = images_score(model_version=champion, images=held_out)
    highest = max(one.image_score for one in inspections)
    run.candidates.update(image_score=highest * 1.01)
    shown = client_of(cast.viewer).get(f"{CANDIDATES}{first_candidate(run).id}/").json()
    assert shown["looks_defective"] and shown["score_limit"] == pytest.approx(highest)


def test_a_picture_that_the_dataset_has_already_is_refused() -> None:
    cast = make_cast()
    dataset, run = make_scene(cast)
    content = blob_bytes(first_candidate(run).picture)
    image_add(dataset=dataset, content=content, filename="held-out.png", label="normal", split="test")
    refused = decide(cast, first_candidate(run), "approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_there")
    assert Image.objects.get(filename="held-out.png").split == Split.TEST


def test_unflagged_candidates_are_approved_together_and_removed_together_with_an_undo() -> None:
    cast = make_cast()
    dataset, run = make_scene(cast)
    add_candidate(run, 3, is_copy=True)
    client = client_of(cast.curator)
    answer = client.post(f"{RUNS}{run.id}/approve/").json()
    assert (len(answer["approved"]), answer["flagged"], answer["refused"]) == (3, 1, 0)
    assert client.get(f"{RUNS}{run.id}/").json()["pooled"] == 3
    version = dataset_version_create(dataset=dataset, actor=None)
    assert len(pool_of(version).train) == 5
    removal = client.post(f"{RUNS}{run.id}/remove/").json()
    assert removal["removed"] == 3
    assert (client.get(f"{RUNS}{run.id}/").json()["pooled"], len(pool_of(version).train)) == (0, 5)
    assert len(pool_of(dataset_version_create(dataset=dataset, actor=None)).train) == 2
    assert client.post(f"{RUNS}{run.id}/remove/").json()["code"] == "nothing_to_remove"
    assert AuditEntry.objects.filter(action="generation_run.remove").exists()
    undone = client.post(f"/api/v1/images/bulk/{removal['undo_id']}/undo/")
    assert undone.json()["changed"] == 3
    assert client.get(f"{RUNS}{run.id}/").json()["pooled"] == 3


def generated_image(cast: Cast) -> Image:
    _, run = make_scene(cast)
    return Image.objects.get(id=UUID(decide(cast, first_candidate(run), "approve").json()["image"]))


@pytest.mark.parametrize("split", [Split.VALIDATION, Split.TEST])
def test_a_generated_image_never_measures_anything_however_it_is_moved(split: str) -> None:
    cast = make_cast()
    image = generated_image(cast)
    client, address = client_of(cast.owner), f"/api/v1/images/{image.id}/"
    moved = client.patch(address, {"split": split}, **ANY_VERSION)
    assert (moved.status_code, moved.json()["field"]) == (400, "split")
    bulk = {"dataset": str(image.dataset_id), "ids": [str(image.id)], "changes": {"split": split}}
    assert client.post("/api/v1/images/bulk/", bulk).json()["refused"] == 1
    client.patch(address, {"split": "unassigned", "label": "unlabelled"}, **ANY_VERSION)
    assert client.patch(address, {"split": split, "label": "normal"}, **ANY_VERSION).status_code == 400
    assert client.patch(address, {"split": "by_lot"}, **ANY_VERSION).json()["split"] == "train"
    with pytest.raises(IntegrityError), transaction.atomic():  # not even past the services
        Image.objects.filter(id=image.id).update(split=split)


def test_a_generated_image_relabelled_defective_calibrates_nothing() -> None:
    cast = make_cast()
    image = generated_image(cast)
    real = add_image(image.dataset, 77, label=Label.DEFECTIVE, split=Split.TRAIN)
    client = client_of(cast.owner)
    client.patch(f"/api/v1/images/{image.id}/", {"label": "defective"}, **ANY_VERSION)
    pool = pool_of(dataset_version_create(dataset=image.dataset, actor=None))
    assert [one.image_id for one in pool.labelled_defects] == [real.id]
    assert image.id not in {one.image_id for one in pool.train}


def test_reviewers_look_and_curators_decide() -> None:
    cast = make_cast()
    _, run = make_scene(cast)
    address = f"{CANDIDATES}{first_candidate(run).id}/"
    assert client_of(cast.reviewer).get(address).status_code == 200
    assert client_of(cast.reviewer).post(f"{address}approve/", **ANY_VERSION).status_code == 403
    assert client_of(cast.stranger).get(address).status_code == 404
    assert client_of(cast.stranger).get(f"{address}picture/").status_code == 404
    assert client_of(cast.stranger).post(f"{address}approve/", **ANY_VERSION).status_code == 404
    assert client_of(cast.stranger).post(f"{RUNS}{run.id}/approve/").status_code == 404
