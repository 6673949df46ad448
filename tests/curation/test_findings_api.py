"""The endpoints of reports, findings and actions, with the whole cast."""

import pytest
from curation_builders import add_part, encoded, make_health, part
from factories import Cast, client_of, make_cast
from training_builders import make_dataset

from flawmark.accounts.models import AuditEntry
from flawmark.core.models import Job
from flawmark.curation.models import Finding, FindingKind, PoolHealthReport
from flawmark.datasets.models import Image, Label, Split
from flawmark.reviews.models import ReviewTask, TaskReason, TaskState
from flawmark.reviews.services.requests import review_request

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/pool-health/"


def with_copies() -> tuple[Cast, PoolHealthReport, Finding]:
    """A pool in which three pictures are one."""
    cast = make_cast()
    dataset = make_dataset(cast)
    for seed in range(6):
        add_part(dataset, encoded(part(seed)), f"{seed}.png")
    for level in (0, 1):
        add_part(dataset, encoded(part(2), compress_level=level), f"2-copy-{level}.png")
    report = make_health(dataset, cast)
    return cast, report, report.findings.get(kind=FindingKind.NEAR_DUPLICATES)


def act_url(finding: Finding) -> str:
    return f"/api/v1/findings/{finding.id}/act/"


def in_quarantine() -> set[str]:
    return set(Image.objects.filter(quarantined_at__isnull=False).values_list("filename", flat=True))


def test_a_report_is_asked_for_once_and_read_by_the_team_alone() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    body = {"dataset": str(dataset.id)}
    assert client_of(cast.reviewer).post(URL, body, format="json").status_code == 403
    assert client_of(cast.stranger).post(URL, body, format="json").status_code == 404
    made = client_of(cast.curator).post(URL, body, format="json")
    assert made.status_code == 201 and made.json()["job"]["state"] == "queued"
    again = client_of(cast.owner).post(URL, body, format="json")
    assert again.status_code == 409 and again.json()["code"] == "health_running"
    one = f"{URL}{made.json()['id']}/"
    assert client_of(cast.viewer).get(one).json()["findings_by_kind"] == {}
    assert client_of(cast.viewer).get(f"{one}map/").json()["ids"] == []
    for path in (one, f"{one}map/"):
        assert client_of(cast.stranger).get(path).status_code == 404
    assert client_of(cast.stranger).get(URL).json()["results"] == []


def test_findings_come_with_pictures_and_stay_within_the_team() -> None:
    cast, report, finding = with_copies()
    listed = client_of(cast.viewer).get(f"/api/v1/findings/?report={report.id}&kind=near_duplicates").json()
    (row,) = listed["results"]
    assert row["image_count"] == 3 and row["figures"]["exact"] is True
    assert {picture["filename"] for picture in row["pictures"]} == {"2.png", "2-copy-0.png", "2-copy-1.png"}
    pages = client_of(cast.viewer).get(f"/api/v1/findings/{finding.id}/images/?page_size=2").json()
    assert [picture["rank"] for picture in pages["results"]] == [0, 1] and pages["next"]
    stranger = client_of(cast.stranger)
    assert stranger.get("/api/v1/findings/").json()["results"] == []
    assert stranger.get(f"/api/v1/findings/{finding.id}/images/").status_code == 404
    assert stranger.post(act_url(finding), {"action": "quarantine"}, format="json").status_code == 404


def test_a_merge_keeps_one_and_is_undone() -> None:
    cast, _, finding = with_copies()
    keep = Image.objects.get(filename="2-copy-1.png")
    curator = client_of(cast.curator)
    body = {"action": "merge", "keep": str(keep.id)}
    done = curator.post(act_url(finding), body, format="json", headers={"Idempotency-Key": "m"})
    assert done.status_code == 201 and done.json()["changed"] == 2
    assert (
        curator.post(act_url(finding), body, format="json", headers={"Idempotency-Key": "m"}).json()
        == done.json()
    )
    assert in_quarantine() == {"2.png", "2-copy-0.png"}
    assert Image.objects.get(filename="2.png").quarantine_reason == "Near-duplicate of 2-copy-1.png"
    undo = f"/api/v1/finding-actions/{done.json()['id']}/undo/"
    assert client_of(cast.stranger).post(undo).status_code == 404
    assert client_of(cast.reviewer).post(undo).status_code == 403
    assert curator.post(undo).status_code == 200
    assert curator.post(undo).json()["code"] == "already_undone"
    assert in_quarantine() == set()
    trail = AuditEntry.objects.filter(object_type="finding").order_by("id")
    assert [entry.action for entry in trail] == ["finding.act", "finding.undo"]


def test_one_image_is_relabelled_or_put_into_quarantine() -> None:
    cast, _, finding = with_copies()
    one = Image.objects.get(filename="2.png")
    curator = client_of(cast.curator)
    relabel = {"action": "relabel", "label": "defective", "images": [str(one.id)]}
    done = curator.post(act_url(finding), relabel, format="json").json()
    one.refresh_from_db()
    assert (done["changed"], one.label) == (1, Label.DEFECTIVE)
    curator.post(f"/api/v1/finding-actions/{done['id']}/undo/")
    one.refresh_from_db()
    assert (one.label, one.split) == (Label.NORMAL, Split.TRAIN)
    curator.post(act_url(finding), {"action": "quarantine", "images": [str(one.id)]}, format="json")
    assert in_quarantine() == {"2.png"}


def test_an_undo_leaves_what_somebody_changed_since() -> None:
    cast, _, finding = with_copies()
    curator = client_of(cast.curator)
    done = curator.post(act_url(finding), {"action": "quarantine"}, format="json").json()
    Image.objects.filter(filename="2.png").update(version=9)
    curator.post(f"/api/v1/finding-actions/{done['id']}/undo/")
    assert in_quarantine() == {"2.png"}


def test_review_is_asked_for_and_taken_back() -> None:
    cast, report, finding = with_copies()
    waits = Image.objects.get(filename="2.png")
    (task,) = review_request(dataset=report.dataset, image_ids=[waits.id], actor=cast.curator)
    ReviewTask.objects.filter(id=task.id).update(reason=TaskReason.SUSPECT, priority=0.25)
    curator = client_of(cast.curator)
    done = curator.post(act_url(finding), {"action": "review"}, format="json").json()
    requested = ReviewTask.objects.filter(reason=TaskReason.REQUESTED, state=TaskState.OPEN)
    assert (done["changed"], requested.count()) == (3, 3)
    curator.post(f"/api/v1/finding-actions/{done['id']}/undo/")
    (left,) = ReviewTask.objects.filter(state=TaskState.OPEN)
    assert (left.id, left.reason, left.priority) == (task.id, TaskReason.SUSPECT, 0.25)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "explode"}, "action"),
        ({"action": "relabel"}, "label"),
        ({"action": "quarantine", "images": ["00000000-0000-7000-8000-000000000000"]}, "images"),
    ],
)
def test_bad_actions_are_refused(body: dict[str, object], field: str) -> None:
    cast, _, finding = with_copies()
    answer = client_of(cast.curator).post(act_url(finding), body, format="json")
    assert answer.status_code == 400 and answer.json()["field"] == field
    assert in_quarantine() == set()


def test_only_duplicates_are_merged() -> None:
    cast, report, _ = with_copies()
    other = report.findings.get(kind=FindingKind.SUSPECTED_MISLABEL)
    answer = client_of(cast.curator).post(act_url(other), {"action": "merge"}, format="json")
    assert answer.status_code == 400 and answer.json()["field"] == "action"


def test_a_cancelled_job_leaves_an_empty_report_and_another_may_be_made() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    curator = client_of(cast.curator)
    made = curator.post(URL, {"dataset": str(dataset.id)}, format="json").json()
    curator.post(f"/api/v1/jobs/{made['job']['id']}/cancel/")
    assert Job.objects.get(id=made["job"]["id"]).state == "cancelled"
    assert curator.post(URL, {"dataset": str(dataset.id)}, format="json").status_code == 201
