"""`GET /inspections/{id}/explanation/`, answered by a real Celery worker over the real broker."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from factories import Cast, client_of, make_cast
from inspections_builders import score_everything
from training_builders import SIDE_PX, add_image, make_model, make_pool

from flawmark.config.celery import app
from flawmark.core.models import Blob
from flawmark.datasets.models import Image, Label, Split
from flawmark.inspections.models import BankRevision, Inspection
from flawmark.inspections.services.explaining import _images_named
from flawmark.inspections.services.live_models import BEYOND_POOL
from flawmark.inspections.services.maps import map_steps
from flawmark.training.models import ModelVersion

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scorer() -> Iterator[None]:
    app.loader.import_default_modules()
    with start_worker(app, pool="solo", queues=["score"], perform_ping_check=False, loglevel="ERROR"):
        yield


def world(**model_changes: Any) -> tuple[Cast, ModelVersion, Inspection]:
    cast = make_cast()
    dataset = make_pool(cast)
    image = add_image(dataset, 700, defective=True)
    model = make_model(dataset, cast, **model_changes)
    score_everything(model)
    return cast, model, Inspection.objects.get(image=image, model_version=model)


def ask(user: Any, inspection: Inspection, **query: Any) -> Any:
    return client_of(user).get(f"/api/v1/inspections/{inspection.id}/explanation/", query)


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"detector": "patchcore_ensemble", "hyperparameters": {"weights": "random", "image_size": 64}},
        {"detector": "patch_svdd", "hyperparameters": {"image_size": 64, "width": 0.25, "steps": 0}},
        {"detector": "mspb", "hyperparameters": {"image_size": 64, "width": 0.0625, "steps": 0}},
    ],
    ids=["patchcore", "patchcore_ensemble", "patch_svdd", "mspb"],
)
def test_a_pixel_is_explained_by_normal_training_patches(scorer: None, model: dict[str, Any]) -> None:
    cast, _, inspection = world(**model)
    answer = ask(cast.viewer, inspection, x=3, y=5, k=3)
    assert answer.status_code == 200, answer.json()
    said = answer.json()
    assert (said["x"], said["y"]) == (3, 5)
    distances = [neighbour["distance"] for neighbour in said["neighbours"]]
    assert len(distances) == 3 and distances == sorted(distances)
    for neighbour in said["neighbours"]:
        source = Image.objects.get(id=neighbour["image"]["id"])
        assert (source.label, source.split) == (Label.NORMAL, Split.TRAIN)
        left, top, right, bottom = neighbour["box_xyxy"]
        assert 0 <= left < right <= SIDE_PX and 0 <= top < bottom <= SIDE_PX
    nearest = Image.objects.get(id=said["nearest_normal"]["id"])
    assert (nearest.label, nearest.split) == (Label.NORMAL, Split.TRAIN)


def test_without_a_pixel_the_peak_of_the_map_is_explained(scorer: None) -> None:
    cast, _, inspection = world()
    said = ask(cast.viewer, inspection).json()
    steps = map_steps(inspection)
    cell = steps[said["y"] * steps.shape[0] // SIDE_PX, said["x"] * steps.shape[1] // SIDE_PX]
    assert cell == steps.max()
    assert len(said["neighbours"]) == 4


def test_bad_questions_and_other_teams_are_refused_before_the_scorer_is_asked() -> None:
    cast, _, inspection = world()
    outside = ask(cast.viewer, inspection, x=SIDE_PX, y=0)
    assert (outside.status_code, outside.json()["field"]) == (400, "x")
    assert "outside the image" in outside.json()["detail"]
    assert ask(cast.viewer, inspection, x=1).status_code == 400
    assert ask(cast.viewer, inspection, k=0).status_code == 400
    assert ask(cast.stranger, inspection, x=1, y=1).status_code == 404


def test_a_model_without_a_memory_says_so(scorer: None) -> None:
    network = {"image_size": 64, "patch": 8, "window": 5, "width": 32, "blocks": 1, "heads": 2, "steps": 0}
    cast, _, inspection = world(detector="intra", hyperparameters=network)
    answer = ask(cast.viewer, inspection, x=1, y=1)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_explainable")


def test_images_that_joined_the_bank_later_are_found_by_the_bits_of_their_id() -> None:
    _, model, inspection = world()
    blob = Blob.objects.first()
    assert blob
    BankRevision.objects.create(
        model_version=model,
        sequence=1,
        operation="add",
        source_image=inspection.image,
        payload=blob,
        inverse=blob,
    )
    name = BEYOND_POOL | (inspection.image_id.int & (BEYOND_POOL - 1))
    found = _images_named(model, [0, name, name - 1])
    assert found[name] == inspection.image
    assert set(found) == {0, name}
