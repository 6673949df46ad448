"""Second opinions, late verdicts, and settling what does not fit."""

from typing import Any

import numpy as np
import pytest
from factories import Cast, client_of
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient
from reviews_builders import judge, lease, make_scene, paint, tile

from flawmark.datasets.models import Image, Label
from flawmark.reviews.models import Disagreement, QueueSettings, ReviewTask, TaskState
from flawmark.reviews.services.opinions import tolerant_f1


@pytest.fixture
def rita(cast: Cast) -> APIClient:
    return client_of(cast.reviewer)


@pytest.fixture
def rolf(cast: Cast) -> APIClient:
    return client_of(cast.second_reviewer)


def judged_twice(cast: Cast, first: tuple[str, Any], second: tuple[str, Any]) -> Image:
    """Rita judges, then Rolf does, blind; each (verdict, painted tile or None)."""
    dataset, _, task = make_scene(cast)
    QueueSettings.objects.create(dataset=dataset, second_opinion_probability=1.0)
    for person, (verdict, painted) in [(cast.reviewer, first), (cast.second_reviewer, second)]:
        client = client_of(person)
        leased = lease(client, dataset)
        if painted:
            paint(client, leased, painted)
        answer = judge(client, leased, verdict, draft_version=1 if painted else 0)
        assert answer.status_code == 200, answer.content
    return Image.objects.get(id=task.image_id)


def test_the_first_author_is_never_asked_again(cast: Cast, rita: APIClient, rolf: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    QueueSettings.objects.create(dataset=dataset, second_opinion_probability=1.0)
    judge(rita, lease(rita, dataset), "normal")
    assert rita.post("/api/v1/review-tasks/lease/", {"dataset": str(dataset.id)}).status_code == 204
    second = lease(rolf, dataset)
    assert (second["round"], second["reason"]) == (2, "second_opinion")
    second["lease"]["token"] = 1
    assert judge(rita, second, "normal").status_code == 403


def test_opinions_that_agree_change_nothing(cast: Cast) -> None:
    image = judged_twice(cast, ("normal", None), ("normal", None))
    assert (image.label, image.version) == (Label.NORMAL, 2)
    assert not Disagreement.objects.exists()


def test_another_label_opens_a_disagreement_and_the_image_stays(cast: Cast, rita: APIClient) -> None:
    image = judged_twice(cast, ("normal", None), ("accept", None))
    assert (image.label, image.current_revision) == (Label.NORMAL, None)
    (line,) = rita.get("/api/v1/disagreements/?settled=false").json()["results"]
    assert (line["cause"], line["first"]["verdict"], line["second"]["verdict"]) == (
        "label", "normal", "accept",
    )  # fmt: skip
    assert client_of(cast.stranger).get("/api/v1/disagreements/").json()["results"] == []


@pytest.mark.parametrize(
    "second, disagree",
    [(tile((11, 10, 15, 40)), False), (tile((40, 10, 44, 40)), True)],
    ids=["one pixel beside", "elsewhere"],
)
def test_masks_are_compared_with_tolerance(cast: Cast, second: str, disagree: bool) -> None:
    judged_twice(cast, ("corrected", tile((10, 10, 14, 40))), ("corrected", second))
    assert Disagreement.objects.filter(cause="mask").exists() is disagree


def test_a_curator_settles_for_the_second(cast: Cast, rita: APIClient) -> None:
    image = judged_twice(cast, ("normal", None), ("accept", None))
    row = Disagreement.objects.get()
    path = f"/api/v1/disagreements/{row.id}/settle/"
    assert rita.post(path, {"in_favour_of": str(row.second_id)}).status_code == 403
    curator = client_of(cast.curator)
    assert curator.post(path, {"in_favour_of": str(image.id)}).json()["field"] == "in_favour_of"
    settled = curator.post(path, {"in_favour_of": str(row.second_id), "comment": "Clear scratch."})
    assert settled.status_code == 200, settled.content
    assert settled.json()["settled_by"] == "curt"
    image.refresh_from_db()
    assert image.label == Label.DEFECTIVE
    assert image.current_revision == row.second.mask_revision
    assert curator.post(path, {"in_favour_of": str(row.first_id)}).json()["code"] == "already_settled"


def test_settling_for_what_counts_already_leaves_the_image(cast: Cast) -> None:
    image = judged_twice(cast, ("normal", None), ("accept", None))
    row = Disagreement.objects.get()
    path = f"/api/v1/disagreements/{row.id}/settle/"
    client_of(cast.curator).post(path, {"in_favour_of": str(row.first_id)})
    assert Image.objects.get(id=image.id).version == image.version


def test_settling_for_a_late_verdict_carries_it_out(
    cast: Cast, rita: APIClient, django_capture_on_commit_callbacks: Any
) -> None:
    dataset, _, task = make_scene(cast)
    leased = lease(rita, dataset)
    ReviewTask.objects.update(state=TaskState.OPEN, leased_to=None)
    judge(rita, leased, "accept")
    row = Disagreement.objects.get()
    path = f"/api/v1/disagreements/{row.id}/settle/"
    with django_capture_on_commit_callbacks(execute=True):
        client_of(cast.curator).post(path, {"in_favour_of": str(row.second_id)})
    task.image.refresh_from_db()
    assert (task.image.label, task.image.labelled_by) == (Label.DEFECTIVE, cast.reviewer)
    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN


def test_undo_withdraws_the_second_opinion(cast: Cast, rita: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    QueueSettings.objects.create(dataset=dataset, second_opinion_probability=1.0)
    review = judge(rita, lease(rita, dataset), "normal").json()
    rita.post(f"/api/v1/reviews/{review['id']}/undo/")
    assert ReviewTask.objects.get(round=2).state == TaskState.WITHDRAWN


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_tolerant_f1_is_a_symmetric_agreement(first_bits: int, second_bits: int) -> None:
    first, second = (
        np.array([bits >> n & 1 for n in range(16)], np.bool_).reshape(4, 4)
        for bits in (first_bits, second_bits)
    )
    value = tolerant_f1(first, second)
    assert 0.0 <= value <= 1.0
    assert value == pytest.approx(tolerant_f1(second, first))
    assert tolerant_f1(first, first) == 1.0
