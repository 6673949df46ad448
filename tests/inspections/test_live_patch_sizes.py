"""Detectors with a bank for each patch size learn live as PatchCore does."""

import math
from typing import Any

import numpy as np
import pytest
from factories import make_cast
from inspections_builders import learn, score_everything
from training_builders import add_image, draw_mask, make_model, make_pool

from detectors.memory import live
from flawmark.datasets.models import Image, Label, LayerKind, Split
from flawmark.inspections.models import BankRevision, Inspection
from flawmark.inspections.services import live_models
from flawmark.inspections.services.live import live_update_request
from flawmark.inspections.services.live_undoing import revision_undo
from flawmark.inspections.services.loaded import LOADED
from flawmark.inspections.services.maps import map_scores
from flawmark.inspections.services.scoring import image_pixels, pixels_score
from flawmark.training.models import ModelVersion

pytestmark = pytest.mark.django_db

DETECTORS = {
    "patch_svdd": {"image_size": 64, "width": 0.25, "steps": 0},
    "mspb": {"image_size": 64, "width": 0.0625, "steps": 0},
}


@pytest.fixture(params=list(DETECTORS))
def model(request: pytest.FixtureRequest) -> ModelVersion:
    """A scored dataset with four unreviewed images that show the same bright square."""
    cast = make_cast()
    dataset = make_pool(cast, validation=3)
    for seed in range(600, 604):
        add_image(dataset, seed, defective=True)
    model = make_model(dataset, cast, detector=request.param, hyperparameters=DETECTORS[request.param])
    score_everything(model)
    return model


def lookalikes(model: ModelVersion) -> list[Image]:
    return list(model.dataset.images.filter(label=Label.UNLABELLED).order_by("filename"))


def scores_of(model: ModelVersion) -> dict[Any, float]:
    return dict(Inspection.objects.filter(model_version=model).values_list("image_id", "image_score"))


def teach(model: ModelVersion, image: Image, label: Label, split: Split) -> None:
    image.label, image.split = label, split
    image.save()
    live_update_request(model_version=model, image=image, operation="add")
    learn()


def assert_stored_as_scored_anew(model: ModelVersion, image: Image) -> None:
    """The stored score and map are those of a process that starts from artifact and journal."""
    LOADED._held.clear()
    stored = Inspection.objects.get(model_version=model, image=image)
    (fresh,) = pixels_score(model, [image_pixels(image)])
    assert stored.image_score == pytest.approx(fresh.image_score, abs=1e-5)
    np.testing.assert_allclose(map_scores(stored), fresh.steps * model.map_scale, atol=1.01 * model.map_scale)


def test_a_false_alarm_lowers_its_lookalikes_and_undo_restores_every_score(model: ModelVersion) -> None:
    before = scores_of(model)
    alarm, *others = lookalikes(model)
    teach(model, alarm, Label.NORMAL, Split.TRAIN)
    after = scores_of(model)
    assert all(after[image.id] < 0.8 * before[image.id] for image in others)
    assert BankRevision.objects.filter(summary__patches_added__gt=0).exists()
    assert_stored_as_scored_anew(model, others[0])
    teach(model, alarm, Label.UNLABELLED, Split.UNASSIGNED)
    assert scores_of(model) == before
    assert_stored_as_scored_anew(model, others[0])


def test_a_mislabelled_training_image_leaves_every_bank_and_returns(model: ModelVersion) -> None:
    before = scores_of(model)
    image = model.dataset.images.filter(split=Split.TRAIN).order_by("id")[0]
    number = live_models.LIVE.get(model).identity(image)
    teach(model, image, Label.DEFECTIVE, Split.TRAIN)
    banks = live_models.LIVE.get(model).memory.banks
    assert not any((bank.source_image == number).any() for bank in banks.values())
    teach(model, image, Label.NORMAL, Split.TRAIN)
    again = scores_of(model)
    assert {key: again[key] for key in before} == before


def test_no_patch_that_sees_a_remaining_defect_is_taken_up(model: ModelVersion) -> None:
    image = lookalikes(model)[0]
    draw_mask(image, LayerKind.NORMAL)
    found = live_models.LIVE.get(model)
    whole = np.ones((image.height_px, image.width_px), np.bool_)
    assert all(len(rows) == 0 for rows in found.rows(image, None, whole).values())
    corner = np.zeros_like(whole)
    corner[:4, :4] = True
    beside, region = found.rows(image, None, corner), found.rows(image, corner, None)
    everywhere = found.rows(image, None, None)
    for size in everywhere:
        assert len(beside[size]) + len(region[size]) == len(everywhere[size])
        assert len(region[size]) > 0


def test_a_scorer_that_starts_anew_takes_over_what_was_followed(
    model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm, second, *_ = lookalikes(model)
    teach(model, alarm, Label.NORMAL, Split.TRAIN)
    before = live_models.LIVE.get(model).memory
    monkeypatch.setattr(live_models, "LIVE", live_models.LiveModels())
    monkeypatch.setattr(live.LiveMemory, "watch", lambda *_: pytest.fail("nothing is searched for again"))
    after = live_models.LIVE.get(model).memory
    assert {name: after.scores[name] for name in before.scores} == before.scores
    for size, distances in before.distances(str(second.id)).items():
        np.testing.assert_array_equal(after.distances(str(second.id))[size], distances)


def test_an_older_change_is_taken_back_by_its_opposite(model: ModelVersion) -> None:
    alarm, second, *_ = lookalikes(model)
    teach(model, alarm, Label.NORMAL, Split.TRAIN)
    teach(model, second, Label.NORMAL, Split.TRAIN)
    found = live_models.LIVE.get(model)
    while not revision_undo(found, BankRevision.objects.get(sequence=1).id, None, "test"):
        continue
    names = {found.identity(alarm): False, found.identity(second): True}
    for bank in found.memory.banks.values():
        assert {name: bool((bank.source_image == name).any()) for name in names} == names or len(bank) < 20


def test_an_image_that_is_gone_keeps_no_scorer_from_starting(
    model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = lookalikes(model)[0]
    Image.objects.filter(id=gone.id).delete()
    monkeypatch.setattr(live_models, "LIVE", live_models.LiveModels())
    found = live_models.LIVE.get(model)
    assert found.follow(live_models.images_followed(model), until=math.inf) == 0
    expected = {str(image.id) for image in live_models.images_followed(model)}
    assert set(found.memory.scores) == expected


def test_images_seen_once_cost_no_query_for_their_places(
    model: ModelVersion, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(live_models, "LIVE", live_models.LiveModels())
    found = live_models.LIVE.get(model)
    found.follow(live_models.images_followed(model), until=math.inf)
    names = list(found.memory.scores)
    with django_assert_num_queries(0):
        places = [found.features.places_named(name) for name in names]
    assert len(names) > 3 and all(one is places[0] for one in places)
