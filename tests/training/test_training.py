"""A training from the request to the registered model."""

from typing import Any

import numpy as np
import pytest
from factories import make_cast
from training_builders import (
    add_image,
    defect_mask,
    draw_mask,
    finish,
    make_dataset,
    make_model,
    make_pool,
    make_run,
)

from detectors.base import Detector
from flawmark.core.errors import InvalidInput
from flawmark.core.jobs import job_cancel
from flawmark.datasets.models import Image, Label, LayerKind, Split
from flawmark.training.models import ModelVersion, Promotion, Stage, TrainingRun
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.artifacts import artifact_folder
from flawmark.training.services.pool import PoolImage, defects_taught_to, pool_of

pytestmark = pytest.mark.django_db


def test_the_first_model_of_a_dataset_is_measured_and_becomes_champion() -> None:
    cast = make_cast()
    dataset = make_pool(cast, validation=20)
    model = make_model(dataset, cast, seed=3)

    assert (model.number, model.stage, model.seed) == (1, Stage.CHAMPION, 3)
    assert model.metrics["image_auroc"] == 1.0
    assert model.metrics["image_auroc_low"] <= 1.0 <= model.metrics["image_auroc_high"]
    assert model.metrics["pixel_auroc"] > 0.9
    assert (model.metrics["train_images"], model.metrics["test_masks"]) == (6, 3)
    assert model.artifact.sha256 == model.artifact_sha256
    assert (artifact_folder(model) / "manifest.json").is_file()
    thresholds = thresholds_of(model)
    assert thresholds is not None
    assert thresholds.t1 is not None and thresholds.t2 is None  # 20 normals carry α = 0.05, not 0.01
    assert (thresholds.missing_normals, thresholds.calibration_normals) == (79, 20)
    assert thresholds.pixel_threshold is not None
    assert Promotion.objects.get(dataset=dataset).model_version == model


def test_a_later_model_is_a_candidate_on_the_same_test_split() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    first = make_model(dataset, cast)
    add_image(dataset, 77, label=Label.NORMAL, split=Split.TRAIN)
    second = make_model(dataset, cast)
    assert (second.number, second.stage) == (2, Stage.CANDIDATE)
    assert second.dataset_version_id != first.dataset_version_id
    assert second.metrics["test_split_sha256"] == first.metrics["test_split_sha256"]
    first.refresh_from_db()
    assert first.stage == Stage.CHAMPION


def test_the_same_seed_and_version_give_the_same_artifact() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    first, second = make_model(dataset, cast, seed=5), make_model(dataset, cast, seed=5)
    assert first.dataset_version_id == second.dataset_version_id
    assert first.artifact_sha256 == second.artifact_sha256


def test_without_held_out_normals_and_test_images_nothing_is_made_up() -> None:
    cast = make_cast()
    dataset = make_pool(cast, validation=0, test=0)
    run = make_run(dataset, cast)
    assert any("held-out" in warning for warning in run.warnings)
    finish(run)
    model = ModelVersion.objects.get(run=run)
    thresholds = thresholds_of(model)
    assert thresholds is not None
    assert (thresholds.t1, thresholds.t2, thresholds.pixel_threshold) == (None, None, None)
    assert thresholds.missing_normals == 99
    assert model.metrics["image_auroc"] is None
    assert model.metrics["pixel_auroc"] is None
    assert model.map_scale > 0


def test_test_defects_without_masks_leave_pixel_metrics_undefined() -> None:
    cast = make_cast()
    model = make_model(make_pool(cast, masks=False), cast)
    assert model.metrics["image_auroc"] == 1.0
    assert (model.metrics["pixel_auroc"], model.metrics["aupro"]) == (None, None)


def test_one_normal_trains_with_a_warning_and_none_is_refused() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    with pytest.raises(InvalidInput, match="no normal images") as refused:
        make_run(dataset, cast)
    assert refused.value.code == "no_normals"
    assert not TrainingRun.objects.exists()
    add_image(dataset, 1, label=Label.NORMAL, split=Split.TRAIN)
    run = make_run(dataset, cast)
    assert any("Only one normal image" in warning for warning in run.warnings)
    assert finish(run).state == "succeeded"


def test_quarantined_validation_and_test_images_never_train() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    hidden = Image.objects.filter(dataset=dataset, split=Split.TRAIN).order_by("id")[0]
    hidden.quarantined_at = hidden.created_at
    hidden.save()
    pool = pool_of(make_run(dataset, cast).dataset_version)
    assert {image.entry.split for image in pool.train} == {Split.TRAIN}
    assert hidden.id not in {image.image_id for image in pool.train}
    assert not {image.image_id for image in pool.train} & {image.image_id for image in pool.test}


def test_of_a_defective_part_only_the_confirmed_normal_region_trains() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    corrected = add_image(dataset, 50, label=Label.DEFECTIVE)
    draw_mask(corrected, LayerKind.NORMAL)
    pool = pool_of(make_run(dataset, cast).dataset_version)
    (region,) = [image for image in pool.train if image.image_id == corrected.id]
    excluded = region.excluded_pixels()
    assert excluded is not None
    assert not excluded[20:40, 20:40].any()
    assert int(np.count_nonzero(~excluded)) == 400


def test_marked_defects_teach_unless_they_are_held_out_or_tested() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    splits = (Split.TRAIN, Split.UNASSIGNED, Split.VALIDATION, Split.TEST)
    marked = [
        add_image(dataset, 60 + n, label=Label.DEFECTIVE, split=split) for n, split in enumerate(splits)
    ]
    for image in marked:
        draw_mask(image)
    add_image(dataset, 70, label=Label.DEFECTIVE, split=Split.TRAIN)  # nobody has drawn its defects
    pool = pool_of(make_run(dataset, cast).dataset_version)
    assert {image.image_id for image in pool.marked_defects} == {image.id for image in marked[:2]}
    drawn_nowhere = {image.image_id for image in pool.labelled_defects} - {image.id for image in marked}
    calibrating = {image.image_id for image in pool.calibrating_defects(teach=True)}
    assert calibrating == {marked[2].id} | drawn_nowhere
    assert pool.calibrating_defects(teach=False) == pool.labelled_defects
    for defect in map(PoolImage.marked_defect, pool.marked_defects):
        assert np.array_equal(defect.mask, defect_mask())
        assert (defect.image[defect.mask] == 250).all()


def test_a_fit_is_shown_the_marked_defects(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    draw_mask(add_image(dataset, 60, label=Label.DEFECTIVE, split=Split.TRAIN))
    shown = []
    fit = Detector.fit

    def watched(self: Detector, *given: Any, **named: Any) -> Detector:
        shown.append(len(named["defects"]))
        return fit(self, *given, **named)

    monkeypatch.setattr(Detector, "fit", watched)
    make_model(dataset, cast)
    assert shown == [1]


@pytest.mark.parametrize(
    ("detector", "chosen", "taught"),
    [
        ("draem", {}, True),
        ("draem", {"real_share": 0}, False),
        ("realnet", {"real_share": 0, "synthesis": "real"}, True),
        ("patchcore", {}, False),
    ],
)
def test_only_defects_that_taught_a_model_do_not_calibrate_it(
    detector: str, chosen: dict[str, Any], taught: bool
) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    marked = add_image(dataset, 60, label=Label.DEFECTIVE, split=Split.TRAIN)
    draw_mask(marked)
    version = make_run(dataset, cast).dataset_version
    model = ModelVersion(detector=detector, hyperparameters=chosen, dataset_version=version)
    assert defects_taught_to(model) == ({marked.id} if taught else set())


def test_a_run_whose_model_exists_is_not_repeated() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    run = make_run(dataset, cast)
    first = finish(run).result
    type(run.job).objects.filter(id=run.job_id).update(state="queued")
    assert finish(run).result == first
    assert ModelVersion.objects.count() == 1


def test_a_cancelled_training_stops_and_leaves_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    run = make_run(make_pool(cast), cast)
    original = PoolImage.pixels

    def cancel_while_reading(image: PoolImage) -> object:
        run.job.refresh_from_db()
        if run.job.cancel_requested_at is None:
            job_cancel(job=run.job)
        return original(image)

    monkeypatch.setattr(PoolImage, "pixels", cancel_while_reading)
    monkeypatch.setattr("flawmark.core.jobs.runtime.PROGRESS_WRITE_S", 0.0)
    assert finish(run).state == "cancelled"
    assert not ModelVersion.objects.exists()
