"""`/bank-revisions/`: what live changes did, and a curator's decisions about them."""

from typing import Any

import pytest
from factories import Cast, client_of, make_cast
from inspections_builders import learn, score_everything
from training_builders import add_image, make_model, make_pool

from flawmark.datasets.models import Image, Label, Split
from flawmark.inspections.models import BankRevision, Inspection
from flawmark.inspections.services.live import live_update_request
from flawmark.training.models import ModelVersion
from flawmark.training.services.thresholds import thresholds_set_by_person

pytestmark = pytest.mark.django_db

URL = "/api/v1/bank-revisions/"


def world() -> tuple[Cast, ModelVersion, list[Image]]:
    cast = make_cast()
    dataset = make_pool(cast)
    images = [add_image(dataset, seed, defective=True) for seed in range(600, 604)]
    model = make_model(dataset, cast)
    score_everything(model)
    return cast, model, images


def scores_of(model: ModelVersion) -> dict[Any, float]:
    return dict(Inspection.objects.filter(model_version=model).values_list("image_id", "image_score"))


def call_normal(model: ModelVersion, image: Image) -> BankRevision:
    image.label, image.split = Label.NORMAL, Split.TRAIN
    image.save()
    live_update_request(model_version=model, image=image, operation="add")
    learn()
    return BankRevision.objects.latest("sequence")


def held_change(cast: Cast, model: ModelVersion, images: list[Image]) -> BankRevision:
    """A false alarm whose look-alike is a confirmed defect, just above T2."""
    score = scores_of(model)[images[1].id]
    Image.objects.filter(id=images[1].id).update(label=Label.DEFECTIVE)
    thresholds_set_by_person(
        model_version=model,
        t1=0.5 * score,
        t2=0.9 * score,
        pixel_threshold=None,
        reason="Known",
        actor=cast.curator,
    )
    revision = call_normal(model, images[0])
    assert revision.held
    return revision


def test_the_list_says_what_a_change_did_and_a_curator_takes_it_back() -> None:
    cast, model, images = world()
    before = scores_of(model)
    revision = call_normal(model, images[0])
    (row,) = client_of(cast.viewer).get(URL, {"model_version": model.id}).json()["results"]
    assert (row["id"], row["state"], row["operation"]) == (str(revision.id), "visible", "add")
    assert row["summary"]["images_changed"] >= 3
    assert client_of(cast.reviewer).post(f"{URL}{revision.id}/undo/").status_code == 403
    assert client_of(cast.curator).post(f"{URL}{revision.id}/undo/").status_code == 202
    learn()
    followed = {image.id for image in images[1:]}
    after = scores_of(model)
    assert {key: after[key] for key in followed} == {key: before[key] for key in followed}
    again = client_of(cast.curator).post(f"{URL}{revision.id}/undo/")
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")


def test_an_older_change_is_taken_back_by_its_opposite() -> None:
    cast, model, images = world()
    lookalike = images[3]
    first = call_normal(model, images[0])
    only_first = scores_of(model)[lookalike.id]
    train = Image.objects.filter(dataset=model.dataset, split=Split.TRAIN, label=Label.NORMAL).order_by("id")[
        0
    ]
    train.label = Label.DEFECTIVE
    train.save()
    live_update_request(model_version=model, image=train, operation="remove")
    learn()
    client_of(cast.curator).post(f"{URL}{first.id}/undo/")
    learn()
    newest = BankRevision.objects.latest("sequence")
    assert (newest.sequence, newest.summary["undoes"]) == (3, 1)
    assert newest.summary["patches_removed"] == first.summary["patches_added"]
    assert scores_of(model)[lookalike.id] > only_first


def test_a_held_change_is_approved_or_discarded_once() -> None:
    cast, model, images = world()
    held = held_change(cast, model, images)
    before = scores_of(model)
    row = client_of(cast.viewer).get(f"{URL}{held.id}/").json()
    assert (row["state"], row["summary"]["held_by"]) == ("held", [str(images[1].id)])
    assert client_of(cast.reviewer).post(f"{URL}{held.id}/approve/").status_code == 403
    assert client_of(cast.curator).post(f"{URL}{held.id}/approve/").status_code == 202
    learn()
    assert scores_of(model)[images[3].id] < before[images[3].id]
    assert client_of(cast.viewer).get(f"{URL}{held.id}/").json()["state"] == "approved"
    late = client_of(cast.curator).post(f"{URL}{held.id}/discard/")
    assert (late.status_code, late.json()["code"]) == (409, "not_held")


def test_a_discarded_change_leaves_everything_as_it_was() -> None:
    cast, model, images = world()
    held = held_change(cast, model, images)
    before = scores_of(model)
    answer = client_of(cast.curator).post(f"{URL}{held.id}/discard/")
    assert (answer.status_code, answer.json()["state"]) == (200, "discarded")
    assert scores_of(model) == before
    assert client_of(cast.curator).post(f"{URL}{held.id}/undo/").json()["code"] == "not_visible"


def test_another_teams_changes_do_not_exist() -> None:
    cast, model, images = world()
    revision = call_normal(model, images[0])
    stranger = client_of(cast.stranger)
    assert stranger.get(URL).json()["results"] == []
    assert stranger.get(f"{URL}{revision.id}/").status_code == 404
    assert stranger.post(f"{URL}{revision.id}/undo/").status_code == 404
