"""Drafts over HTTP: nothing painted is lost, and two windows never overwrite each other."""

import pytest
from factories import Cast, client_of
from rest_framework.test import APIClient
from reviews_builders import (
    box,
    judge,
    lease,
    make_dataset,
    make_image,
    make_scene,
    make_task,
    paint,
    tile,
)

from flawmark.datasets.models import Image, Label
from flawmark.datasets.selectors.layers import LayerKey
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit
from flawmark.reviews.models import Review, TaskReason


@pytest.fixture
def rita(cast: Cast) -> APIClient:
    return client_of(cast.reviewer)


def marked_image(cast: Cast) -> Image:
    dataset = make_dataset(cast.team)
    image = make_image(dataset, label=Label.DEFECTIVE)
    key = LayerKey("defect", dataset.defect_types.get().id)
    layers = layers_from_masks(image=image, masks={key: box(0, 0, 5, 5)})
    revision_submit(image=image, layers=layers, author=cast.curator, tool="brush")
    Image.objects.filter(id=image.id).update(version=2)
    return image


def test_a_draft_starts_from_the_current_mask(cast: Cast, rita: APIClient) -> None:
    image = marked_image(cast)
    make_task(image.dataset, image=image, reason=TaskReason.REQUESTED)
    task = lease(rita, image.dataset)
    draft = rita.get(f"/api/v1/review-tasks/{task['id']}/draft/")
    assert draft["ETag"] == '"0"'
    assert draft.json()["version"] == 0
    (layer,) = draft.json()["layers"]
    assert layer["tiles"] == [{"row": 0, "col": 0, "data": tile((0, 0, 5, 5))}]


def test_a_second_opinion_starts_from_nothing_and_sees_no_label(cast: Cast, rita: APIClient) -> None:
    image = marked_image(cast)
    make_task(image.dataset, image=image, round=2, reason=TaskReason.SECOND_OPINION)
    task = lease(rita, image.dataset)
    assert (task["image"]["label"], task["image"]["split"]) == ("unlabelled", "unassigned")
    assert rita.get(f"/api/v1/review-tasks/{task['id']}/draft/").json()["layers"] == []
    paint(rita, task, tile((9, 9, 12, 12)))
    (layer,) = rita.get(f"/api/v1/review-tasks/{task['id']}/draft/").json()["layers"]
    assert layer["tiles"][0]["data"] == tile((9, 9, 12, 12))


def test_strokes_of_two_windows_never_overwrite_each_other(cast: Cast, rita: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    task = lease(rita, dataset)
    saved = paint(rita, task, tile((0, 0, 4, 4)))
    assert (saved.json(), saved["ETag"]) == ({"version": 1}, '"1"')
    lost = paint(rita, task, tile((40, 40, 44, 44)), version=0)
    assert lost.status_code == 412
    assert lost.json()["current"]["version"] == 1
    assert lost.json()["current"]["layers"][0]["tiles"][0]["data"] == tile((0, 0, 4, 4))
    path = f"/api/v1/review-tasks/{task['id']}/draft/"
    without = rita.patch(path, {"lease_token": 1, "changes": []})
    assert without.status_code == 428


@pytest.mark.parametrize("verdict", ["defective", "corrected"])
def test_a_verdict_on_a_draft_that_changed_meanwhile_is_refused(
    cast: Cast, rita: APIClient, verdict: str
) -> None:
    dataset, _, _ = make_scene(cast)
    task = lease(rita, dataset)
    paint(rita, task, tile((0, 0, 4, 4)))
    paint(rita, task, tile((0, 0, 6, 6)), version=1)
    stale = judge(rita, task, verdict, draft_version=1)
    assert stale.status_code == 412
    assert stale.json()["current"]["version"] == 2
    assert not Review.objects.exists()
    assert judge(rita, task, verdict, draft_version=2).status_code == 200


@pytest.mark.parametrize("verdict", ["normal", "accept", "skip"])
def test_a_verdict_without_a_drawing_waits_for_no_stroke(cast: Cast, rita: APIClient, verdict: str) -> None:
    dataset, _, _ = make_scene(cast)
    task = lease(rita, dataset)
    paint(rita, task, tile((0, 0, 4, 4)))
    assert judge(rita, task, verdict, draft_version=0).status_code == 200


def test_a_draft_is_its_painters_own(cast: Cast, rita: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    task = lease(rita, dataset)
    paint(rita, task, tile((0, 0, 4, 4)))
    path = f"/api/v1/review-tasks/{task['id']}/draft/"
    rolf = client_of(cast.second_reviewer)
    assert rolf.get(path).json()["layers"] == []
    assert paint(rolf, task, tile((0, 0, 4, 4))).status_code == 403
    assert client_of(cast.stranger).get(path).status_code == 404
    assert client_of(cast.viewer).get(path).status_code == 403


@pytest.mark.parametrize(
    "data", ["no base64!", "aGVsbG8=", tile((0, 0, 1, 1))[:100]], ids=["not base64", "not zlib", "cut off"]
)
def test_a_damaged_tile_is_refused_and_the_draft_stays(cast: Cast, rita: APIClient, data: str) -> None:
    dataset, _, _ = make_scene(cast)
    task = lease(rita, dataset)
    paint(rita, task, tile((0, 0, 4, 4)))
    refused = paint(rita, task, data, version=1)
    assert (refused.status_code, refused.json()["field"]) == (400, "data")
    assert rita.get(f"/api/v1/review-tasks/{task['id']}/draft/").json()["version"] == 1


def test_the_mask_of_a_deleted_author_is_shown_painted_on_and_kept(cast: Cast, rita: APIClient) -> None:
    image = marked_image(cast)
    cast.curator.delete()
    make_task(image.dataset, image=image, reason=TaskReason.REQUESTED)
    (revision,) = rita.get("/api/v1/annotations/", {"image": str(image.id)}).json()["results"]
    assert revision["author"] is None
    shown = rita.get(f"/api/v1/annotations/{revision['id']}/").json()["layers"]
    task = lease(rita, image.dataset)
    draft = rita.get(f"/api/v1/review-tasks/{task['id']}/draft/").json()["layers"]
    assert [layer["tiles"] for layer in draft] == [layer["tiles"] for layer in shown]
    paint(rita, task, tile((0, 0, 5, 5), (9, 9, 12, 12)))
    assert judge(rita, task, "corrected", draft_version=1).status_code == 200
    history = rita.get("/api/v1/annotations/", {"image": str(image.id)}).json()["results"]
    assert {row["author"] for row in history} == {None, cast.reviewer.username}
    assert [row["parent"] for row in history if row["author"]] == [revision["id"]]
