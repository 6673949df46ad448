"""Scoring what is unscored, in slices, and what follows from it."""

from typing import Any

import numpy as np
import pytest
from factories import make_cast
from inspections_builders import Heard, run_slices, score_everything
from training_builders import SIDE_PX, add_image, defect_mask, make_model, make_pool

from flawmark.core.blobs import blob_bytes
from flawmark.core.models import Blob, Job
from flawmark.datasets.models import Image, Split
from flawmark.datasets.signals import images_added
from flawmark.inspections.models import Band, ImageEmbedding, Inspection
from flawmark.inspections.selectors import SCORE, image_vectors
from flawmark.inspections.services import bulk, embeddings
from flawmark.inspections.services.bulk import scoring_request
from flawmark.inspections.services.embeddings import embeddings_store
from flawmark.inspections.services.maps import map_scores, predicted_mask
from flawmark.inspections.services.scoring import image_pixels, pixels_score
from flawmark.inspections.signals import images_scored
from flawmark.training.services.registry import model_promote
from flawmark.training.services.thresholds import thresholds_set_by_person

pytestmark = pytest.mark.django_db


def test_everything_but_the_training_images_is_scored_in_slices(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    stream = [add_image(dataset, seed) for seed in range(500, 505)]
    odd = add_image(dataset, 600, defective=True)
    heard = Heard(images_scored)
    with django_capture_on_commit_callbacks(execute=True):
        model = make_model(dataset, cast)
    monkeypatch.setattr(bulk, "SLICE_S", 0.0)  # every batch of four is a slice of its own
    with django_capture_on_commit_callbacks(execute=True):
        job = run_slices(Job.objects.get(kind=SCORE))

    assert (job.state, job.attempt) == ("succeeded", 5)
    scored = {row.image_id: row for row in Inspection.objects.filter(model_version=model)}
    assert len(scored) == 3 + 6 + 5 + 1
    assert not any(row.image.split == Split.TRAIN for row in scored.values())
    assert scored[odd.id].image_score > 2 * max(scored[image.id].image_score for image in stream)
    announced = {image_id for message in heard.messages for image_id in message["image_ids"]}
    assert announced == set(scored)


def test_a_stored_map_is_the_models_own_within_half_a_step() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    image = add_image(dataset, 600, defective=True)
    model = make_model(dataset, cast)
    score_everything(model)
    inspection = Inspection.objects.get(image=image)
    steps = np.frombuffer(blob_bytes(inspection.score_map), "<u2")
    assert steps.size == inspection.map_height * inspection.map_width
    (again,) = pixels_score(model, [image_pixels(image)])
    assert inspection.image_score == again.image_score
    np.testing.assert_array_equal(steps.reshape(again.steps.shape), again.steps)
    assert map_scores(inspection).max() < 65535 * model.map_scale  # the headroom holds


def test_the_predicted_mask_finds_the_defect() -> None:
    cast = make_cast()
    dataset = make_pool(cast, validation=20)
    image = add_image(dataset, 600, defective=True)
    model = make_model(dataset, cast)
    score_everything(model)
    inspection = Inspection.objects.get(image=image)
    threshold = model.threshold_sets.get().pixel_threshold
    assert threshold is not None
    mask = predicted_mask(inspection, threshold)
    assert mask.shape == (SIDE_PX, SIDE_PX)
    assert mask[defect_mask()].mean() > 0.9
    assert not predicted_mask(inspection, np.inf).any()


def test_bands_follow_the_thresholds_at_once(django_capture_on_commit_callbacks: Any) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    images = [add_image(dataset, seed, defective=seed >= 502) for seed in range(500, 504)]
    model = make_model(dataset, cast)
    score_everything(model)
    rows = {row.image_id: row for row in Inspection.objects.filter(model_version=model)}
    assert {row.band for row in rows.values()} == {Band.REVIEW}  # too few held-out normals: a person decides
    scores = sorted(rows[image.id].image_score for image in images)
    heard = Heard(images_scored)
    with django_capture_on_commit_callbacks(execute=True):
        thresholds_set_by_person(
            model_version=model,
            t1=scores[1],
            t2=scores[2],
            pixel_threshold=None,
            reason="Try",
            actor=cast.owner,
        )
    after = Inspection.objects.filter(image__in=images).order_by("image_score")
    assert [row.band for row in after] == [Band.PASS, Band.REVIEW, Band.FAIL, Band.FAIL]
    changed = set(heard.messages[-1]["image_ids"])
    assert {after[0].image_id, after[2].image_id, after[3].image_id} <= changed
    assert after[1].image_id not in changed


def test_one_waiting_job_is_enough_and_a_done_dataset_needs_none() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    model = make_model(dataset, cast)
    assert scoring_request(model_version=model) is not None
    assert scoring_request(model_version=model) is None
    run_slices(Job.objects.get(kind=SCORE))
    assert scoring_request(model_version=model) is None


def test_new_images_are_scored_by_the_champion(django_capture_on_commit_callbacks: Any) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    model = make_model(dataset, cast)
    score_everything(model)
    image = add_image(dataset, 900)
    with django_capture_on_commit_callbacks(execute=True):
        images_added.send(sender=type(dataset), dataset=dataset, image_ids=[image.id])
    run_slices(Job.objects.filter(kind=SCORE, state="queued").get())
    assert Inspection.objects.filter(image=image, model_version=model).exists()


def test_an_image_whose_file_is_damaged_does_not_hold_up_the_others() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    lost, good = add_image(dataset, 900), add_image(dataset, 901)
    model = make_model(dataset, cast)
    missing = Blob.objects.create(team_id=cast.team.id, sha256="0" * 64, size_bytes=1, media_type="image/png")
    Image.objects.filter(id=lost.id).update(blob=missing)
    job = score_everything(model)
    assert job.state == "succeeded"
    assert job.result["refused"] == [str(lost.id)]
    assert Inspection.objects.filter(image=good).exists()


def test_a_new_champion_offers_what_it_has_scored_to_the_queue(
    django_capture_on_commit_callbacks: Any,
) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    image = add_image(dataset, 500)
    make_model(dataset, cast)
    challenger = make_model(dataset, cast, seed=1)
    score_everything(challenger)
    heard = Heard(images_scored)
    with django_capture_on_commit_callbacks(execute=True):
        model_promote(model_version=challenger, actor=cast.owner)
    assert image.id in heard.messages[0]["image_ids"]
    assert heard.messages[0]["model_version"] == challenger


def test_scored_images_get_one_vector_each_for_all_models() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    image, twin = add_image(dataset, 500), add_image(dataset, 501)
    model = make_model(dataset, cast)
    score_everything(model)
    vectors = image_vectors([image.id, twin.id])
    assert set(vectors) == {image.id, twin.id}
    assert np.linalg.norm(vectors[image.id]) == pytest.approx(1.0, abs=2e-3)
    seen = [(image, image_pixels(image)), (twin, image_pixels(twin))]
    assert embeddings_store(seen) == 0
    older, newer = ImageEmbedding.objects.filter(image__in=[image, twin]).order_by("id")
    ImageEmbedding.objects.filter(id=older.id).update(recipe="older")
    assert set(image_vectors([image.id, twin.id])) == {newer.image_id}


def test_without_weights_scoring_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_embedder", lambda: None)
    cast = make_cast()
    dataset = make_pool(cast)
    image = add_image(dataset, 500)
    score_everything(make_model(dataset, cast))
    assert Inspection.objects.filter(image=image).exists()
    assert image_vectors([image.id]) == {}
