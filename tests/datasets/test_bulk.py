"""One change of many images, and its undo."""

from typing import Any

import numpy as np
import pytest
from datasets_builders import make_dataset, make_image
from factories import Cast, client_of

from flawmark.datasets.models import Dataset, Image
from flawmark.datasets.selectors.layers import LayerKey
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit

URL = "/api/v1/images/bulk/"


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return [
        make_image(dataset, 1),
        make_image(dataset, 2, label="normal"),
        make_image(dataset, 3, label="defective", split="test"),
    ]


def change(cast: Cast, dataset: Dataset, changes: dict[str, Any], **selection: Any) -> Any:
    body = {"dataset": str(dataset.id), "changes": changes, **selection}
    answer = client_of(cast.curator).post(URL, body)
    assert answer.status_code == 200, answer.data
    return answer.data


def state_of(images: list[Image]) -> list[tuple[str, str, bool]]:
    found = Image.objects.in_bulk([image.id for image in images])
    rows = [found[image.id] for image in images]
    return [(row.label, row.split, row.quarantined_at is not None) for row in rows]


def test_every_image_gets_an_outcome(cast: Cast, dataset: Dataset, images: list[Image]) -> None:
    ids = [str(image.id) for image in images]
    answer = change(cast, dataset, {"label": "normal", "split": "train"}, ids=ids)
    assert [row["outcome"] for row in answer["outcomes"]] == ["changed", "changed", "refused"]
    assert answer["outcomes"][2]["reason"].startswith("This is a test image")
    assert state_of(images) == [
        ("normal", "train", False),
        ("normal", "train", False),
        ("defective", "test", False),
    ]
    again = change(cast, dataset, {"label": "normal"}, ids=ids[:2])
    assert again["unchanged"] == 2


def test_undo_brings_back_what_was(cast: Cast, dataset: Dataset, images: list[Image]) -> None:
    before = state_of(images)
    answer = change(cast, dataset, {"label": "defective", "quarantined": True}, filter={})
    assert all(quarantined for _, _, quarantined in state_of(images))
    undone = client_of(cast.curator).post(f"{URL}{answer['undo_id']}/undo/")
    assert undone.data["changed"] == 3
    assert state_of(images) == before
    again = client_of(cast.curator).post(f"{URL}{answer['undo_id']}/undo/")
    assert (again.status_code, again.data["code"]) == (409, "already_undone")


def test_undo_leaves_what_was_changed_since(cast: Cast, dataset: Dataset, images: list[Image]) -> None:
    answer = change(cast, dataset, {"quarantined": True}, filter={})
    url = f"/api/v1/images/{images[0].id}/"
    client_of(cast.owner).patch(url, {"label": "defective"}, HTTP_IF_MATCH="*")
    undone = client_of(cast.curator).post(f"{URL}{answer['undo_id']}/undo/").data
    assert (undone["changed"], undone["refused"]) == (2, 1)
    assert state_of(images)[0] == ("defective", "unassigned", True)


def test_a_filter_selects_like_the_list_does(cast: Cast, dataset: Dataset, images: list[Image]) -> None:
    answer = change(cast, dataset, {"split": "validation"}, filter={"label": ["normal"], "filename": "002"})
    assert [row["id"] for row in answer["outcomes"]] == [str(images[1].id)]


def test_images_of_other_datasets_and_teams_are_not_touched(cast: Cast, dataset: Dataset) -> None:
    other = make_image(make_dataset(cast.team, "Nuts"), 1)
    foreign_dataset = make_dataset(cast.other_team)
    foreign = make_image(foreign_dataset, 1)
    answer = change(cast, dataset, {"label": "normal"}, ids=[str(other.id), str(foreign.id)])
    assert answer["outcomes"] == []
    assert [row[0] for row in state_of([other, foreign])] == ["unlabelled", "unlabelled"]
    body = {"dataset": str(foreign_dataset.id), "filter": {}, "changes": {"label": "normal"}}
    assert client_of(cast.curator).post(URL, body).status_code == 404
    mine = change(cast, dataset, {"label": "normal"}, filter={})
    assert client_of(cast.stranger).post(f"{URL}{mine['undo_id']}/undo/").status_code == 404


def test_by_lot_keeps_lots_together_and_sends_a_fifth_to_validation(cast: Cast, dataset: Dataset) -> None:
    for seed in range(60):
        make_image(dataset, seed, label="normal")
    change(cast, dataset, {"split": "by_lot"}, filter={})
    validation = Image.objects.filter(split="validation").count()
    assert 4 <= validation <= 22
    assert Image.objects.filter(split="train").count() == 60 - validation


def test_what_becomes_normal_loses_its_defect_mask_and_undo_brings_it_back(
    cast: Cast, dataset: Dataset, images: list[Image]
) -> None:
    image = images[2]
    kind = dataset.defect_types.get()
    mask = np.zeros((image.height_px, image.width_px), np.bool_)
    mask[2:5, 3:9] = True
    layers = layers_from_masks(
        image=image, masks={LayerKey("defect", kind.id): mask, LayerKey("ignore"): mask}
    )
    first = revision_submit(image=image, layers=layers, author=cast.curator, tool="brush")
    answer = change(cast, dataset, {"label": "normal"}, ids=[str(image.id)])
    image.refresh_from_db()
    assert image.current_revision is not None
    assert (image.current_revision.number, image.current_revision.parent_id) == (2, first.id)
    assert [layer["kind"] for layer in image.current_revision.layers] == ["ignore"]
    client_of(cast.curator).post(f"{URL}{answer['undo_id']}/undo/")
    image.refresh_from_db()
    assert image.current_revision_id == first.id


@pytest.mark.parametrize(
    "body",
    [
        {"changes": {"label": "normal"}},
        {"changes": {}, "filter": {}},
        {"changes": {"label": "fine"}, "filter": {}},
        {"changes": {"label": "normal"}, "filter": {"label": ["fine"]}},
        {"changes": {"label": "normal"}, "ids": []},
    ],
)
def test_nonsense_is_refused(cast: Cast, dataset: Dataset, body: dict[str, Any]) -> None:
    answer = client_of(cast.curator).post(URL, {"dataset": str(dataset.id), **body})
    assert answer.status_code == 400, answer.data
    assert answer.data["detail"]
