"""Drafts: what a reviewer has painted and not yet submitted, saved tile by tile."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from flawmark.accounts.models import User
from flawmark.core.errors import LostRace
from flawmark.core.masks.tiles import tile_clip, tile_from_base64
from flawmark.datasets.models import Draft, Image
from flawmark.datasets.selectors.layers import LayerKey, layers_with_data
from flawmark.datasets.services.layers import layer_keys_check, layers_index, layers_of, tile_store


@dataclass(frozen=True)
class TileChange:
    """A tile of a layer as it is now: base64 of its deflated 512×512 pixels, or None when it is empty."""

    layer: LayerKey
    row: int
    col: int
    data: str | None


def draft_open(*, task_id: UUID, reviewer: User, image: Image) -> Draft:
    """The reviewer's draft for this task; where nothing is saved yet, an unsaved one of version 0.

    An unsaved draft starts from the image's current mask revision.
    """
    saved = Draft.objects.filter(task_id=task_id, reviewer=reviewer).first()
    if saved is not None:
        return saved
    base = image.current_revision
    return Draft(
        task_id=task_id,
        reviewer=reviewer,
        image=image,
        base_revision=base,
        layers=base.layers if base else [],
        version=0,
    )


@transaction.atomic
def draft_change(
    *, task_id: UUID, reviewer: User, image: Image, expected_version: int | None, changes: list[TileChange]
) -> Draft:
    """Write changed tiles into the draft and count its version up.

    Raises:
        LostRace: the draft is not at `expected_version` any more (another tab painted); `current` carries
            the draft as it is. Nothing was overwritten.
        InvalidInput: a tile is damaged or outside the image, or a layer does not exist.
    """
    draft = _locked_draft(task_id, reviewer, image)
    if expected_version is not None and draft.version != expected_version:
        raise _lost(draft, image)
    layer_keys_check(dataset=image.dataset, keys={change.layer for change in changes})
    index = layers_index(draft.layers)
    for change in changes:
        tiles = index.setdefault(change.layer, {})
        sha256 = _stored(change, image)
        if sha256 is None:
            tiles.pop((change.row, change.col), None)
        else:
            tiles[change.row, change.col] = sha256
    draft.layers = layers_of(index)
    draft.version += 1
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:
        raise _lost(draft_open(task_id=task_id, reviewer=reviewer, image=image), image) from None
    return draft


def draft_discard(*, task_id: UUID, reviewer: User | None = None) -> None:
    """Forget the drafts of a task (of one reviewer, or all), once it is decided."""
    drafts = Draft.objects.filter(task_id=task_id)
    (drafts.filter(reviewer=reviewer) if reviewer else drafts).delete()


def draft_state(draft: Draft, image: Image) -> dict[str, Any]:
    """A draft as the browser reads it: `{"version", "layers"}` with the tiles' data."""
    team_id = image.dataset.team_id
    return {"version": draft.version, "layers": layers_with_data(team_id=team_id, layers=draft.layers)}


def _locked_draft(task_id: UUID, reviewer: User, image: Image) -> Draft:
    locked = Draft.objects.select_for_update().filter(task_id=task_id, reviewer=reviewer).first()
    return locked or draft_open(task_id=task_id, reviewer=reviewer, image=image)


def _stored(change: TileChange, image: Image) -> str | None:
    """Store the tile, cut at the image's edge; None when no pixel of it is set."""
    if change.data is None:
        return None
    key = (change.row, change.col)
    tile = tile_clip(tile_from_base64(change.data), key, image.height_px, image.width_px)
    return tile_store(team_id=image.dataset.team_id, tile=tile) if tile.any() else None


def _lost(draft: Draft, image: Image) -> LostRace:
    return LostRace(
        "This draft was changed elsewhere; nothing was overwritten.", current=draft_state(draft, image)
    )
