"""Comments pinned to places of an image."""

from typing import Any

import pytest
from factories import Cast, client_of
from rest_framework.test import APIClient
from reviews_builders import judge, lease, make_scene

from flawmark.reviews.models import Pin, QueueSettings

PINS = "/api/v1/pins/"


@pytest.fixture
def rita(cast: Cast) -> APIClient:
    return client_of(cast.reviewer)


def pin(client: APIClient, image: object, **place: Any) -> Any:
    return client.post(PINS, {"image": str(image), "x_px": 5, "y_px": 9, "text": "Is this rust?", **place})


def test_a_comment_is_pinned_read_and_dealt_with(cast: Cast, rita: APIClient) -> None:
    _, _, task = make_scene(cast)
    made = pin(rita, task.image_id)
    assert (made.status_code, made.json()["author"]) == (201, "rita")
    rolf, path = client_of(cast.second_reviewer), f"{PINS}{made.json()['id']}/"
    assert [line["text"] for line in rolf.get(PINS, {"image": task.image_id}).json()["results"]] == [
        "Is this rust?"
    ]
    assert rolf.patch(path, {"resolved": True}).status_code == 428
    done = rolf.patch(path, {"resolved": True}, headers={"If-Match": made["ETag"]})
    assert (done.json()["resolved_by"], done.json()["version"]) == ("rolf", 2)
    lost = rita.patch(path, {"text": "It is."}, headers={"If-Match": made["ETag"]})
    assert (lost.status_code, lost.json()["current"]["resolved_by"]) == (412, "rolf")


def test_only_its_author_changes_or_takes_back_the_words(cast: Cast, rita: APIClient) -> None:
    _, _, task = make_scene(cast)
    made = pin(rita, task.image_id)
    path, match = f"{PINS}{made.json()['id']}/", {"If-Match": made["ETag"]}
    rolf = client_of(cast.second_reviewer)
    assert rolf.patch(path, {"text": "No."}, headers=match).status_code == 403
    assert rolf.delete(path, headers=match).status_code == 403
    assert rita.delete(path, headers=match).status_code == 204
    assert not Pin.objects.exists()


def test_bad_places_empty_words_and_other_teams_are_refused(cast: Cast, rita: APIClient) -> None:
    _, _, task = make_scene(cast)
    assert pin(rita, task.image_id, x_px=64).json()["field"] == "x_px"
    assert pin(rita, task.image_id, text="  ").json()["field"] == "text"
    assert pin(client_of(cast.viewer), task.image_id).status_code == 403
    assert pin(client_of(cast.stranger), task.image_id).status_code == 404
    pin(rita, task.image_id)
    assert client_of(cast.stranger).get(PINS).json()["results"] == []


def test_whoever_judges_blind_sees_nothing_of_the_others(cast: Cast, rita: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    QueueSettings.objects.create(dataset=dataset, second_opinion_probability=1.0)
    pin(rita, task.image_id)
    judge(rita, lease(rita, dataset), "normal", comment="Only dust.")
    rolf = client_of(cast.second_reviewer)
    assert len(rolf.get(PINS, {"image": task.image_id}).json()["results"]) == 1

    def seen(kind: str) -> list[Any]:
        return rolf.get(f"/api/v1/{kind}/", {"image": task.image_id}).json()["results"]

    blind = lease(rolf, dataset)
    assert (blind["round"], blind["image"]["label"]) == (2, "unlabelled")
    pin(rolf, task.image_id, text="What is it?")
    assert [line["text"] for line in seen("pins")] == ["What is it?"]
    assert seen("reviews") == []
    judge(rolf, blind, "normal")
    assert len(seen("pins")) == 2
    assert [line["reviewer"] for line in seen("reviews")] == ["rolf", "rita"]
