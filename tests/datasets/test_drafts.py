"""Drafts: autosaved tile by tile, never overwritten by another tab."""

import base64
import uuid

import numpy as np
import pytest
from datasets_builders import HEIGHT_PX, make_image
from factories import Cast

from flawmark.core.errors import InvalidInput, LostRace
from flawmark.core.masks.tiles import TILE_PX, tile_from_base64, tile_pack
from flawmark.datasets.models import Dataset, Draft, Image
from flawmark.datasets.selectors.layers import LayerKey, layers_masks
from flawmark.datasets.services.drafts import (
    TileChange,
    draft_change,
    draft_discard,
    draft_open,
    draft_state,
)
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit

TASK = uuid.UUID(int=7)
IGNORE = LayerKey("ignore")


@pytest.fixture
def image(dataset: Dataset) -> Image:
    return make_image(dataset, 1)


def tile(value: int = 1) -> str:
    return base64.b64encode(tile_pack(np.full((TILE_PX, TILE_PX), value, np.uint8))).decode()


def paint(cast: Cast, image: Image, version: int | None, *changes: TileChange) -> Draft:
    return draft_change(
        task_id=TASK,
        reviewer=cast.reviewer,
        image=image,
        expected_version=version,
        changes=list(changes) or [TileChange(IGNORE, 0, 0, tile())],
    )


def test_an_unsaved_draft_starts_from_the_current_mask(cast: Cast, image: Image) -> None:
    assert (draft_open(task_id=TASK, reviewer=cast.reviewer, image=image).layers, Draft.objects.count()) == (
        [],
        0,
    )
    mask = np.eye(HEIGHT_PX, image.width_px, dtype=np.bool_)
    layers = layers_from_masks(image=image, masks={IGNORE: mask})
    revision = revision_submit(image=image, layers=layers, author=None, tool="import")
    draft = draft_open(task_id=TASK, reviewer=cast.reviewer, image=image)
    assert (draft.version, draft.base_revision, draft.layers) == (0, revision, layers)
    state = draft_state(draft, image)
    painted = tile_from_base64(state["layers"][0]["tiles"][0]["data"])
    assert np.array_equal(painted[:HEIGHT_PX, : image.width_px], mask)


def test_painting_counts_up_and_is_cut_at_the_edge(cast: Cast, dataset: Dataset, image: Image) -> None:
    defect = LayerKey("defect", dataset.defect_types.get().id)
    draft = paint(cast, image, 0, TileChange(IGNORE, 0, 0, tile()), TileChange(defect, 0, 0, tile()))
    assert draft.version == 1
    masks = layers_masks(
        team_id=cast.team.id, layers=draft.layers, height_px=image.height_px, width_px=image.width_px
    )
    assert masks[defect].all()
    assert (
        tile_from_base64(draft_state(draft, image)["layers"][0]["tiles"][0]["data"]).sum()
        == image.height_px * image.width_px
    )
    erased = paint(cast, image, 1, TileChange(defect, 0, 0, None), TileChange(IGNORE, 0, 0, tile(0)))
    assert (erased.version, erased.layers) == (2, [])


def test_a_second_tab_loses_the_race_and_sees_what_is_there(cast: Cast, image: Image) -> None:
    paint(cast, image, 0)
    for stale in (0, 5):
        with pytest.raises(LostRace) as lost:
            paint(cast, image, stale, TileChange(IGNORE, 0, 0, None))
        assert lost.value.current["version"] == 1
        assert len(lost.value.current["layers"]) == 1
    assert draft_open(task_id=TASK, reviewer=cast.reviewer, image=image).version == 1


def test_reviewers_have_drafts_of_their_own(cast: Cast, image: Image) -> None:
    paint(cast, image, 0)
    assert draft_open(task_id=TASK, reviewer=cast.second_reviewer, image=image).version == 0
    draft_discard(task_id=TASK, reviewer=cast.second_reviewer)
    assert Draft.objects.count() == 1
    draft_discard(task_id=TASK)
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        TileChange(IGNORE, 1, 0, tile()),
        TileChange(IGNORE, -1, 0, tile()),
        TileChange(IGNORE, 0, 0, "nonsense"),
        TileChange(IGNORE, 0, 0, tile(2)),
        TileChange(LayerKey("defect", uuid.UUID(int=1)), 0, 0, tile()),
        TileChange(LayerKey("defect"), 0, 0, tile()),
    ],
)
def test_bad_tiles_are_refused_and_nothing_is_saved(cast: Cast, image: Image, change: TileChange) -> None:
    with pytest.raises(InvalidInput):
        paint(cast, image, 0, TileChange(IGNORE, 0, 0, tile()), change)
    assert Draft.objects.count() == 0
