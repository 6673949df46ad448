"""The scorer's side of live learning: carry out one request about a model's bank."""

import time
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from detectors.errors import DetectorError
from flawmark.core.errors import InvalidInput
from flawmark.core.jobs import JobCancelled, JobPaused, JobRun
from flawmark.datasets.models import Image
from flawmark.inspections.models import BankRevision
from flawmark.inspections.services.bulk import scoring_request
from flawmark.inspections.services.live_journal import bank_writer
from flawmark.inspections.services.live_models import LIVE, LiveModel, images_followed
from flawmark.inspections.services.live_preview import preview_announce
from flawmark.inspections.services.live_teaching import Teacher
from flawmark.inspections.services.live_undoing import revision_undo
from flawmark.training.models import ModelVersion

# A prediction waits for at most one slice of the work of following images, or for one change of the bank.
SLICE_S = 0.5


def live_execute(run: JobRun) -> dict[str, Any]:
    """The work of an `inspections.live_update` job; repeated after a crash, it finds what is done already.

    Raises:
        JobPaused: there is more to do, after the predictions that wait.
        JobCancelled: the model is gone, with its dataset.
        InvalidInput: the bank cannot take the change, such as a removal that would leave it empty.
    """
    models = ModelVersion.objects.select_related("dataset__team", "artifact", "dataset_version")
    model = models.filter(id=run.payload["model_version"]).first()
    if model is None:
        raise JobCancelled
    try:
        with bank_writer(model):
            _change(run, LIVE.get(model))
    except DetectorError as error:
        raise InvalidInput(str(error), code="live_update_refused") from error
    except (IntegrityError, ModelVersion.DoesNotExist) as error:
        LIVE.forget(model.id)
        if models.filter(id=model.id).exists():
            raise
        raise JobCancelled from error  # deleted while the change was worked out
    scoring_request(model_version=model)
    return _said(model, run)


def _change(run: JobRun, live: LiveModel) -> None:
    until = time.monotonic() + SLICE_S
    image = _image_of(live, run.payload)
    if image is not None and run.job.attempt == 1:
        preview_announce(live, image)
    followed = images_followed(live.model)
    left = live.follow(followed, until=until)
    if left:
        count = followed.count()
        run.progress((count - left) / count, f"Following {count - left} of {count} images")
        raise JobPaused
    if run.payload["action"] == "undo":
        is_done = revision_undo(live, UUID(run.payload["revision"]), _author(run), str(run.job.id))
    elif image is not None:
        teacher = Teacher(live, image, _author(run), str(run.job.id))
        is_done = teacher.step(guarded=run.payload["action"] != "approve")
    else:
        is_done = True
    live.checkpoint()
    if not is_done:
        raise JobPaused


def _image_of(live: LiveModel, payload: dict[str, Any]) -> Image | None:
    """The image that a request is about, of this model's dataset; None for an undo, or when it is gone."""
    images = Image.objects.select_related("blob", "dataset", "current_revision")
    if payload["action"] == "undo":
        return None
    return images.filter(id=payload["image"], dataset_id=live.model.dataset_id).first()


def _author(run: JobRun) -> UUID | None:
    return UUID(run.payload["author"]) if run.payload.get("author") else None


def _said(model: ModelVersion, run: JobRun) -> dict[str, Any]:
    """What this job did, in however many slices."""
    revisions = BankRevision.objects.filter(model_version=model, summary__job=str(run.job.id))
    visible = [row.summary for row in revisions if row.visible_at is not None]
    return {
        "bank_revisions": [str(revision.id) for revision in revisions.order_by("sequence")],
        "held": any(revision.visible_at is None for revision in revisions),
        "images_changed": max((summary["images_changed"] for summary in visible), default=0),
        "left_review": sum(summary["left_review"] for summary in visible),
    }
