"""Mask revisions through the API."""

from typing import Any

import numpy as np
import pytest
from datasets_builders import HEIGHT_PX, WIDTH_PX, make_dataset, make_image
from factories import Cast, client_of
from numpy.typing import NDArray

from flawmark.core.masks.rle import rle_decode, rle_encode
from flawmark.core.masks.tiles import tile_from_base64
from flawmark.datasets.models import Dataset, Image, MaskRevision
from flawmark.datasets.selectors.layers import LayerKey, revision_masks
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit

URL = "/api/v1/annotations/"


@pytest.fixture
def image(dataset: Dataset) -> Image:
    return make_image(dataset, 1)


def box(top: int, left: int, bottom: int, right: int) -> NDArray[np.bool_]:
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def post(cast: Cast, image: Image, layers: list[dict[str, Any]], version: int | None = None) -> Any:
    body = {"image": str(image.id), "layers": layers}
    match = f'"{version}"' if version else "*"
    return client_of(cast.curator).post(URL, body, HTTP_IF_MATCH=match)


def defect_layer(dataset: Dataset, mask: NDArray[np.bool_]) -> dict[str, Any]:
    return {"kind": "defect", "defect_type": str(dataset.defect_types.get().id), "mask_rle": rle_encode(mask)}


def test_a_mask_comes_back_as_it_was_sent_in_both_forms(cast: Cast, dataset: Dataset, image: Image) -> None:
    mask = box(3, 4, 20, 9)
    answer = post(cast, image, [defect_layer(dataset, mask)], version=1)
    assert answer.status_code == 201, answer.data
    assert answer["ETag"] == '"2"'
    (layer,) = client_of(cast.viewer).get(f"{URL}{answer.data['id']}/").data["layers"]
    assert np.array_equal(rle_decode(layer["mask_rle"]), mask)
    (tile,) = layer["tiles"]
    assert np.array_equal(tile_from_base64(tile["data"])[:HEIGHT_PX, :WIDTH_PX], mask)
    image.refresh_from_db()
    assert (image.label, str(image.current_revision_id)) == ("defective", answer.data["id"])


def test_revisions_are_numbered_linked_and_kept(cast: Cast, dataset: Dataset, image: Image) -> None:
    first = post(cast, image, [defect_layer(dataset, box(0, 0, 2, 2))]).data
    second = post(cast, image, []).data
    rows = client_of(cast.viewer).get(URL, {"image": str(image.id)}).data["results"]
    assert [(row["number"], row["parent"]) for row in rows] == [(2, str(first["id"])), (1, None)]
    assert (second["layers"], second["author"]) == ([], "curt")
    kept = client_of(cast.viewer).get(f"{URL}{first['id']}/").data
    assert rle_decode(kept["layers"][0]["mask_rle"]).sum() == 4


def test_a_mask_outlives_the_account_of_its_author(cast: Cast, dataset: Dataset, image: Image) -> None:
    mask = box(3, 4, 20, 9)
    made = post(cast, image, [defect_layer(dataset, mask)]).data
    cast.curator.delete()
    viewer = client_of(cast.viewer)
    kept = viewer.get(f"{URL}{made['id']}/").data
    assert (kept["author"], kept["sha256"]) == (None, made["sha256"])
    assert np.array_equal(rle_decode(kept["layers"][0]["mask_rle"]), mask)
    history = viewer.get(f"/api/v1/images/{image.id}/history/").data
    assert ("mask.submit", None) in [(entry["action"], entry["actor"]) for entry in history]
    body = {"image": str(image.id), "layers": [defect_layer(dataset, box(0, 0, 2, 2))]}
    after = client_of(cast.owner).post(URL, body, HTTP_IF_MATCH="*").data
    assert (after["parent"], after["author"]) == (str(made["id"]), "olga")


def test_a_stale_mask_overwrites_nothing(cast: Cast, dataset: Dataset, image: Image) -> None:
    assert post(cast, image, [defect_layer(dataset, box(0, 0, 2, 2))], version=1).status_code == 201
    late = post(cast, image, [], version=1)
    assert (late.status_code, late.data["current"]["version"]) == (412, 2)
    assert MaskRevision.objects.count() == 1
    body = {"image": str(image.id), "layers": []}
    assert client_of(cast.curator).post(URL, body).status_code == 428


def test_a_mask_of_another_size_is_refused(cast: Cast, dataset: Dataset, image: Image) -> None:
    wrong = np.zeros((HEIGHT_PX, WIDTH_PX + 1), np.bool_)
    answer = post(cast, image, [defect_layer(dataset, wrong)])
    assert (answer.status_code, answer.data["code"]) == (400, "mask_size")
    assert "41×30 px" in answer.data["detail"]
    assert MaskRevision.objects.count() == 0


def test_layers_must_exist_and_be_sent_once(cast: Cast, dataset: Dataset, image: Image) -> None:
    mask = rle_encode(box(0, 0, 2, 2))
    foreign = str(make_dataset(cast.other_team).defect_types.get().id)
    twice = defect_layer(dataset, box(0, 0, 2, 2))
    for layers in (
        [{"kind": "defect", "defect_type": foreign, "mask_rle": mask}],
        [{"kind": "defect", "mask_rle": mask}],
        [{"kind": "ignore", "defect_type": twice["defect_type"], "mask_rle": mask}],
        [{"kind": "paint", "mask_rle": mask}],
        [twice, twice],
        [{**twice, "mask_rle": {"size": [HEIGHT_PX, WIDTH_PX], "counts": [5]}}],
        [{**twice, "mask_rle": {"size": [50_000, 50_000], "counts": [2_500_000_000]}}],
    ):
        assert post(cast, image, layers).status_code == 400, layers
    assert MaskRevision.objects.count() == 0


def test_who_may_annotate(cast: Cast, dataset: Dataset, image: Image) -> None:
    body = {"image": str(image.id), "layers": []}
    assert client_of(cast.viewer).post(URL, body, HTTP_IF_MATCH="*").status_code == 403
    assert client_of(cast.stranger).post(URL, body, HTTP_IF_MATCH="*").status_code == 404
    made = post(cast, image, []).data
    assert client_of(cast.stranger).get(f"{URL}{made['id']}/").status_code == 404
    assert client_of(cast.stranger).get(URL).data["results"] == []


def test_images_with_a_mask_are_found(cast: Cast, dataset: Dataset, image: Image) -> None:
    make_image(dataset, 2)
    post(cast, image, [defect_layer(dataset, box(0, 0, 2, 2))])
    answer = client_of(cast.viewer).get("/api/v1/images/", {"has_mask": "true"})
    assert [row["id"] for row in answer.data["results"]] == [str(image.id)]


def test_masks_larger_than_a_tile_survive(cast: Cast, dataset: Dataset) -> None:
    image = make_image(dataset, 1)
    image.width_px, image.height_px = 1300, 700
    image.save()
    mask = np.random.default_rng(0).random((700, 1300)) > 0.5
    mask[:, 512:1024] = False
    key = LayerKey("ignore")
    layers = layers_from_masks(image=image, masks={key: mask})
    assert [(tile["row"], tile["col"]) for tile in layers[0]["tiles"]] == [(0, 0), (0, 2), (1, 0), (1, 2)]
    revision = revision_submit(image=image, layers=layers, author=cast.curator, tool="brush")
    assert np.array_equal(revision_masks(revision)[key], mask)
