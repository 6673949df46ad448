"""`/inspections/` and what it says about models, over HTTP."""

import io
from typing import Any

import numpy as np
import pytest
from factories import client_of, make_cast
from inspections_builders import score_everything
from PIL import Image as PillowImage
from training_builders import SIDE_PX, add_image, draw_mask, make_model, make_pool

from flawmark.datasets.models import Image, Label, Split
from flawmark.inspections.models import Inspection
from flawmark.inspections.services.bulk import scoring_request
from flawmark.inspections.services.calibration import thresholds_recalibrate
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.thresholds import thresholds_set_by_person
from flawmark.training.services.weights import calibration_weight_set

pytestmark = pytest.mark.django_db

URL = "/api/v1/inspections/"


def test_inspections_are_listed_by_score_and_filtered() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    odd = add_image(dataset, 600, defective=True)
    model = make_model(dataset, cast)
    score_everything(model)
    client = client_of(cast.viewer)
    page = client.get(URL, {"model_version": model.id, "ordering": "-image_score", "page_size": 4}).json()
    scores = [one["image_score"] for one in page["results"]]
    assert scores == sorted(scores, reverse=True)
    rest = client.get(page["next"]).json()["results"]
    assert all(one["image_score"] <= scores[-1] for one in rest)
    assert [one["image"] for one in client.get(URL, {"image": odd.id}).json()["results"]] == [str(odd.id)]
    assert client.get(URL, {"band": "fail", "dataset": dataset.id}).json()["results"] == []
    assert len(client.get(URL, {"champion": True, "split": "test"}).json()["results"]) == 6


def test_the_map_is_raw_little_endian_at_the_native_grid_and_a_png_for_export() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    model = make_model(dataset, cast)
    score_everything(model)
    inspection = Inspection.objects.filter(model_version=model).first()
    assert inspection is not None
    client = client_of(cast.viewer)
    answer = client.get(f"{URL}{inspection.id}/map/")
    shape = (int(answer["X-Map-Height"]), int(answer["X-Map-Width"]))
    steps = np.frombuffer(answer.content, "<u2").reshape(shape)
    assert shape == (model.map_height, model.map_width)
    assert float(answer["X-Map-Scale"]) == model.map_scale
    assert 0 < steps.max() < 65535
    picture = PillowImage.open(io.BytesIO(client.get(f"{URL}{inspection.id}/map-png/").content))
    assert (picture.size, picture.mode) == ((SIDE_PX, SIDE_PX), "I;16")
    stranger = client_of(cast.stranger)
    for path in (f"{URL}{inspection.id}/", f"{URL}{inspection.id}/map/", f"{URL}{inspection.id}/map-png/"):
        assert stranger.get(path).status_code == 404
    assert stranger.get(URL).json()["results"] == []


def test_two_models_are_compared_with_the_images_that_flipped() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    first, second = make_model(dataset, cast), make_model(dataset, cast, seed=1)
    score_everything(first)
    score_everything(second)
    thresholds_set_by_person(
        model_version=second, t1=1e6, t2=2e6, pixel_threshold=None, reason="All pass", actor=cast.owner
    )
    client = client_of(cast.viewer)
    answer = client.get("/api/v1/models/compare/", {"ids": f"{first.id},{second.id}"}).json()
    assert [model["number"] for model in answer["models"]] == [1, 2]
    assert answer["same_test_split"] is True
    assert (answer["compared_images"], answer["flipped_images"]) == (9, 9)
    assert {(flip["from_band"], flip["to_band"]) for flip in answer["flips"]} == {("review", "pass")}
    assert client.get("/api/v1/models/compare/", {"ids": str(first.id)}).status_code == 400
    assert client.get("/api/v1/models/compare/", {"ids": "a,b"}).status_code == 400
    other = client_of(cast.stranger).get("/api/v1/models/compare/", {"ids": f"{first.id},{second.id}"})
    assert other.status_code == 404


def test_stored_scores_give_the_thresholds_that_training_gave() -> None:
    cast = make_cast()
    dataset = make_pool(cast, validation=20)
    for seed in range(700, 703):
        draw_mask(add_image(dataset, seed, label=Label.DEFECTIVE))
    model = make_model(dataset, cast)
    trained = thresholds_of(model)
    score_everything(model)
    assert thresholds_recalibrate(model_version=model) == trained  # the same numbers make no new set


def test_thresholds_wait_until_every_held_out_normal_is_scored() -> None:
    cast = make_cast()
    dataset = make_pool(cast, validation=20)
    model = make_model(dataset, cast)
    trained = thresholds_of(model)
    assert trained is not None and trained.t1 is not None
    scoring_request(model_version=model)
    assert thresholds_recalibrate(model_version=model) == trained  # not refused for lack of normals


def test_reviewed_normals_calibrate_with_their_weight(django_capture_on_commit_callbacks: Any) -> None:
    cast = make_cast()
    dataset = make_pool(cast, validation=20)
    odd = add_image(dataset, 600, defective=True)
    model = make_model(dataset, cast)
    score_everything(model)
    before = thresholds_of(model)
    assert before is not None
    Image.objects.filter(id=odd.id).update(label=Label.NORMAL, split=Split.VALIDATION)
    calibration_weight_set(image=odd, weight=0.05)
    light = thresholds_recalibrate(model_version=model)
    assert light is not None and light.calibration_normals == 21
    # One rare pick hardly moves T1; with full weight it would count like any other.
    assert light.t1 == pytest.approx(before.t1, rel=0.2)
    Image.objects.filter(id=odd.id).update(split=Split.TEST)
    without = thresholds_recalibrate(model_version=model)
    assert without is not None and without.calibration_normals == 20  # test images never calibrate


def test_a_persons_thresholds_stay_until_someone_recalibrates() -> None:
    cast = make_cast()
    model = make_model(make_pool(cast, validation=20), cast)
    score_everything(model)
    computed = thresholds_of(model)
    assert computed is not None
    mine = thresholds_set_by_person(
        model_version=model, t1=1.0, t2=2.0, pixel_threshold=None, reason="Try", actor=cast.owner
    )
    assert thresholds_recalibrate(model_version=model) == mine
    url = f"/api/v1/models/{model.id}/recalibrate/"
    assert client_of(cast.reviewer).post(url).status_code == 403
    assert client_of(cast.stranger).post(url).status_code == 404
    assert client_of(cast.curator).post(url).json()["t1"] == computed.t1
