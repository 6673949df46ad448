"""The live loop: a verdict changes the champion's bank and the stored scores, without a retrain."""

from typing import Any

import numpy as np
import pytest
from factories import Cast, make_cast
from inspections_builders import learn, score_everything
from training_builders import SIDE_PX, add_image, draw_mask, make_model, make_pool

from detectors.memory.live_scales import ONLY_SCALE
from flawmark.core.models import Blob, Job
from flawmark.datasets.models import Dataset, Image, Label, LayerKind, Split
from flawmark.inspections.models import BankRevision, Inspection
from flawmark.inspections.services import live_models
from flawmark.inspections.services.live import LEARNS_LATER, LEARNS_NOW, LIVE_JOB, live_update_request
from flawmark.inspections.services.loaded import LOADED
from flawmark.inspections.services.maps import map_scores
from flawmark.inspections.services.scoring import image_pixels, pixels_score
from flawmark.training.models import ModelVersion
from flawmark.training.services.thresholds import thresholds_set_by_person

pytestmark = pytest.mark.django_db

Scores = dict[Any, float]


def stained(dataset: Dataset, seed: int) -> Image:
    """An unreviewed texture with the bright square that the model has never seen."""
    return add_image(dataset, seed, defective=True)


def world() -> tuple[Cast, Dataset, ModelVersion, list[Image]]:
    cast = make_cast()
    dataset = make_pool(cast, validation=3)
    lookalikes = [stained(dataset, seed) for seed in range(600, 604)]
    model = make_model(dataset, cast)
    score_everything(model)
    return cast, dataset, model, lookalikes


def scores_of(model: ModelVersion) -> Scores:
    return dict(Inspection.objects.filter(model_version=model).values_list("image_id", "image_score"))


def judge(image: Image, label: Label, split: Split = Split.TRAIN) -> None:
    image.label, image.split = label, split
    image.save()


def teach(model: ModelVersion, image: Image, operation: Any = "add") -> Job:
    live_update_request(model_version=model, image=image, operation=operation)
    return learn()


def test_a_false_alarm_called_normal_lowers_its_lookalikes_and_undo_restores_them() -> None:
    _, _, model, (alarm, *others) = world()
    before = scores_of(model)
    judge(alarm, Label.NORMAL)
    job = teach(model, alarm)
    after = scores_of(model)
    assert all(after[image.id] < 0.7 * before[image.id] for image in others)
    revision = BankRevision.objects.get()
    assert (revision.sequence, revision.operation, revision.source_image) == (1, "add", alarm)
    assert 0 < revision.summary["patches_added"] <= 128
    assert job.result["images_changed"] >= 3
    assert Inspection.objects.get(model_version=model, image=others[0]).bank_revision == 1

    judge(alarm, Label.UNLABELLED, Split.UNASSIGNED)
    teach(model, alarm, "remove")
    assert scores_of(model) == before
    undo = BankRevision.objects.get(sequence=2)
    assert (undo.operation, undo.summary["undoes"]) == ("undo", 1)


def test_stored_scores_and_maps_are_those_of_a_scorer_that_starts_from_the_journal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, _, model, (alarm, second, other, _) = world()
    for image in (alarm, second):
        judge(image, Label.NORMAL)
        teach(model, image)
    LOADED._held.clear()
    monkeypatch.setattr(live_models, "LIVE", live_models.LiveModels())
    stored = Inspection.objects.get(model_version=model, image=other)
    (fresh,) = pixels_score(model, [image_pixels(other)])
    assert stored.image_score == pytest.approx(fresh.image_score, abs=1e-5)
    np.testing.assert_allclose(map_scores(stored), fresh.steps * model.map_scale, atol=1.01 * model.map_scale)
    live = live_models.LiveModel(model)
    np.testing.assert_array_equal(live.memory.banks[ONLY_SCALE].vectors, LOADED.get(model).bank.vectors)  # type: ignore[attr-defined]


def test_a_training_image_found_defective_leaves_the_bank_and_returns() -> None:
    _, dataset, model, _ = world()
    before = scores_of(model)
    image = Image.objects.filter(dataset=dataset, split=Split.TRAIN).order_by("id")[0]
    judge(image, Label.DEFECTIVE)
    teach(model, image, "remove")
    bank = LOADED.get(model).bank  # type: ignore[attr-defined]
    number = live_models.LiveModel(model).identity(image)
    assert number < live_models.BEYOND_POOL
    assert not (bank.source_image == number).any()
    assert BankRevision.objects.get().operation == "remove"
    judge(image, Label.NORMAL)
    teach(model, image)
    restored = scores_of(model)
    assert {key: restored[key] for key in before} == before
    assert (LOADED.get(model).bank.source_image == number).any()  # type: ignore[attr-defined]


def test_a_change_that_would_hide_a_confirmed_defect_is_held() -> None:
    cast, _, model, (alarm, defect, *_) = world()
    judge(defect, Label.DEFECTIVE, Split.UNASSIGNED)
    before = scores_of(model)
    thresholds_set_by_person(
        model_version=model,
        t1=0.5 * before[defect.id],
        t2=0.9 * before[defect.id],
        pixel_threshold=None,
        reason="Known",
        actor=cast.curator,
    )
    judge(alarm, Label.NORMAL)
    job = teach(model, alarm)
    held = BankRevision.objects.get()
    assert held.held
    assert held.visible_at is None
    assert held.summary["held_by"] == [str(defect.id)]
    assert job.result["held"]
    assert scores_of(model) == before
    judge(alarm, Label.UNLABELLED, Split.UNASSIGNED)
    teach(model, alarm, "remove")
    held.refresh_from_db()
    assert (held.held, held.summary["decision"]) == (False, "superseded")


def test_an_image_that_cannot_be_read_is_left_out() -> None:
    _, _, model, (alarm, lost, other, _) = world()
    missing = Blob.objects.create(
        team_id=model.dataset.team_id, sha256="0" * 64, size_bytes=1, media_type="image/png"
    )
    Image.objects.filter(id=lost.id).update(blob=missing)
    live = live_models.LIVE.get(model)
    live.features.cache.discard(str(lost.id))
    live.memory.unwatch(str(lost.id))
    before = scores_of(model)
    judge(alarm, Label.NORMAL)
    teach(model, alarm)
    after = scores_of(model)
    assert after[lost.id] == before[lost.id]
    assert after[other.id] < before[other.id]


def test_a_region_is_taken_up_without_the_cells_that_see_a_remaining_defect() -> None:
    _, _, model, (image, *others) = world()
    draw_mask(image, LayerKind.NORMAL)
    before = scores_of(model)
    judge(image, Label.DEFECTIVE)
    image.refresh_from_db()
    live_update_request(
        model_version=model, image=image, operation="add", region=np.ones((SIDE_PX, SIDE_PX), np.bool_)
    )
    learn()
    after = scores_of(model)
    assert after[others[0].id] < before[others[0].id]
    rows = live_models.LiveModel(model).rows(image, None, np.ones((SIDE_PX, SIDE_PX), np.bool_))
    assert len(rows[ONLY_SCALE]) == 0


@pytest.mark.parametrize("split", [Split.VALIDATION, Split.TEST])
def test_held_out_images_teach_nothing(split: Split) -> None:
    _, _, model, (image, *_) = world()
    judge(image, Label.NORMAL, split)
    assert teach(model, image).result["bank_revisions"] == []
    assert not BankRevision.objects.exists()


def test_a_request_that_comes_twice_changes_nothing_more() -> None:
    _, _, model, (image, *_) = world()
    judge(image, Label.NORMAL)
    teach(model, image)
    assert teach(model, image).result["bank_revisions"] == []
    assert BankRevision.objects.count() == 1


def test_the_answer_says_when_the_model_learns() -> None:
    _, _, model, (image, *_) = world()
    assert live_update_request(model_version=model, image=image, operation="add").sentence == LEARNS_NOW
    assert Job.objects.filter(kind=LIVE_JOB).count() == 1
    model.supports_live_bank = False
    said = live_update_request(model_version=model, image=image, operation="add")
    assert (said.applied, said.sentence) == (False, LEARNS_LATER)
    assert Job.objects.filter(kind=LIVE_JOB).count() == 1
