"""The model registry: who serves, who served before, and how a change of champion is undone."""

from django.db import transaction
from django.db.models import Max

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict
from flawmark.core.events import publish
from flawmark.core.http.etag import lock_version
from flawmark.datasets.models import Dataset
from flawmark.training.models import ModelVersion, Promotion, Stage
from flawmark.training.selectors import champion_of
from flawmark.training.signals import champion_changed


def next_model_number(dataset: Dataset) -> int:
    """The number of the dataset's next model. Call it with the dataset's row locked."""
    return (ModelVersion.objects.filter(dataset=dataset).aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def model_promote(
    *,
    model_version: ModelVersion,
    actor: User | None,
    reason: str = "",
    expected_version: int | None = None,
) -> Promotion:
    """Make a model its dataset's champion; the present one retires and can be rolled back to.

    Raises:
        LostRace: somebody changed the model in the meantime.
        Conflict: it is the champion already.
    """
    dataset = Dataset.objects.select_for_update().select_related("team").get(id=model_version.dataset_id)
    model = lock_version(ModelVersion.objects.filter(id=model_version.id), expected_version)
    if model.stage == Stage.CHAMPION:
        raise Conflict("This model is the champion already.", code="already_champion")
    previous = champion_of(dataset)
    return _enthrone(dataset, model, previous, actor, reason)


@transaction.atomic
def model_rollback(
    *, model_version: ModelVersion, actor: User, reason: str = "", expected_version: int | None = None
) -> Promotion:
    """Give the champion's place back to the model that served before it.

    Raises:
        Conflict: the model is not the champion, or there was none before it.
    """
    dataset = Dataset.objects.select_for_update().select_related("team").get(id=model_version.dataset_id)
    model = lock_version(ModelVersion.objects.filter(id=model_version.id), expected_version)
    if model.stage != Stage.CHAMPION:
        raise Conflict("Only the champion can be rolled back.", code="not_champion")
    promotion = Promotion.objects.filter(model_version=model).order_by("-created_at", "-id").first()
    if promotion is None or promotion.previous is None:
        raise Conflict("No model served before this one.", code="no_previous")
    return _enthrone(dataset, promotion.previous, model, actor, reason or f"Roll back model {model.number}")


def _enthrone(
    dataset: Dataset, model: ModelVersion, previous: ModelVersion | None, actor: User | None, reason: str
) -> Promotion:
    if previous is not None:
        _stage_set(previous, Stage.RETIRED)
    _stage_set(model, Stage.CHAMPION)
    promotion = Promotion.objects.create(
        dataset=dataset, model_version=model, previous=previous, author=actor, reason=reason
    )
    audit_record(
        team=dataset.team,
        actor=actor,
        action="model.promote",
        object_type="model_version",
        object_id=model.id,
        detail={"number": model.number, "previous": previous and previous.number, "reason": reason},
    )
    publish(
        team_id=dataset.team_id,
        event="training",
        data={"kind": "champion", "dataset": dataset.id, "model_version": model.id},
    )
    transaction.on_commit(
        lambda: champion_changed.send(sender=ModelVersion, dataset=dataset, model_version=model)
    )
    return promotion


def _stage_set(model: ModelVersion, stage: Stage) -> None:
    model.stage = stage
    model.version += 1
    model.save(update_fields=["stage", "version", "updated_at"])
