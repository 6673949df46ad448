"""Dataset versions, and exports that come back as they were."""

import hashlib
import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from datasets_builders import HEIGHT_PX, WIDTH_PX, make_dataset, make_image, run_export, run_import
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import Cast, client_of

from flawmark.core.blobs import blob_bytes
from flawmark.core.masks.rle import rle_decode
from flawmark.datasets.models import Capture, Dataset, DatasetVersion, Export, Image, Import
from flawmark.datasets.selectors.layers import LayerKey, revision_masks
from flawmark.datasets.selectors.versions import version_entries
from flawmark.datasets.services.datasets import defect_type_create
from flawmark.datasets.services.exports import export_create
from flawmark.datasets.services.images import CaptureFields
from flawmark.datasets.services.imports import import_create_zip
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit
from flawmark.datasets.services.versions import dataset_version_create

URL = "/api/v1/versions/"


def paint(image: Image, cast: Cast, **boxes: tuple[int, int]) -> None:
    """Submit a mask with one column range for each named layer."""
    masks = {}
    for name, (left, right) in boxes.items():
        mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.bool_)
        mask[5:9, left:right] = True
        kind = image.dataset.defect_types.filter(name=name).first()
        masks[LayerKey("defect", kind.id) if kind else LayerKey(name)] = mask
    layers = layers_from_masks(image=image, masks=masks)
    revision_submit(image=image, layers=layers, author=cast.curator, tool="brush")


@pytest.fixture
def full(cast: Cast, dataset: Dataset) -> Dataset:
    """Every split, every label, several layers, awkward names, captures."""
    defect_type_create(dataset=dataset, actor=None, name="dent/left")
    capture = CaptureFields(part="P1", station="S", view="top", metadata={"lot": "L1", "shift": 2})
    make_image(dataset, 1, label="normal", split="train", capture=capture)
    make_image(dataset, 2, label="normal", split="validation")
    make_image(dataset, 3, label="normal", split="test")
    make_image(dataset, 8, label="unlabelled", split="train")
    make_image(dataset, 9, label="normal", split="train", origin="generated")
    first = make_image(dataset, 4, label="defective", split="test")
    second = make_image(dataset, 5, label="defective", split="test")
    third = make_image(dataset, 6, label="defective", split="validation")
    paint(first, cast, defect=(1, 4))
    paint(second, cast, **{"dent/left": (2, 9), "defect": (20, 25), "ignore": (30, 40), "normal": (0, 1)})
    Image.objects.filter(id=third.id).update(filename="../odd name?.png")
    Image.objects.filter(id=second.id).update(filename=first.filename)
    make_image(dataset, 7)
    return dataset


def freeze(dataset: Dataset, cast: Cast) -> DatasetVersion:
    return dataset_version_create(dataset=dataset, actor=cast.curator)


def test_equal_contents_are_one_version_and_changes_make_another(cast: Cast, full: Dataset) -> None:
    client = client_of(cast.curator)
    first = client.post(URL, {"dataset": str(full.id), "note": "start"})
    assert (first.status_code, first.data["number"]) == (201, 1)
    again = client.post(URL, {"dataset": str(full.id)})
    assert (again.status_code, again.data["id"]) == (200, first.data["id"])
    image = Image.objects.get(label="normal", split="validation")
    client.patch(f"/api/v1/images/{image.id}/", {"label": "defective"}, HTTP_IF_MATCH="*")
    second = client.post(URL, {"dataset": str(full.id)})
    assert (second.status_code, second.data["number"]) == (201, 2)
    client.patch(f"/api/v1/images/{image.id}/", {"label": "normal"}, HTTP_IF_MATCH="*")
    assert client.post(URL, {"dataset": str(full.id)}).data["number"] == 1


def test_the_manifest_is_canonical_and_its_hash_is_the_versions(cast: Cast, full: Dataset) -> None:
    version = freeze(full, cast)
    answer = client_of(cast.viewer).get(f"{URL}{version.id}/manifest/")
    content = b"".join(answer)
    assert hashlib.sha256(content).hexdigest() == version.sha256
    document = json.loads(content)
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert content == canonical.encode()
    hashes = [row["sha256"] for row in document["images"]]
    assert hashes == sorted(hashes)


def test_a_version_holds_what_people_decided(cast: Cast, full: Dataset) -> None:
    quarantined = Image.objects.get(label="normal", split="test")
    body = {"quarantined": True}
    client_of(cast.curator).patch(f"/api/v1/images/{quarantined.id}/", body, HTTP_IF_MATCH="*")
    version = freeze(full, cast)
    assert version.counts["total"] == 7
    assert version.counts["label_by_split"]["train"] == {"unlabelled": 1, "normal": 2, "defective": 0}
    assert version.counts["masks"] == 2
    ids = {entry.image_id for entry in version_entries(version)}
    assert quarantined.id not in ids
    assert Image.objects.get(label="unlabelled", split="unassigned").id not in ids


def test_a_version_does_not_change_when_the_dataset_does(cast: Cast, full: Dataset) -> None:
    version = freeze(full, cast)
    before = {entry.sha256: entry for entry in version_entries(version)}
    masked = Image.objects.filter(current_revision__isnull=False).first()
    assert masked is not None
    paint(masked, cast, defect=(30, 31))
    Image.objects.update(label="normal", split="train")
    full.defect_types.filter(name="defect").update(name="renamed")
    entries = version_entries(version)
    assert {entry.sha256: entry for entry in entries} == before
    assert before[masked.sha256].defect_mask().sum() in (12, 48)  # type: ignore[union-attr]


def test_entries_say_what_is_known_of_defects(cast: Cast, full: Dataset) -> None:
    entries = {(entry.label, entry.split): entry for entry in version_entries(freeze(full, cast))}
    normal = entries["normal", "validation"]
    assert normal.defect_mask() is not None
    assert not normal.defect_mask().any()  # type: ignore[union-attr]
    assert entries["defective", "validation"].defect_mask() is None
    both = next(entry for entry in version_entries(freeze(full, cast)) if entry.ignore_mask() is not None)
    assert both.defect_mask().sum() == 4 * (7 + 5)  # type: ignore[union-attr]
    assert both.normal_region().sum() == 4  # type: ignore[union-attr]
    assert both.pixels().shape == (HEIGHT_PX, WIDTH_PX, 3)


def test_a_diff_names_what_came_went_and_changed(cast: Cast, full: Dataset) -> None:
    old = freeze(full, cast)
    make_image(full, 20, label="normal", split="train")
    gone = Image.objects.get(label="normal", split="test")
    moved = Image.objects.get(label="defective", split="validation")
    client = client_of(cast.curator)
    client.patch(f"/api/v1/images/{gone.id}/", {"quarantined": True}, HTTP_IF_MATCH="*")
    client.patch(f"/api/v1/images/{moved.id}/", {"label": "normal"}, HTTP_IF_MATCH="*")
    new = freeze(full, cast)
    diff = client.get(f"{URL}{new.id}/diff/", {"against": str(old.id)}).data
    assert [row["filename"] for row in diff["added"]] == ["020.png"]
    assert [row["sha256"] for row in diff["removed"]] == [gone.sha256]
    assert [row["changes"] for row in diff["changed"]] == [{"label": ["defective", "normal"]}]
    assert client.get(f"{URL}{new.id}/diff/", {"against": "x"}).status_code == 400
    foreign = freeze(make_dataset(cast.other_team), cast)
    assert client.get(f"{URL}{new.id}/diff/", {"against": str(foreign.id)}).status_code == 404


def exported(cast: Cast, dataset: Dataset, export_format: str) -> bytes:
    export = export_create(version=freeze(dataset, cast), export_format=export_format, actor=cast.curator)
    assert run_export(export).state == "succeeded"
    assert export.blob is not None
    return blob_bytes(export.blob)


def imported(cast: Cast, archive: bytes) -> Dataset:
    target = make_dataset(cast.team, "Copy")
    upload = SimpleUploadedFile("copy.zip", archive)
    delivery = import_create_zip(dataset=target, actor=cast.curator, archive=upload, defaults={})
    assert run_import(Import.objects.get(id=delivery.id)).state == "succeeded"
    return target


def everything(dataset: Dataset) -> dict[str, Any]:
    """All that an export must carry, by content."""
    found = {}
    for image in dataset.images.exclude(label="unlabelled", split="unassigned"):
        names = {kind.id: kind.name for kind in dataset.defect_types.all()}
        masks = revision_masks(image.current_revision) if image.current_revision else {}
        layers = {(key.kind, names.get(key.defect_type)): mask.tobytes() for key, mask in masks.items()}
        captures = list(
            Capture.objects.filter(image=image).values("part", "station", "view", "captured_at", "metadata")
        )
        found[image.sha256] = (image.label, image.split, image.origin, image.lot, layers, captures)
    return found


@pytest.mark.parametrize("export_format", ["mvtec", "coco"])
def test_what_is_exported_comes_back_equal(cast: Cast, full: Dataset, export_format: str) -> None:
    copy = imported(cast, exported(cast, full, export_format))
    assert everything(copy) == everything(full)
    assert len(everything(copy)) == 8


def test_mvtec_folders_alone_say_enough_for_other_tools(cast: Cast, full: Dataset) -> None:
    archive = zipfile.ZipFile(io.BytesIO(exported(cast, full, "mvtec")))
    names = set(archive.namelist())
    assert {"train/good/001.png", "validation/good/002.png", "test/good/003.png"} <= names
    masks = {name for name in names if name.startswith("ground_truth/")}
    images = {name.replace("test/", "ground_truth/").replace(".png", "_mask.png") for name in names}
    assert len(masks) == 2
    assert masks <= images
    assert not any(".." in name or name.startswith("/") for name in names)
    assert archive.testzip() is None


def test_coco_is_complete(cast: Cast, full: Dataset) -> None:
    archive = zipfile.ZipFile(io.BytesIO(exported(cast, full, "coco")))
    document = json.loads(archive.read("annotations.json"))
    assert {row["name"] for row in document["categories"]} == {"defect", "dent/left"}
    assert len(document["images"]) == 8
    boxes = sorted(tuple(row["bbox"]) for row in document["annotations"])
    assert boxes == [(1, 5, 3, 4), (2, 5, 7, 4), (20, 5, 5, 4)]
    for row in document["annotations"]:
        assert rle_decode(row["segmentation"]).sum() == row["area"]
    files = {row["file_name"] for row in document["images"]}
    assert {f"images/{name}" for name in files} <= set(archive.namelist())


def test_an_export_twice_is_the_same_bytes(cast: Cast, full: Dataset) -> None:
    assert exported(cast, full, "mvtec") == exported(cast, full, "mvtec")


def test_exports_are_downloaded_by_the_team_or_a_fresh_signed_address(
    cast: Cast, full: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = freeze(full, cast)
    curator, stranger = client_of(cast.curator), client_of(cast.stranger)
    body = {"version": str(version.id), "format": "mvtec"}
    assert stranger.post("/api/v1/exports/", body).status_code == 404
    made = curator.post("/api/v1/exports/", body)
    assert (made.status_code, made.data["download_url"]) == (202, None)
    url = f"/api/v1/exports/{made.data['id']}/"
    assert curator.get(f"{url}download/").data["code"] == "not_ready"
    run_export(Export.objects.get(id=made.data["id"]))
    signed = curator.get(url).data["download_url"]
    assert stranger.get(url).status_code == 404
    assert stranger.get(f"{url}download/").status_code == 404
    content = b"".join(client_of(cast.viewer).get(signed))
    assert zipfile.is_zipfile(io.BytesIO(content))
    assert stranger.get(signed[:-2] + "x/").status_code == 404
    monkeypatch.setattr("flawmark.core.http.files.SIGNED_FOR_S", -1)
    late = curator.get(signed)
    assert (late.status_code, late["Content-Type"]) == (404, "application/problem+json")


def test_another_teams_versions_do_not_exist(cast: Cast, full: Dataset) -> None:
    version = freeze(full, cast)
    stranger = client_of(cast.stranger)
    assert stranger.get(URL).data["results"] == []
    for path in ("", "manifest/", "diff/"):
        assert stranger.get(f"{URL}{version.id}/{path}").status_code == 404
    assert stranger.post(URL, {"dataset": str(full.id)}).status_code == 404
    assert client_of(cast.viewer).post(URL, {"dataset": str(full.id)}).status_code == 403
