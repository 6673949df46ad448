"""Who is asked for a second opinion, and how often people agree."""

from datetime import timedelta
from typing import Any

import pytest
from factories import Cast, client_of
from reviews_builders import judge, lease, make_dataset, make_model, make_task

from flawmark.datasets.models import Dataset
from flawmark.reviews.models import Disagreement, OpinionRule, QueueSettings, Review, ReviewTask, TaskReason
from flawmark.reviews.selectors.agreement import agreement_of
from flawmark.reviews.services import opinions


def scene(cast: Cast, rules: list[str], **task: Any) -> Dataset:
    dataset = make_dataset(cast.team)
    make_task(dataset, make_model(dataset), **task)
    QueueSettings.objects.create(dataset=dataset, second_opinion_always=rules)
    return dataset


@pytest.mark.parametrize(
    "rules, task, verdict, asked",
    [
        ([], {}, "normal", False),
        ([OpinionRule.OVERRULES_MODEL], {}, "normal", True),
        ([OpinionRule.OVERRULES_MODEL], {}, "accept", False),
        ([OpinionRule.AUDIT], {"reason": TaskReason.AUDIT}, "accept", True),
        ([OpinionRule.AUDIT], {}, "accept", False),
        ([OpinionRule.NEW_REVIEWER], {}, "accept", True),
    ],
)
def test_rules_ask_again(
    cast: Cast, rules: list[str], task: dict[str, Any], verdict: str, asked: bool
) -> None:
    dataset, rita = scene(cast, rules, **task), client_of(cast.reviewer)
    judge(rita, lease(rita, dataset), verdict)
    assert ReviewTask.objects.filter(round=2).exists() is asked


def test_nobody_stays_new_for_ever(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opinions, "NEW_REVIEWER_VERDICTS", 1)
    dataset, rita = scene(cast, [OpinionRule.NEW_REVIEWER]), client_of(cast.reviewer)
    make_task(dataset, priority=0.1)
    for _ in range(2):
        judge(rita, lease(rita, dataset), "normal")
    assert ReviewTask.objects.filter(round=2).count() == 1


def test_whoever_was_late_gives_no_second_opinion_on_it(cast: Cast) -> None:
    dataset, rita, rolf = scene(cast, []), client_of(cast.reviewer), client_of(cast.second_reviewer)
    QueueSettings.objects.update(second_opinion_probability=1.0)
    first = lease(rita, dataset)
    ReviewTask.objects.update(lease_expires_at="2020-01-01T00:00Z")
    assert judge(rita, first, "normal").json()["late"] is True
    judge(rolf, lease(rolf, dataset), "normal")
    offer = {"dataset": str(dataset.id)}
    assert rita.post("/api/v1/review-tasks/lease/", offer).status_code == 204
    assert lease(client_of(cast.curator), dataset)["round"] == 2


def compared(cast: Cast, second: str) -> tuple[Dataset, Review]:
    """Rita says normal, then Rolf what `second` says, blind."""
    dataset = scene(cast, [OpinionRule.OVERRULES_MODEL])
    for person, verdict in [(cast.reviewer, "normal"), (cast.second_reviewer, second)]:
        client = client_of(person)
        assert judge(client, lease(client, dataset), verdict).status_code == 200
    return dataset, Review.objects.get(task__round=2)


@pytest.mark.parametrize("second, agrees", [("normal", True), ("accept", False)])
def test_agreement_counts_for_both(cast: Cast, second: str, agrees: bool) -> None:
    dataset, review = compared(cast, second)
    assert (review.agrees, review.compared_with) == (agrees, Review.objects.get(task__round=1))
    path = f"/api/v1/reviewer-agreement/?dataset={dataset.id}"
    rows = client_of(cast.viewer).get(path).json()
    assert [(row["reviewer"], row["compared"], row["agreed"]) for row in rows] == [
        ("rita", 1, int(agrees)),
        ("rolf", 1, int(agrees)),
    ]
    assert client_of(cast.stranger).get(path).status_code == 404


def test_a_settled_disagreement_upholds_one_and_overrules_the_other(cast: Cast) -> None:
    dataset, review = compared(cast, "accept")
    row = Disagreement.objects.get()
    settled = client_of(cast.curator).post(
        f"/api/v1/disagreements/{row.id}/settle/", {"in_favour_of": str(review.id)}
    )
    assert settled.status_code == 200, settled.content
    weeks = {week.reviewer: (week.upheld, week.overruled) for week in agreement_of(dataset, weeks=1)}
    assert weeks == {"rita": (0, 1), "rolf": (1, 0)}


def test_weeks_are_apart_and_old_ones_drop_out(cast: Cast) -> None:
    dataset, review = compared(cast, "normal")
    Review.objects.filter(id=review.id).update(created_at=review.created_at - timedelta(weeks=3))
    (week, _) = agreement_of(dataset, weeks=4)
    assert week.week.weekday() == 0
    assert week.week <= (review.created_at - timedelta(weeks=3)).date()
    assert agreement_of(dataset, weeks=2) == []
