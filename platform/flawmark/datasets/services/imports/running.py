"""The work of an import: file by file, each with its line, so that it can stop and go on at any point."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from detectors.errors import InputError
from detectors.images import read_mask
from flawmark.core.errors import InvalidInput
from flawmark.core.jobs import JobCancelled
from flawmark.datasets.models import Image, Import, ImportItem, ItemOutcome, Label, LayerKind, Origin, Split
from flawmark.datasets.selectors.imports import outcome_counts
from flawmark.datasets.selectors.layers import LayerKey
from flawmark.datasets.services.datasets import defect_type_named
from flawmark.datasets.services.images import CaptureFields, capture_add, image_add, images_announce
from flawmark.datasets.services.imports.entries import Refused, Source
from flawmark.datasets.services.imports.layout import SIDECAR, Plan, PlannedFile, Role, plan_delivery
from flawmark.datasets.services.imports.requests import uploads_discard
from flawmark.datasets.services.imports.sidecar import SidecarImage, sidecar_read, table_read
from flawmark.datasets.services.imports.sources import source_open
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit

Progress = Callable[[float, str], None]
PATH_CHARS, REASON_CHARS = 1000, 300


def import_run(*, delivery: Import, progress: Progress) -> dict[str, int]:
    """Import everything that is good, and write down why the rest was refused.

    Files that already have a line are skipped, so a second call goes on where the first one stopped.

    Args:
        delivery: what was sent.
        progress: called with a fraction and a sentence; may raise to stop.

    Returns:
        How many files were `imported`, `duplicate` and `refused`.

    Raises:
        InvalidInput: nothing of the delivery can be read, or it is several datasets in one.
    """
    try:
        with source_open(delivery) as source:
            _ImportRun(delivery, source, progress).run()
    except JobCancelled:
        _finish(delivery)
        raise
    _finish(delivery)
    return outcome_counts(delivery)


def _finish(delivery: Import) -> None:
    """Announce what came in, once, and forget the uploads."""
    images = delivery.items.filter(outcome=ItemOutcome.IMPORTED, is_mask=False, image__isnull=False)
    with transaction.atomic():
        images_announce(
            dataset=delivery.dataset, image_ids=list(images.order_by("id").values_list("image_id", flat=True))
        )
        uploads_discard(delivery)


class _ImportRun:
    """One pass over a delivery."""

    def __init__(self, delivery: Import, source: Source, progress: Progress) -> None:
        self._delivery, self._source, self._progress = delivery, source, progress
        self._dataset = delivery.dataset
        self._defaults: dict[str, Any] = delivery.defaults
        self._plan = Plan([], None)
        self._sidecar: dict[str, SidecarImage] = {}

    def run(self) -> None:
        entries = self._source.entries()
        done = set(self._delivery.items.values_list("path", flat=True))
        for entry in entries:
            if entry.refusal and _stored_path(entry.path) not in done:
                self._write(entry.path, ItemOutcome.REFUSED, entry.refusal)
        self._plan = plan_delivery(entry.path for entry in entries if not entry.refusal)
        self._read_sidecar()
        files = self._plan.files
        for index, file in enumerate(files):
            if _stored_path(file.path) not in done:
                self._take(file)
            self._progress((index + 1) / len(files), f"{index + 1:,} of {len(files):,} files")

    def _read_sidecar(self) -> None:
        """Read the sidecar on every pass: the images after it are labelled by it."""
        path = self._plan.sidecar_path
        if path is None:
            return
        try:
            read = sidecar_read if path.endswith(SIDECAR) else table_read
            self._sidecar = read(self._source.read(path))
        except (Refused, InvalidInput) as error:
            self._write(path, ItemOutcome.REFUSED, str(error))

    def _take(self, file: PlannedFile) -> None:
        try:
            with transaction.atomic():
                self._take_mask(file) if file.role == Role.MASK else self._take_image(file)
        except (Refused, InvalidInput) as error:
            self._write(file.path, ItemOutcome.REFUSED, str(error), is_mask=file.role == Role.MASK)

    def _take_image(self, file: PlannedFile) -> None:
        said = self._sidecar.get(self._plan.place_of(file))
        captures = (said.captures if said else []) or [self._capture()]
        image, created = image_add(
            dataset=self._dataset,
            content=self._source.read(file.path),
            filename=file.path.rpartition("/")[2],
            label=(said and said.label) or file.label or self._defaults.get("label") or Label.UNLABELLED,
            split=(said and said.split) or file.split or self._defaults.get("split") or Split.UNASSIGNED,
            origin=said.origin if said else Origin.CAPTURED,
            capture=captures[0],
        )
        if not created:
            reason = f"The dataset already has this picture, as {image.filename}."
            self._write(file.path, ItemOutcome.DUPLICATE, reason, image)
            return
        for capture in captures[1:]:
            capture_add(image=image, capture=capture)
        if said and said.layers:
            self._submit(image, said.masks())
        if file.defect_type and not (said and said.layers):
            defect_type_named(dataset=self._dataset, actor=self._delivery.created_by, name=file.defect_type)
        self._write(file.path, ItemOutcome.IMPORTED, "", image)

    def _take_mask(self, file: PlannedFile) -> None:
        item = self._delivery.items.filter(path=_stored_path(file.image_path or "")).first()
        if item is None or item.image is None:
            raise Refused("No image belongs to this mask.")
        if item.image.current_revision_id is not None:
            self._write(file.path, ItemOutcome.DUPLICATE, "The image already has a mask.", item.image, True)
            return
        try:
            mask = read_mask(self._source.read(file.path), name=file.path.rpartition("/")[2])
        except InputError as error:
            raise Refused(str(error)) from error
        self._submit(item.image, {(LayerKind.DEFECT, file.defect_type): mask})
        self._write(file.path, ItemOutcome.IMPORTED, "", item.image, True)

    def _submit(self, image: Image, masks: dict[tuple[str, str | None], Any]) -> None:
        author = self._delivery.created_by
        keyed = {}
        for (kind, name), mask in masks.items():
            found = name and defect_type_named(dataset=self._dataset, actor=author, name=name)
            keyed[LayerKey(kind, found.id if found else None)] = mask
        layers = layers_from_masks(image=image, masks=keyed)
        revision_submit(image=image, layers=layers, author=author, tool="import")

    def _capture(self) -> CaptureFields:
        given = self._defaults
        metadata = dict(given.get("metadata") or {})
        if given.get("lot"):
            metadata["lot"] = given["lot"]
        captured_at = given.get("captured_at")
        return CaptureFields(
            part=given.get("part", ""),
            station=given.get("station", ""),
            view=given.get("view", ""),
            captured_at=datetime.fromisoformat(captured_at) if captured_at else None,
            metadata=metadata,
        )

    def _write(
        self, path: str, outcome: str, reason: str, image: Image | None = None, is_mask: bool = False
    ) -> None:
        ImportItem.objects.get_or_create(
            parent=self._delivery,
            path=_stored_path(path),
            defaults={
                "outcome": outcome,
                "reason": _storable(reason)[:REASON_CHARS],
                "image": image,
                "is_mask": is_mask,
            },
        )


def _stored_path(path: str) -> str:
    return _storable(path)[-PATH_CHARS:]


def _storable(text: str) -> str:
    """Names from file systems and archives may hold what PostgreSQL cannot: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
