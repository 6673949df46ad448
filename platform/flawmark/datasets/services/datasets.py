"""Datasets and their defect types."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from flawmark.accounts.models import Team, User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict, InvalidInput
from flawmark.core.http.etag import lock_version
from flawmark.datasets.models import Dataset, DefectType

DEFAULT_DEFECT_TYPE = "defect"
COLOURS = ["#ff5a5f", "#ffb020", "#4dabf7", "#9775fa", "#38d9a9", "#f783ac", "#a9e34b", "#e8590c"]


@transaction.atomic
def dataset_create(
    *,
    team: Team,
    actor: User | None,
    name: str,
    description: str = "",
    licence: str = "",
    region_of_interest: dict[str, Any] | None = None,
) -> Dataset:
    """Create a dataset with one defect type. Raises Conflict when the team has one of this name."""
    region_check(region_of_interest)
    try:
        with transaction.atomic():
            dataset = Dataset.objects.create(
                team=team,
                name=name,
                description=description,
                licence=licence,
                region_of_interest=region_of_interest,
            )
    except IntegrityError as error:
        raise _name_taken() from error
    DefectType.objects.create(dataset=dataset, name=DEFAULT_DEFECT_TYPE, colour=COLOURS[0], hotkey="1")
    audit_record(
        team=team,
        actor=actor,
        action="dataset.create",
        object_type="dataset",
        object_id=dataset.id,
        detail={"name": name},
    )
    return dataset


@transaction.atomic
def dataset_update(
    *, dataset: Dataset, expected_version: int | None, changes: dict[str, Any], actor: User
) -> Dataset:
    """Change name, description, licence, region of interest, or `archived`."""
    locked = lock_version(Dataset.objects.filter(id=dataset.id), expected_version)
    changes = dict(changes)
    if "archived" in changes:
        locked.archived_at = (locked.archived_at or timezone.now()) if changes.pop("archived") else None
    region_check(changes.get("region_of_interest"))
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.version += 1
    try:
        with transaction.atomic():
            locked.save()
    except IntegrityError as error:
        raise _name_taken() from error
    audit_record(
        team=locked.team,
        actor=actor,
        action="dataset.change",
        object_type="dataset",
        object_id=locked.id,
        detail={**changes, "archived": locked.archived_at is not None},
    )
    return locked


def _name_taken() -> Conflict:
    return Conflict("Your team already has a dataset of this name.", code="name_taken", field="name")


def region_check(region: Any) -> None:
    """Raise InvalidInput unless it is None or `{"polygons": [[[x, y], …], …]}` in image pixels."""
    if region is None:
        return
    polygons = region.get("polygons") if isinstance(region, dict) else None
    if not isinstance(polygons, list) or not polygons or not all(map(_is_polygon, polygons)):
        raise InvalidInput(
            "A region of interest is {polygons: [[[x, y], …], …]} with at least three points each.",
            field="region_of_interest",
        )


def _is_polygon(points: Any) -> bool:
    return isinstance(points, list) and len(points) >= 3 and all(map(_is_point, points))


def _is_point(point: Any) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in point)
    )


@transaction.atomic
def defect_type_create(
    *, dataset: Dataset, actor: User | None, name: str, colour: str = "", hotkey: str = ""
) -> DefectType:
    """Add a kind of defect. Raises Conflict when the dataset has one of this name."""
    count = DefectType.objects.filter(dataset=dataset).count()
    colour = colour or COLOURS[count % len(COLOURS)]
    try:
        with transaction.atomic():
            defect_type = DefectType.objects.create(dataset=dataset, name=name, colour=colour, hotkey=hotkey)
    except IntegrityError as error:
        raise _type_taken() from error
    _record_type(defect_type, actor, "defect_type.create")
    return defect_type


def defect_type_named(*, dataset: Dataset, actor: User | None, name: str) -> DefectType:
    """Find a kind of defect by name, or add it."""
    named = DefectType.objects.filter(dataset=dataset, name=name[:60])
    try:
        return named.first() or defect_type_create(dataset=dataset, actor=actor, name=name[:60])
    except Conflict:
        return named.get()  # somebody else added it in the meantime


@transaction.atomic
def defect_type_update(
    *, defect_type: DefectType, expected_version: int | None, changes: dict[str, Any], actor: User
) -> DefectType:
    """Change name, colour or hotkey; masks keep pointing at it."""
    locked = lock_version(DefectType.objects.filter(id=defect_type.id), expected_version)
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.version += 1
    try:
        with transaction.atomic():
            locked.save()
    except IntegrityError as error:
        raise _type_taken() from error
    _record_type(locked, actor, "defect_type.change")
    return locked


def _type_taken() -> Conflict:
    return Conflict("This dataset already has a defect type of this name.", code="name_taken", field="name")


def _record_type(defect_type: DefectType, actor: User | None, action: str) -> None:
    audit_record(
        team=defect_type.dataset.team,
        actor=actor,
        action=action,
        object_type="dataset",
        object_id=defect_type.dataset_id,
        detail={"name": defect_type.name, "colour": defect_type.colour, "hotkey": defect_type.hotkey},
    )
