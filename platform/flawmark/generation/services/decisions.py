"""What people decide about candidates: approved ones join the training pool, and can leave it again."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.blobs import blob_bytes
from flawmark.core.errors import Conflict, FlawmarkError
from flawmark.core.http.etag import lock_version
from flawmark.datasets.models import BulkChange, Image, Label, Origin, Split
from flawmark.datasets.services.bulk import images_change
from flawmark.datasets.services.images import image_add, images_announce
from flawmark.datasets.services.labels import ImageChanges, image_update
from flawmark.generation.models import CandidateNormal, CandidateState, GenerationRun
from flawmark.generation.selectors import Judge, judges_of, pooled_images
from flawmark.generation.services.runs import generation_record

REMOVED = "Removed with its generation run"
REJECTED = "Its candidate was rejected"


@transaction.atomic
def candidate_approve(
    *, candidate: CandidateNormal, actor: User, expected_version: int | None, confirm: bool = False
) -> CandidateNormal:
    """Let a candidate join the pool: normal, in the training split, marked as generated.

    Raises:
        Conflict: it is in the pool already (`already_approved`), the dataset has exactly this picture
            (`already_there`), or its score says defect and nobody said `confirm` (`looks_defective`).
        LostRace: somebody else decided in the meantime.
    """
    locked = _locked(candidate)
    if _is_pooled(locked):
        raise Conflict("This candidate was approved already and is in the pool.", code="already_approved")
    lock_version(CandidateNormal.objects.filter(id=locked.id), expected_version)
    _check_score(locked, judges_of([locked.run]).get(locked.run_id), confirm)
    if locked.image is None:
        locked.image = _image_of(locked, actor)
    else:
        changes = ImageChanges(quarantined=False)
        image_update(image=locked.image, expected_version=None, changes=changes, actor=actor)
    return _decide(locked, CandidateState.APPROVED, actor)


@transaction.atomic
def candidate_reject(
    *, candidate: CandidateNormal, actor: User, expected_version: int | None
) -> CandidateNormal:
    """Keep a candidate out of the pool; one that is in it leaves it.

    Raises:
        Conflict: it was rejected already (`already_rejected`).
        LostRace: somebody else decided in the meantime.
    """
    locked = _locked(candidate)
    if locked.state == CandidateState.REJECTED:
        raise Conflict("This candidate was rejected already.", code="already_rejected")
    lock_version(CandidateNormal.objects.filter(id=locked.id), expected_version)
    if locked.image is not None and _is_pooled(locked):
        changes = ImageChanges(quarantined=True, quarantine_reason=REJECTED)
        image_update(image=locked.image, expected_version=None, changes=changes, actor=actor)
    return _decide(locked, CandidateState.REJECTED, actor)


@dataclass(frozen=True)
class Approvals:
    """What became of a run's waiting candidates."""

    approved: list[UUID]
    flagged: int
    refused: int


@transaction.atomic
def candidates_approve_unflagged(*, run: GenerationRun, actor: User) -> Approvals:
    """Approve every waiting candidate that is neither a copy nor looks like a defect; others stay waiting."""
    judge = judges_of([run]).get(run.id)
    waiting = CandidateNormal.objects.filter(run=run, state=CandidateState.WAITING).order_by("position")
    clear = [one for one in waiting if not one.is_copy and not _looks_defective(one, judge)]
    approved, refused = [], 0
    for candidate in clear:
        try:
            with transaction.atomic():
                candidate_approve(candidate=candidate, actor=actor, expected_version=None)
            approved.append(candidate.id)
        except FlawmarkError:
            refused += 1
    return Approvals(approved, len(waiting) - len(clear), refused)


@transaction.atomic
def generated_remove(*, run: GenerationRun, actor: User) -> tuple[BulkChange, int]:
    """Take all generated images of a run out of the pool, in one step that can be undone in one step.

    They go to quarantine, since dataset versions still name them. Raises Conflict when none is in the pool.
    """
    images = pooled_images(run)
    if not images.exists():
        raise Conflict("No generated image of this run is in the pool.", code="nothing_to_remove")
    changes = ImageChanges(quarantined=True, quarantine_reason=REMOVED)
    bulk, outcomes = images_change(
        dataset=run.dataset,
        images=Image.objects.filter(id__in=images.values("id")),
        changes=changes,
        actor=actor,
    )
    removed = sum(outcome.outcome == "changed" for outcome in outcomes)
    generation_record(run, actor, "remove", {"images": removed, "bulk_change": str(bulk.id)})
    return bulk, removed


def _locked(candidate: CandidateNormal) -> CandidateNormal:
    rows = CandidateNormal.objects.select_for_update(of=("self",))
    return rows.select_related("run__dataset__team", "run__judged_by", "picture", "image").get(
        id=candidate.id
    )


def _is_pooled(candidate: CandidateNormal) -> bool:
    return candidate.image is not None and candidate.image.quarantined_at is None


def _looks_defective(candidate: CandidateNormal, judge: Judge | None) -> bool:
    return judge is not None and judge.finds_defect(candidate.image_score)


def _check_score(candidate: CandidateNormal, judge: Judge | None, confirm: bool) -> None:
    if judge is None or confirm or not judge.finds_defect(candidate.image_score):
        return
    raise Conflict(
        f"Model {judge.model_version.number} scores this picture {candidate.image_score:.3g}, and normal "
        f"ones lie below {judge.limit:.3g}: it may show a defect. Confirm to approve it all the same.",
        code="looks_defective",
        field="confirm",
    )


def _image_of(candidate: CandidateNormal, actor: User) -> Image:
    dataset = candidate.run.dataset
    image, created = image_add(
        dataset=dataset,
        content=blob_bytes(candidate.picture),
        filename=f"generated-{str(candidate.run_id)[-6:]}-{candidate.position + 1:03}.png",
        label=Label.NORMAL,
        split=Split.TRAIN,
        origin=Origin.GENERATED,
    )
    if not created:
        raise Conflict(
            f"The dataset has exactly this picture already ({image.filename}): a copy adds nothing.",
            code="already_there",
        )
    image.labelled_by, image.labelled_at = actor, timezone.now()
    image.save(update_fields=["labelled_by", "labelled_at", "updated_at"])
    images_announce(dataset=dataset, image_ids=[image.id])
    return image


def _decide(candidate: CandidateNormal, state: CandidateState, actor: User) -> CandidateNormal:
    candidate.state, candidate.version = state, candidate.version + 1
    candidate.decided_by, candidate.decided_at = actor, timezone.now()
    candidate.save(update_fields=["state", "version", "image", "decided_by", "decided_at", "updated_at"])
    audit_record(
        team=candidate.run.dataset.team,
        actor=actor,
        action=f"candidate.{state}",
        object_type="candidate",
        object_id=candidate.id,
        detail={
            "run": str(candidate.run_id),
            "image": candidate.image_id and str(candidate.image_id),
            "image_score": candidate.image_score,
            "is_copy": candidate.is_copy,
        },
    )
    return candidate
