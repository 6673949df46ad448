"""What a curator decides about a bank's changes: take one back, let a held one through, or drop it."""

from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict
from flawmark.core.models import Job
from flawmark.inspections.models import BankRevision
from flawmark.inspections.services.live import live_job_create


@transaction.atomic
def bank_revision_undo(*, revision: BankRevision, actor: User) -> Job:
    """Ask the scorer to take a visible change back.

    Raises:
        Conflict: the change is not visible, or was taken back already.
    """
    if revision.visible_at is None:
        raise Conflict("This change never became visible, so there is nothing to undo.", code="not_visible")
    later = BankRevision.objects.filter(model_version=revision.model_version, visible_at__isnull=False)
    if later.filter(summary__undoes=revision.sequence).exists():
        raise Conflict("This change was taken back already.", code="already_undone")
    _record(revision, actor, "undo")
    return _job(revision, actor, "undo", f"take back change {revision.sequence}")


@transaction.atomic
def bank_revision_approve(*, revision: BankRevision, actor: User) -> Job:
    """Ask the scorer to carry a held change out although a confirmed defect drops a band.

    It is worked out anew, since the bank may have changed meanwhile, and becomes a revision of its own.
    """
    _decide(revision, actor, "approved")
    return _job(revision, actor, "approve", f"held change {revision.sequence} was approved")


@transaction.atomic
def bank_revision_discard(*, revision: BankRevision, actor: User) -> BankRevision:
    """Drop a held change: the bank stays as it is."""
    _decide(revision, actor, "discarded")
    return revision


def _decide(revision: BankRevision, actor: User, decision: str) -> None:
    """Whoever decides first decides; `Conflict` for everybody after."""
    summary = revision.summary | {"decision": decision, "decided_by": actor.username}
    if not BankRevision.objects.filter(id=revision.id, held=True).update(held=False, summary=summary):
        raise Conflict("This change is not held (any more).", code="not_held")
    revision.refresh_from_db()
    _record(revision, actor, decision)


def _job(revision: BankRevision, actor: User, action: str, title: str) -> Job:
    return live_job_create(
        model_version=revision.model_version,
        title=title,
        payload={
            "action": action,
            "revision": str(revision.id),
            "image": str(revision.source_image_id) if revision.source_image_id else None,
            "author": str(actor.id),
        },
    )


def _record(revision: BankRevision, actor: User, what: str) -> None:
    audit_record(
        team=revision.model_version.dataset.team,
        actor=actor,
        action=f"bank_revision.{what}",
        object_type="bank_revision",
        object_id=revision.id,
        detail={"model_version": str(revision.model_version_id), "sequence": revision.sequence},
    )
