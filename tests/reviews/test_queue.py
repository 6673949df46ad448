"""Which images reach the queue, why, and how urgently."""

from typing import Any

import pytest
from factories import Cast, client_of
from hypothesis import given
from hypothesis import strategies as st
from reviews_builders import make_dataset, make_image, make_inspection, make_model

from flawmark.datasets.models import Image, Label, Split
from flawmark.datasets.services.labels import ImageChanges, image_update
from flawmark.inspections.services.bands import bands_refresh, scored_announce
from flawmark.reviews.models import DEFAULT_REASONS, QueueSettings, ReviewTask, TaskReason, TaskState
from flawmark.reviews.services import queue
from flawmark.reviews.services.choice import (
    DISAGREEMENT_COUNTS,
    band_disagreement,
    closeness,
    stable_chance,
    urgency,
)
from flawmark.reviews.services.queue import queue_fill
from flawmark.training.models import ThresholdSet
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.registry import model_promote


def waiting(**filters: object) -> list[ReviewTask]:
    return list(ReviewTask.objects.filter(state=TaskState.OPEN, **filters).order_by("-priority"))


def test_bands_become_reasons_ordered_by_closeness(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset, t1=0.4, t2=0.6)
    scores = {"far fail": 3.0, "near t2": 0.61, "middle": 0.5, "at t1": 0.4, "pass": 0.1}
    images = {name: make_image(dataset) for name in scores}
    for name, score in scores.items():
        make_inspection(images[name], model, score)
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.0)
    assert queue_fill(model_version=model) == 4
    found = [(task.image_id, task.reason) for task in waiting()]
    assert found == [
        (images["at t1"].id, TaskReason.NEAR_THRESHOLD),
        (images["near t2"].id, TaskReason.FAIL_BAND),
        (images["middle"].id, TaskReason.NEAR_THRESHOLD),
        (images["far fail"].id, TaskReason.FAIL_BAND),
    ]
    assert all(task.sampling_probability == 1.0 for task in waiting())


def test_without_thresholds_everything_waits_highest_score_first(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset, t1=None, t2=None)
    inspections = [make_inspection(make_image(dataset), model, score) for score in (0.2, 7.0, 1.5)]
    queue_fill(model_version=model)
    tasks = waiting(reason=TaskReason.UNCALIBRATED)
    assert [task.inspection_id for task in tasks] == [inspections[i].id for i in (1, 2, 0)]


def test_t1_alone_separates_what_passes(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset, t1=0.4, t2=None)
    inspections = [make_inspection(make_image(dataset), model, score) for score in (0.1, 9.0, 0.5)]
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.0)
    queue_fill(model_version=model)
    tasks = waiting(reason=TaskReason.NEAR_THRESHOLD)
    assert [task.inspection_id for task in tasks] == [inspections[i].id for i in (2, 1)]


def test_audits_are_stable_and_carry_their_probability(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset)
    for _ in range(60):
        make_inspection(make_image(dataset), model, 0.05)
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.5)
    queue_fill(model_version=model)
    first = {task.image_id for task in waiting()}
    assert 10 < len(first) < 50
    assert {task.sampling_probability for task in waiting()} == {0.5}
    assert {task.reason for task in waiting()} == {TaskReason.AUDIT}
    assert queue_fill(model_version=model) == 0
    assert {task.image_id for task in waiting()} == first


def test_the_audit_draws_from_every_band(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset, t1=0.4, t2=0.6)
    for score in (0.1, 0.5, 5.0):
        for _ in range(20):
            make_inspection(make_image(dataset), model, score)
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.5)
    queue_fill(model_version=model)
    for band, probability in [("pass", 0.5), ("review", 1.0), ("fail", 1.0)]:
        drawn = waiting(reason=TaskReason.AUDIT, inspection__band=band)
        assert 3 <= len(drawn) <= 17, band
        assert {task.sampling_probability for task in drawn} == {probability}
        assert all(task.priority >= 0.5 for task in drawn), "an audit that always comes last never happens"
    assert len(waiting()) == 40 + len(waiting(inspection__band="pass"))


def test_what_a_challenger_sees_otherwise_comes_earlier(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    champion, challenger = make_model(dataset), make_model(dataset, stage="candidate")
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.0)
    alone, disputed = make_image(dataset), make_image(dataset)
    for image, other in [(alone, 3.0), (disputed, 0.1)]:
        make_inspection(image, champion, 3.0)
        make_inspection(image, challenger, other)
    queue_fill(model_version=champion)
    assert [task.image_id for task in waiting()] == [disputed.id, alone.id]


@given(st.floats(0, 1), st.floats(0, 1))
def test_either_reason_makes_an_image_urgent(near: float, disagreement: float) -> None:
    value = urgency(near, disagreement)
    assert max(near, DISAGREEMENT_COUNTS * disagreement) - 1e-12 <= value <= 1.0
    assert urgency(near, 0.0) == pytest.approx(near)


@pytest.mark.parametrize(
    "band, others, expected",
    [
        ("pass", [], 0.0),
        ("pass", ["pass"], 0.0),
        ("pass", ["fail"], 1.0),
        ("review", ["fail", "review"], 0.25),
    ],
)
def test_disagreement_of_bands(band: str, others: list[str], expected: float) -> None:
    assert band_disagreement(band, others) == expected


def test_reviewed_quarantined_and_test_images_are_left_out(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset)
    fields = [{"label": Label.NORMAL}, {"split": Split.TEST}, {"quarantined_at": "2026-01-01T00:00Z"}]
    for kept_out in fields:
        make_inspection(make_image(dataset, **kept_out), model, 0.5)
    assert queue_fill(model_version=model) == 0


def test_a_model_that_does_not_serve_fills_nothing(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    candidate = make_model(dataset, stage="candidate")
    make_inspection(make_image(dataset), candidate, 0.5)
    assert queue_fill(model_version=candidate) == 0


def test_a_refill_follows_the_thresholds(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset, t1=None, t2=None)
    inspection = make_inspection(make_image(dataset), model, 0.5)
    queue_fill(model_version=model)
    (task,) = waiting(reason=TaskReason.UNCALIBRATED)
    ThresholdSet.objects.create(model_version=model, t1=0.6, t2=0.8, pixel_threshold=0.5, method="test")
    inspection.band = "pass"
    inspection.save()
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.0)
    queue_fill(model_version=model)
    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN
    inspection.band = "review"
    inspection.save()
    assert queue_fill(model_version=model) == 1


def test_scores_labels_and_quarantine_reach_the_queue_by_themselves(
    cast: Cast, django_capture_on_commit_callbacks: object
) -> None:
    dataset = make_dataset(cast.team)
    model, image = make_model(dataset), make_image(dataset)
    make_inspection(image, model, 0.5)
    commits = django_capture_on_commit_callbacks
    with commits(execute=True):  # type: ignore[operator]
        scored_announce(model_version=model, image_ids=[image.id])
    assert len(waiting()) == 1
    for changes, count in [
        (ImageChanges(quarantined=True), 0),
        (ImageChanges(quarantined=False), 1),
        (ImageChanges(label=Label.NORMAL), 0),
    ]:
        with commits(execute=True):  # type: ignore[operator]
            image_update(image=image, expected_version=None, changes=changes, actor=cast.curator)
        assert len(waiting()) == count


def test_another_champion_withdraws_the_open_tasks_of_the_old_one(
    cast: Cast, django_capture_on_commit_callbacks: object
) -> None:
    dataset = make_dataset(cast.team)
    old, new = make_model(dataset), make_model(dataset, stage="candidate")
    held, free = make_image(dataset), make_image(dataset)
    for image in (held, free):
        make_inspection(image, old, 0.5)
        make_inspection(image, new, 0.1)
    queue_fill(model_version=old)
    ReviewTask.objects.filter(image=held).update(state=TaskState.LEASED, leased_to=cast.reviewer)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        model_promote(model_version=new, actor=cast.curator)
    assert ReviewTask.objects.get(image=held).state == TaskState.LEASED
    assert ReviewTask.objects.get(image=free).state == TaskState.WITHDRAWN


def test_a_curator_asks_for_a_look_at_labelled_images(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    in_pool = make_image(dataset, label=Label.NORMAL, split=Split.TRAIN)
    body = {"dataset": str(dataset.id), "images": [str(in_pool.id)]}
    assert client_of(cast.reviewer).post("/api/v1/review-tasks/", body).status_code == 403
    response = client_of(cast.curator).post("/api/v1/review-tasks/", body)
    assert response.status_code == 201
    assert [line["reason"] for line in response.json()] == ["requested"]
    Image.objects.filter(id=in_pool.id).update(split=Split.TEST)
    assert client_of(cast.curator).post("/api/v1/review-tasks/", body).status_code == 400


def test_settings_need_the_version_that_was_seen(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    path, curator = f"/api/v1/queue-settings/{dataset.id}/", client_of(cast.curator)
    shown = curator.get(path)
    assert shown.json() == {
        "audit_probability": 0.02, "second_opinion_probability": 0.0, "second_opinion_always": [],
        "canned_reasons": list(DEFAULT_REASONS),
    }  # fmt: skip
    change = {"audit_probability": 0.1}
    assert curator.patch(path, change).status_code == 428
    saved = curator.patch(path, change, headers={"If-Match": shown["ETag"]})
    assert saved.status_code == 200, saved.content
    stale = curator.patch(path, change, headers={"If-Match": shown["ETag"]})
    assert stale.status_code == 412
    too_much = curator.patch(path, {"audit_probability": 2}, headers={"If-Match": saved["ETag"]})
    assert too_much.json()["field"] == "audit_probability"
    for field, wrong in [("second_opinion_always", ["on_mondays"]), ("canned_reasons", ["Dust", "Dust"])]:
        refused = curator.patch(path, {field: wrong}, headers={"If-Match": saved["ETag"]})
        assert (refused.status_code, refused.json()["field"].split(".")[0]) == (400, field)
    assert client_of(cast.stranger).get(path).status_code == 404


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_closeness_is_highest_at_a_threshold(score: float, t1: float, width: float) -> None:
    t2 = t1 + width
    value = closeness(score, t1, t2)
    assert 0.0 <= value <= 1.0
    assert closeness(t1, t1, t2) == 1.0
    if min(abs(score - t1), abs(score - t2)) > 1e-3 and width > 1e-3:
        assert value < 1.0


@pytest.mark.parametrize("probability", [0.02, 0.3])
def test_stable_chance_is_uniform(probability: float) -> None:
    picked = sum(stable_chance("audit", number) < probability for number in range(20_000))
    assert picked == pytest.approx(20_000 * probability, rel=0.15)


def test_what_waits_no_more_is_said(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, Any]] = []
    monkeypatch.setattr(queue, "publish", lambda **event: said.append(event["data"]))
    dataset = make_dataset(cast.team)
    model = make_model(dataset, t1=0.4, t2=0.6)
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.0)
    images = [make_image(dataset) for _ in range(3)]
    for image in images:
        make_inspection(image, model, 0.5)
    queue_fill(model_version=model)
    ThresholdSet.objects.create(model_version=model, t1=0.7, t2=0.9, pixel_threshold=0.5, method="test")
    bands_refresh(model_version=model, thresholds=thresholds_of(model), announce=False)
    queue_fill(model_version=model)
    queue_fill(model_version=model)
    counts = [(event["what"], event["count"]) for event in said]
    assert counts == [("queue_filled", 3), ("queue_withdrawn", 3)]
    assert waiting() == []
