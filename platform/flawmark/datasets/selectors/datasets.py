"""Counts of a dataset's images, and what it still lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import django_filters as filters
from django.db.models import Count, Q, QuerySet

from flawmark.datasets.models import Dataset, Image, Label, Origin, Split

# Held-out normals that the default thresholds need: the smallest n with ⌈(n+1)(1−α)⌉ ≤ n.
NORMALS_FOR_T1, NORMALS_FOR_T2 = 19, 99


class DatasetFilter(filters.FilterSet):
    """Conditions on datasets; archived ones are left out unless asked for or named by id."""

    name = filters.CharFilter(lookup_expr="icontains")
    archived = filters.BooleanFilter(field_name="archived_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Dataset
        fields: list[str] = []


def image_counts(images: QuerySet[Image]) -> dict[str, Any]:
    """Count by label, split and origin; quarantined images are counted in each as well."""
    rows = (
        images.order_by()
        .values("label", "split", "origin")
        .annotate(images=Count("id"), quarantined=Count("id", filter=Q(quarantined_at__isnull=False)))
    )
    return _totals(dict(row) for row in rows)


def dataset_counts(dataset_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """`image_counts` of several datasets in one query."""
    rows = (
        Image.objects.filter(dataset_id__in=list(dataset_ids))
        .order_by()
        .values("dataset_id", "label", "split", "origin")
        .annotate(images=Count("id"), quarantined=Count("id", filter=Q(quarantined_at__isnull=False)))
    )
    grouped: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["dataset_id"], []).append(dict(row))
    return {dataset_id: _totals(group) for dataset_id, group in grouped.items()}


def no_counts() -> dict[str, Any]:
    return _totals([])


def _totals(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    counts: dict[str, Any] = {
        "total": 0,
        "quarantined": 0,
        "label": dict.fromkeys(Label.values, 0),
        "split": dict.fromkeys(Split.values, 0),
        "origin": dict.fromkeys(Origin.values, 0),
    }
    for row in rows:
        counts["total"] += row["images"]
        counts["quarantined"] += row["quarantined"]
        for name in ("label", "split", "origin"):
            counts[name][row[name]] += row["images"]
    return counts


def label_by_split(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Images that are not quarantined: `{split: {label: count}}`."""
    table = {split: dict.fromkeys(Label.values, 0) for split in Split.values}
    rows = (
        Image.objects.filter(dataset=dataset, quarantined_at__isnull=True)
        .order_by()
        .values("split", "label")
        .annotate(images=Count("id"))
    )
    for row in rows:
        table[row["split"]][row["label"]] = row["images"]
    return table


@dataclass(frozen=True)
class Lack:
    """Something a dataset lacks. `step` is where a person gets it: `import`, `label`, `split` or `review`."""

    code: str
    detail: str
    step: str
    blocks_training: bool = False


def dataset_lacks(table: dict[str, dict[str, int]], *, masks: int) -> list[Lack]:
    """What is missing, most urgent first; `table` as `label_by_split` gives it."""
    if not any(sum(labels.values()) for labels in table.values()):
        detail = "There are no images yet. Import some."
        return [Lack("no_images", detail, "import", blocks_training=True)]
    return [
        *_training_lacks(table),
        *_threshold_lacks(table[Split.VALIDATION][Label.NORMAL]),
        *_test_lacks(table[Split.TEST]),
        *_mask_lacks(table, masks),
    ]


def _training_lacks(table: dict[str, dict[str, int]]) -> list[Lack]:
    train = table[Split.TRAIN][Label.NORMAL]
    spare = table[Split.UNASSIGNED][Label.NORMAL]
    if train == 0 and spare:
        detail = f"No normal image is in the training split; {spare:,} are not assigned to any split."
        return [Lack("no_train_normals", detail, "split", blocks_training=True)]
    if train == 0:
        detail = "No image is labelled normal and in the training split: a detector learns from those."
        return [Lack("no_train_normals", detail, "label", blocks_training=True)]
    if train == 1:
        return [Lack("one_train_normal", "A single normal image trains a weak detector.", "label")]
    return []


def _threshold_lacks(normals: int) -> list[Lack]:
    if normals < NORMALS_FOR_T1:
        detail = f"{NORMALS_FOR_T1 - normals} more normal validation images are needed to set thresholds."
        return [Lack("few_validation_normals", detail, "split")]
    if normals < NORMALS_FOR_T2:
        detail = f"{NORMALS_FOR_T2 - normals} more normal validation images are needed for the fail band."
        return [Lack("few_validation_normals_fail", detail, "split")]
    return []


def _test_lacks(test: dict[str, int]) -> list[Lack]:
    lacks = []
    if test[Label.NORMAL] == 0:
        detail = "No normal image is in the test split, so models cannot be compared."
        lacks.append(Lack("no_test_normals", detail, "split"))
    if test[Label.DEFECTIVE] == 0:
        detail = "No defective image is in the test split, so models cannot be compared."
        lacks.append(Lack("no_test_defects", detail, "split"))
    return lacks


def _mask_lacks(table: dict[str, dict[str, int]], masks: int) -> list[Lack]:
    lacks = []
    defective = sum(labels[Label.DEFECTIVE] for labels in table.values())
    if defective and masks == 0:
        detail = "No defect has a mask yet, so where a model looks cannot be measured."
        lacks.append(Lack("no_masks", detail, "review"))
    waiting = sum(labels[Label.UNLABELLED] for labels in table.values())
    if waiting:
        lacks.append(Lack("unlabelled", f"{waiting:,} images wait for a label.", "review"))
    return lacks


def mask_count(dataset: Dataset) -> int:
    """How many images have a mask that is not empty."""
    revised = Image.objects.filter(dataset=dataset, current_revision__isnull=False)
    return revised.exclude(current_revision__layers=[]).count()
