"""What each verdict does to label, mask, split, calibration and the live bank: every cell of the table."""

from typing import Any

import numpy as np
import pytest
from factories import Cast, client_of
from rest_framework.test import APIClient
from reviews_builders import (
    SIDE_PX,
    box,
    judge,
    lease,
    make_dataset,
    make_image,
    make_model,
    make_scene,
    make_task,
    paint,
    tile,
)

from flawmark.accounts.models import AuditEntry
from flawmark.datasets.models import DefectType, Image, Label, Split
from flawmark.datasets.selectors.layers import NORMAL_REGION, LayerKey, revision_masks
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.pools import split_of_lot
from flawmark.datasets.services.revisions import revision_submit
from flawmark.inspections.services.live import LiveUpdate
from flawmark.inspections.services.maps import predicted_mask
from flawmark.reviews.models import Review, ReviewTask, TaskReason, TaskState
from flawmark.reviews.services import teaching
from flawmark.training.models import CalibrationWeight

TRAIN_LOT = next(f"lot {n}" for n in range(100) if split_of_lot(f"lot {n}") == Split.TRAIN)
VALIDATION_LOT = next(f"lot {n}" for n in range(100) if split_of_lot(f"lot {n}") == Split.VALIDATION)


@pytest.fixture
def reviewer(cast: Cast) -> APIClient:
    return client_of(cast.reviewer)


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the live bank was told: (operation, number of pixels or None for the whole image)."""
    said: list[tuple[str, Any]] = []

    def listen(*, operation: str, region: Any = None, **_kwargs: Any) -> LiveUpdate:
        said.append((operation, None if region is None else int(region.sum())))
        return LiveUpdate(applied=True, bank_revision=7, sentence="Learned.")

    monkeypatch.setattr(teaching, "live_update_request", listen)
    return said


def mask_of(image: Image) -> dict[LayerKey, Any]:
    image.refresh_from_db()
    assert image.current_revision is not None
    return revision_masks(image.current_revision)


@pytest.mark.parametrize("lot, split", [(TRAIN_LOT, Split.TRAIN), (VALIDATION_LOT, Split.VALIDATION)])
def test_normal_joins_train_or_validation_by_its_lot(
    cast: Cast, reviewer: APIClient, taught: list[Any], lot: str, split: str
) -> None:
    dataset = make_dataset(cast.team)
    task = make_task(
        dataset, make_model(dataset), image=make_image(dataset, lot=lot), sampling_probability=0.05
    )
    answer = judge(reviewer, lease(reviewer, dataset), "normal")
    assert answer.status_code == 200, answer.content
    image = task.image
    image.refresh_from_db()
    assert (image.label, image.split, image.labelled_by) == (Label.NORMAL, split, cast.reviewer)
    assert image.current_revision is None
    assert CalibrationWeight.objects.get(image=image).weight == pytest.approx(20.0)
    assert taught == ([("add", None)] if split == Split.TRAIN else [])
    task.refresh_from_db()
    assert task.state == TaskState.DONE


def test_normal_empties_the_mask_and_keeps_what_was_there(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    defect = LayerKey("defect", dataset.defect_types.get().id)
    layers = layers_from_masks(image=task.image, masks={defect: box(0, 0, 5, 5)})
    before = revision_submit(image=task.image, layers=layers, author=cast.curator, tool="brush")
    answer = judge(reviewer, lease(reviewer, dataset), "normal").json()
    assert mask_of(task.image) == {}
    assert str(task.image.current_revision_id) == answer["mask_revision"]
    assert task.image.current_revision.parent == before


def test_accept_writes_the_predicted_mask_at_the_threshold(
    cast: Cast, reviewer: APIClient, taught: list[Any]
) -> None:
    dataset, model, task = make_scene(cast)
    answer = judge(reviewer, lease(reviewer, dataset), "accept", pixel_threshold=0.3)
    assert answer.status_code == 200, answer.content
    masks = mask_of(task.image)
    (key,) = masks
    assert key == LayerKey("defect", dataset.defect_types.get().id)
    assert task.inspection is not None
    assert np.array_equal(masks[key], predicted_mask(task.inspection, 0.3))
    assert 0 < masks[key].sum() < SIDE_PX**2
    revision = task.image.current_revision
    assert (revision.pixel_threshold, revision.model_version_id) == (0.3, model.id)
    assert revision.author == cast.reviewer
    assert (task.image.label, task.image.split) == (Label.DEFECTIVE, split_of_lot(task.image.lot))
    assert CalibrationWeight.objects.get(image=task.image).weight == 1.0
    assert taught == []


def test_accept_without_a_slider_cuts_where_the_model_cuts(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    judge(reviewer, lease(reviewer, dataset), "accept")
    assert mask_of(task.image) and task.image.current_revision.pixel_threshold == 0.5


def test_accept_puts_the_prediction_in_the_chosen_layer(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    scratch = DefectType.objects.create(dataset=dataset, name="scratch")
    judge(reviewer, lease(reviewer, dataset), "accept", defect_type=str(scratch.id))
    assert set(mask_of(task.image)) == {LayerKey("defect", scratch.id)}


def test_accepting_nothing_is_refused_and_changes_nothing(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    leased = lease(reviewer, dataset)
    answer = judge(reviewer, leased, "accept", pixel_threshold=5.0)
    assert (answer.status_code, answer.json()["code"]) == (400, "empty_mask")
    assert not Review.objects.exists()
    assert judge(reviewer, leased, "accept", pixel_threshold=0.2).status_code == 200


def test_accept_needs_a_prediction(cast: Cast, reviewer: APIClient) -> None:
    dataset = make_dataset(cast.team)
    make_task(dataset)
    answer = judge(reviewer, lease(reviewer, dataset), "accept", pixel_threshold=0.3)
    assert (answer.status_code, answer.json()["field"]) == (400, "verdict")


@pytest.mark.parametrize("verdict", ["accept", "defective", "corrected"])
def test_a_defect_found_in_the_pool_leaves_it(
    cast: Cast, reviewer: APIClient, taught: list[Any], verdict: str
) -> None:
    dataset = make_dataset(cast.team)
    image = make_image(dataset, label=Label.NORMAL, split=Split.TRAIN)
    make_task(dataset, make_model(dataset), image=image, reason=TaskReason.REQUESTED)
    task = lease(reviewer, dataset)
    paint(reviewer, task, tile((0, 0, SIDE_PX, SIDE_PX)))
    answer = judge(reviewer, task, verdict, draft_version=1)
    assert answer.status_code == 200, answer.content
    image.refresh_from_db()
    assert image.label == Label.DEFECTIVE
    pool = Image.objects.filter(dataset=dataset, label=Label.NORMAL, split=Split.TRAIN)
    assert not pool.exists()
    assert taught == [("remove", None)]
    assert Review.objects.get().bank_revision == 7


def test_defective_takes_the_drawn_mask(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    leased = lease(reviewer, dataset)
    assert paint(reviewer, leased, tile((10, 20, 14, 30))).status_code == 200
    judge(reviewer, leased, "defective", draft_version=1)
    (mask,) = mask_of(task.image).values()
    assert np.array_equal(mask, box(10, 20, 14, 30))


def test_defective_without_a_drawing_changes_only_the_label(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    assert judge(reviewer, lease(reviewer, dataset), "defective").json()["mask_revision"] is None
    task.image.refresh_from_db()
    assert (task.image.label, task.image.current_revision) == (Label.DEFECTIVE, None)


def test_corrected_keeps_the_drawing_and_calls_the_rest_of_the_prediction_normal(
    cast: Cast, reviewer: APIClient, taught: list[Any]
) -> None:
    dataset, _, task = make_scene(cast)
    leased = lease(reviewer, dataset)
    paint(reviewer, leased, tile((0, 0, 8, 8), (50, 50, 60, 60)))
    paint(reviewer, leased, tile((0, 20, 8, 28)), version=1, kind="ignore")
    answer = judge(reviewer, leased, "corrected", draft_version=2, pixel_threshold=0.3)
    assert answer.status_code == 200, answer.content
    masks = mask_of(task.image)
    drawn = box(0, 0, 8, 8) | box(50, 50, 60, 60)
    assert task.inspection is not None
    away = predicted_mask(task.inspection, 0.3) & ~drawn & ~box(0, 20, 8, 28)
    assert np.array_equal(masks[LayerKey("defect", dataset.defect_types.get().id)], drawn)
    assert np.array_equal(masks[NORMAL_REGION], away)
    assert task.image.label == Label.DEFECTIVE
    assert taught == [("add", int(away.sum()))]


def test_corrected_with_an_empty_mask_is_refused(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    answer = judge(reviewer, lease(reviewer, dataset), "corrected")
    assert (answer.status_code, answer.json()["code"]) == (400, "empty_mask")


def test_skip_changes_nothing_and_asks_somebody_else(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    before = Image.objects.values().get(id=task.image_id)
    assert judge(reviewer, lease(reviewer, dataset), "skip", reason="blurred").status_code == 200
    assert Image.objects.values().get(id=task.image_id) == before
    assert not CalibrationWeight.objects.exists()
    again = reviewer.post("/api/v1/review-tasks/lease/", {"dataset": str(dataset.id)})
    assert again.status_code == 204
    assert lease(client_of(cast.second_reviewer), dataset)["id"] == str(task.id)


def test_a_verdict_says_what_was_on_the_screen(cast: Cast, reviewer: APIClient) -> None:
    dataset, model, task = make_scene(cast)
    given = {"reason": "glare", "comment": "Only the lamp.", "pixel_threshold": 0.25}
    answer = judge(reviewer, lease(reviewer, dataset), "normal", **given).json()
    assert answer["image"]["label"] == "normal"
    review = Review.objects.get()
    assert (review.reason, review.comment, review.pixel_threshold) == ("glare", "Only the lamp.", 0.25)
    assert (review.model_version_id, review.bank_revision, review.elapsed_ms) == (model.id, 0, 1200)
    assert review.image_score == pytest.approx(0.9)
    line = AuditEntry.objects.get(action="review.verdict")
    assert (line.actor, line.object_id) == (cast.reviewer, task.image_id)
    assert (line.detail["label_before"], line.detail["label"]) == ("unlabelled", "normal")


def test_test_images_are_never_judged(cast: Cast, reviewer: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    leased = lease(reviewer, dataset)
    Image.objects.filter(id=task.image_id).update(split=Split.TEST)
    answer = judge(reviewer, leased, "normal")
    assert (answer.status_code, answer.json()["code"]) == (409, "test_image")


@pytest.mark.parametrize("person", ["viewer", "stranger"])
def test_only_reviewers_of_the_team_judge(cast: Cast, reviewer: APIClient, person: str) -> None:
    dataset, _, _ = make_scene(cast)
    leased = lease(reviewer, dataset)
    answer = judge(client_of(getattr(cast, person)), leased, "normal")
    assert answer.status_code == {"viewer": 403, "stranger": 404}[person]
    assert not Review.objects.exists()
    assert ReviewTask.objects.get().state == TaskState.LEASED
