"""`/images/`: list, filters, one change, files and history."""

import io

import numpy as np
import pytest
from datasets_builders import encoded, make_dataset, make_image, pixels, png
from factories import Cast, client_of
from PIL import Image as PillowImage

from flawmark.datasets.models import Dataset, Image
from flawmark.datasets.services.images import CaptureFields, image_add

URL = "/api/v1/images/"


def found(cast: Cast, **query: object) -> set[str]:
    answer = client_of(cast.viewer).get(URL, query)
    assert answer.status_code == 200, answer.data
    return {row["filename"] for row in answer.data["results"]}


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    part = CaptureFields(part="p7", station="s1", metadata={"lot": "L9"})
    return [
        make_image(dataset, 0),
        make_image(dataset, 1, label="normal", split="train"),
        make_image(dataset, 2, label="normal", split="validation", capture=part),
        make_image(dataset, 3, label="defective", split="test"),
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"label": "normal"}, {"001.png", "002.png"}),
        ({"label": ["normal", "defective"]}, {"001.png", "002.png", "003.png"}),
        ({"split": "test"}, {"003.png"}),
        ({"origin": "generated"}, set()),
        ({"filename": "03.P"}, {"003.png"}),
        ({"lot": "L9"}, {"002.png"}),
        ({"part": "p7"}, {"002.png"}),
        ({"station": "s2"}, set()),
        ({"quarantined": "true"}, set()),
        ({"has_mask": "true"}, set()),
        ({"has_mask": "false", "split": "test"}, {"003.png"}),
    ],
)
def test_filters(cast: Cast, images: list[Image], query: dict[str, object], names: set[str]) -> None:
    assert found(cast, **query) == names
    counts = client_of(cast.viewer).get(f"{URL}counts/", query).data
    assert counts["total"] == len(names)


def test_images_by_id(cast: Cast, images: list[Image]) -> None:
    assert found(cast, ids=f"{images[0].id},{images[3].id}") == {"000.png", "003.png"}
    assert client_of(cast.viewer).get(URL, {"ids": "nonsense"}).status_code == 400


def test_pages_are_complete_and_do_not_overlap(cast: Cast, dataset: Dataset) -> None:
    for seed in range(5):
        make_image(dataset, seed)
    client, seen = client_of(cast.viewer), []
    url = f"{URL}?page_size=2"
    while url:
        page = client.get(url).data
        seen += [row["filename"] for row in page["results"]]
        url = page["next"]
    assert seen == [f"{seed:03}.png" for seed in reversed(range(5))]


def test_another_teams_images_do_not_exist(cast: Cast, images: list[Image]) -> None:
    client = client_of(cast.stranger)
    assert client.get(URL).data["results"] == []
    for part in ("", "content/", "thumbnail/", "history/"):
        assert client.get(f"{URL}{images[0].id}/{part}").status_code == 404, part
    patch = client.patch(f"{URL}{images[0].id}/", {"label": "normal"}, HTTP_IF_MATCH="*")
    assert patch.status_code == 404
    capture = client.post("/api/v1/captures/", {"image": str(images[0].id), "part": "x"})
    assert capture.status_code == 404


def test_a_label_changes_once_per_version(cast: Cast, images: list[Image]) -> None:
    url = f"{URL}{images[0].id}/"
    first = client_of(cast.curator).patch(url, {"label": "normal"}, HTTP_IF_MATCH='"1"')
    assert (first.status_code, first["ETag"], first.data["labelled_by"]) == (200, '"2"', "curt")
    second = client_of(cast.owner).patch(url, {"label": "defective"}, HTTP_IF_MATCH='"1"')
    assert second.status_code == 412
    assert second.data["current"]["label"] == "normal"
    images[0].refresh_from_db()
    assert images[0].label == "normal"


def test_reviewers_change_labels_only_by_reviewing(cast: Cast, images: list[Image]) -> None:
    answer = client_of(cast.reviewer).patch(f"{URL}{images[0].id}/", {"label": "normal"}, HTTP_IF_MATCH="*")
    assert answer.status_code == 403


def test_a_test_image_joins_the_pool_only_when_told_so(cast: Cast, images: list[Image]) -> None:
    client, url = client_of(cast.curator), f"{URL}{images[3].id}/"
    refused = client.patch(url, {"split": "train"}, HTTP_IF_MATCH="*")
    assert (refused.status_code, refused.data["code"]) == (409, "test_image")
    assert client.get(url).data["split"] == "test"
    told = client.patch(url, {"split": "train", "leave_test": True}, HTTP_IF_MATCH="*")
    assert told.data["split"] == "train"


def test_generated_images_never_validate_or_test(cast: Cast, dataset: Dataset) -> None:
    image = make_image(dataset, 9, origin="generated")
    client = client_of(cast.curator)
    for split in ("validation", "test"):
        answer = client.patch(f"{URL}{image.id}/", {"split": split}, HTTP_IF_MATCH="*")
        assert (answer.status_code, answer.data["field"]) == (400, "split")


def test_a_browser_gets_the_original_bytes_and_keeps_them(cast: Cast, dataset: Dataset) -> None:
    image = make_image(dataset, 5)
    client, url = client_of(cast.viewer), f"{URL}{image.id}/content/"
    answer = client.get(url)
    assert (answer["Content-Type"], answer.content) == ("image/png", png(5))
    assert client.get(url, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def shown(cast: Cast, image: Image) -> np.ndarray:
    answer = client_of(cast.viewer).get(f"{URL}{image.id}/content/")
    return np.asarray(PillowImage.open(io.BytesIO(answer.content)))


def test_what_a_browser_would_show_differently_is_served_as_png(cast: Cast, dataset: Dataset) -> None:
    rotated = PillowImage.Exif()
    rotated[0x0112] = 6
    upright = pixels(1)
    jpeg = encoded(upright, "JPEG", exif=rotated, quality=95)
    image, _ = image_add(dataset=dataset, content=jpeg, filename="rotated.jpg")
    assert (image.width_px, image.height_px) == (upright.shape[0], upright.shape[1])
    assert shown(cast, image).shape[:2] == (image.height_px, image.width_px)
    clear = np.dstack([upright, np.zeros(upright.shape[:2], np.uint8)])
    transparent, _ = image_add(dataset=dataset, content=encoded(clear), filename="alpha.png")
    assert shown(cast, transparent).max() == 0


def test_twelve_bits_in_sixteen_are_shown_in_full_and_sent_raw(cast: Cast, dataset: Dataset) -> None:
    values = np.arange(30 * 40, dtype=np.uint16).reshape(30, 40) * 3  # up to 3597: twelve bits
    image, _ = image_add(dataset=dataset, content=encoded(values), filename="deep.png")
    assert (image.bit_depth, image.channels) == (16, 1)
    assert shown(cast, image).max() == round(3597 / 4095 * 255)
    raw = client_of(cast.viewer).get(f"{URL}{image.id}/content/", {"raw": "1"})
    assert (raw["X-Height"], raw["X-Width"], raw["X-Channels"]) == ("30", "40", "1")
    assert np.array_equal(np.frombuffer(raw.content, "<u2").reshape(30, 40), values)


def test_thumbnails_are_small_jpegs(cast: Cast, dataset: Dataset) -> None:
    wide = encoded(pixels(3, width_px=600, height_px=300))
    image, _ = image_add(dataset=dataset, content=wide, filename="wide.png")
    answer = client_of(cast.viewer).get(f"{URL}{image.id}/thumbnail/")
    assert PillowImage.open(io.BytesIO(answer.content)).size == (256, 128)


def test_history_tells_who_did_what(cast: Cast, images: list[Image]) -> None:
    client = client_of(cast.curator)
    client.patch(f"{URL}{images[0].id}/", {"label": "normal"}, HTTP_IF_MATCH="*")
    changes = {"split": "train"}
    bulk = {"dataset": str(images[0].dataset_id), "ids": [str(images[0].id)], "changes": changes}
    client.post(f"{URL}bulk/", bulk)
    entries = client.get(f"{URL}{images[0].id}/history/").data
    assert [(entry["kind"], entry["actor"]) for entry in entries] == [
        ("bulk_change", "curt"),
        ("change", "curt"),
    ]
    assert entries[1]["detail"]["before"]["label"] == "unlabelled"
    assert client.get(f"{URL}{images[1].id}/history/").data == []


def test_the_same_pixels_may_be_captured_twice(cast: Cast, images: list[Image]) -> None:
    client, body = client_of(cast.curator), {"image": str(images[0].id), "part": "p1"}
    assert client.post("/api/v1/captures/", body).status_code == 201
    assert client.post("/api/v1/captures/", {**body, "metadata": {"shift": 2}}).status_code == 201
    rows = client.get("/api/v1/captures/", {"image": str(images[0].id)}).data["results"]
    assert [row["metadata"] for row in rows] == [{"shift": 2}, {}]
    assert len(client.get(f"{URL}{images[0].id}/").data["captures"]) == 2


def test_the_same_bytes_are_one_image_per_dataset(cast: Cast, dataset: Dataset) -> None:
    first = make_image(dataset, 1, label="normal")
    again, created = image_add(dataset=dataset, content=png(1), filename="other.png", label="defective")
    assert (again.id, created, again.label) == (first.id, False, "normal")
    elsewhere = make_image(make_dataset(cast.team, "Nuts"), 1)
    assert elsewhere.id != first.id
    assert elsewhere.blob_id == first.blob_id
