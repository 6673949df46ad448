"""Imports: layouts, hostile files, resuming, and what they leave behind."""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets_builders import encoded, make_dataset, mask_png, pixels, png, run_import, zip_bytes
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import Cast, client_of

from flawmark.core.jobs import JobCancelled
from flawmark.core.models import Job
from flawmark.datasets.models import Capture, Dataset, Image, Import
from flawmark.datasets.selectors.layers import revision_masks
from flawmark.datasets.services.imports import import_run
from flawmark.datasets.signals import images_added

URL = "/api/v1/imports/"

MVTEC = {
    "screw/train/good/000.png": png(1),
    "screw/train/good/001.png": png(2),
    "screw/test/good/000.png": png(3),
    "screw/test/scratch/000.png": png(4),
    "screw/test/bent/000.png": png(5),
    "screw/ground_truth/scratch/000_mask.png": mask_png((2, 3, 10, 9)),
}


def send(cast: Cast, dataset: Dataset, **fields: Any) -> Any:
    return client_of(cast.curator).post(URL, {"dataset": str(dataset.id), **fields}, format="multipart")


def deliver(cast: Cast, dataset: Dataset, files: dict[str, bytes], **fields: Any) -> Import:
    return deliver_bytes(cast, dataset, zip_bytes(files), **fields)


def deliver_bytes(cast: Cast, dataset: Dataset, archive: bytes, **fields: Any) -> Import:
    answer = send(cast, dataset, archive=SimpleUploadedFile("images.zip", archive), **fields)
    assert answer.status_code == 202, answer.data
    delivery = Import.objects.get(id=answer.data["id"])
    assert run_import(delivery).state == "succeeded"
    delivery.refresh_from_db()
    return delivery


def refusals(delivery: Import) -> dict[str, str]:
    return {item.path: item.reason for item in delivery.items.filter(outcome="refused")}


def test_mvtec_folders_say_label_split_kind_and_mask(cast: Cast, dataset: Dataset) -> None:
    delivery = deliver(cast, dataset, MVTEC)
    found = {(image.label, image.split) for image in Image.objects.all()}
    assert found == {("normal", "train"), ("normal", "test"), ("defective", "test")}
    assert Image.objects.count() == 5
    assert set(dataset.defect_types.values_list("name", flat=True)) == {"defect", "scratch", "bent"}
    masked = Image.objects.get(current_revision__isnull=False)
    ((key, mask),) = revision_masks(masked.current_revision).items()  # type: ignore[arg-type]
    assert key.defect_type == dataset.defect_types.get(name="scratch").id
    assert mask.sum() == 8 * 6
    assert mask[3:9, 2:10].all()
    answer = client_of(cast.viewer).get(f"{URL}{delivery.id}/").data
    assert answer["counts"] == {"imported": 6, "duplicate": 0, "refused": 0}
    assert answer["job"]["state"] == "succeeded"


def test_flat_folders_say_the_label_and_defaults_the_rest(cast: Cast, dataset: Dataset) -> None:
    files = {"day1/OK/a.png": png(1), "day1/NG/b.png": png(2), "day1/c.png": png(3)}
    defaults = '{"label": "unlabelled", "split": "train", "part": "P1", "metadata": {"shift": 2}}'
    deliver(cast, dataset, files, defaults=defaults)
    labels = dict(Image.objects.values_list("filename", "label"))
    assert labels == {"a.png": "normal", "b.png": "defective", "c.png": "unlabelled"}
    assert set(Image.objects.values_list("split", "lot")) == {("train", "P1")}
    assert Capture.objects.filter(part="P1", metadata={"shift": 2}).count() == 3


def test_bad_defaults_name_the_field(cast: Cast, dataset: Dataset) -> None:
    file = SimpleUploadedFile("a.png", png(1))
    answer = send(cast, dataset, files=[file], defaults='{"label": "fine"}')
    assert (answer.status_code, answer.data["field"]) == (400, "defaults.label")


def bomb_png() -> bytes:
    """A header that declares 50,000 × 50,000 pixels."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def hostile_zip() -> bytes:
    """Two good pictures among everything that a zip can do wrong."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good/first.png", png(1))
        archive.writestr("../escaped.png", png(50))
        archive.writestr("/etc/absolute.png", png(51))
        archive.writestr("C:\\windows.png", png(52))
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("empty.png", b"")
        archive.writestr("truncated.png", png(53)[:200])
        archive.writestr("text.png", b"I am not a picture")
        archive.writestr("bomb.png", bomb_png())
        archive.writestr("notes.txt", b"hello")
        archive.writestr("copy.png", png(1))
        archive.writestr("__MACOSX/._a.png", b"x")
        archive.writestr("bzip.png", png(54), compress_type=zipfile.ZIP_BZIP2)
        archive.writestr("good/last.png", png(2))
    return stream.getvalue()


def test_a_hostile_archive_keeps_everything_good(cast: Cast, dataset: Dataset, tmp_path: Path) -> None:
    delivery = deliver_bytes(cast, dataset, hostile_zip())
    assert set(Image.objects.values_list("sha256", flat=True).distinct()) and Image.objects.count() == 2
    assert set(Image.objects.values_list("label", flat=True)) <= {"normal", "unlabelled"}
    reasons = refusals(delivery)
    expected = {
        "../escaped.png": "outside",
        "/etc/absolute.png": "absolute",
        "C:\\windows.png": "absolute",
        "link.png": "symbolic link",
        "empty.png": "zero bytes",
        "truncated.png": "truncated",
        "text.png": "not an image",
        "bomb.png": "megapixels",
        "notes.txt": "not an image",
        "__MACOSX/._a.png": "operating system",
        "bzip.png": "compression",
    }
    assert set(reasons) == set(expected)
    for path, word in expected.items():
        assert word in reasons[path], (path, reasons[path])
    assert delivery.items.filter(outcome="duplicate").count() == 1


def test_an_inflating_entry_is_refused_unread(cast: Cast, dataset: Dataset, settings: Any) -> None:
    settings.IMPORT_MAX_FILE_BYTES = 100_000
    files = {"huge.png": bytes(200_000), "small.png": png(1)}
    assert "at most 0 MB" in refusals(deliver(cast, dataset, files))["huge.png"]
    assert Image.objects.count() == 1


def test_an_entry_that_lies_about_its_size_does_not_inflate(cast: Cast, dataset: Dataset) -> None:
    honest = zip_bytes({"liar.png": bytes(5_000_000), "small.png": png(1)})
    lie = honest.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 100))
    assert "damaged" in refusals(deliver_bytes(cast, dataset, lie))["liar.png"]
    assert Image.objects.count() == 1


def test_the_whole_archive_has_a_budget(cast: Cast, dataset: Dataset, settings: Any) -> None:
    first, second = png(1), png(2)
    settings.IMPORT_MAX_UNPACKED_BYTES = len(first) + 10
    delivery = deliver(cast, dataset, {"a.png": first, "b.png": second})
    assert "unpacks to more than" in refusals(delivery)["b.png"]
    assert Image.objects.get().filename == "a.png"


def test_a_damaged_entry_does_not_stop_the_others(cast: Cast, dataset: Dataset) -> None:
    archive = bytearray(zip_bytes({"a.png": png(1), "b.png": png(2)}, compression=zipfile.ZIP_STORED))
    archive[archive.find(b"IDAT") + 40] ^= 0xFF
    assert "damaged" in refusals(deliver_bytes(cast, dataset, bytes(archive)))["a.png"]
    assert Image.objects.get().filename == "b.png"


@pytest.mark.parametrize("content", [b"", b"not a zip", zip_bytes({"a.png": b"x" * 99})[:-30]])
def test_what_is_no_archive_is_refused_at_once(cast: Cast, dataset: Dataset, content: bytes) -> None:
    answer = send(cast, dataset, archive=SimpleUploadedFile("images.zip", content))
    assert answer.status_code == 400
    assert answer.data["field"] == "archive"
    assert Import.objects.count() == 0


def test_a_mask_of_another_size_or_without_an_image_is_refused(cast: Cast, dataset: Dataset) -> None:
    files = {
        "train/good/000.png": png(1),
        "test/dent/000.png": png(2),
        "ground_truth/dent/000_mask.png": mask_png((0, 0, 5, 5), width_px=41),
        "ground_truth/dent/777_mask.png": mask_png((0, 0, 5, 5)),
    }
    reasons = refusals(deliver(cast, dataset, files))
    assert "41×30" in reasons["ground_truth/dent/000_mask.png"]
    assert "No image belongs" in reasons["ground_truth/dent/777_mask.png"]
    assert Image.objects.filter(current_revision__isnull=True).count() == 2


def test_several_categories_are_not_mixed_into_one_dataset(cast: Cast, dataset: Dataset) -> None:
    files = {"bottle/train/good/0.png": png(1), "cable/train/good/0.png": png(2)}
    answer = send(cast, dataset, archive=SimpleUploadedFile("all.zip", zip_bytes(files)))
    job = run_import(Import.objects.get(id=answer.data["id"]))
    assert (job.state, job.error_code) == ("failed", "several_categories")
    assert "bottle, cable" in job.error_detail
    assert Image.objects.count() == 0


def odd_pictures() -> dict[str, bytes]:
    colour = pixels(1)
    grey = colour[:, :, 0]
    return {
        "grey.png": encoded(grey),
        "deep.png": encoded(grey.astype(np.uint16) * 256),
        "alpha.png": encoded(np.dstack([colour, grey])),
        "deep.tif": encoded(grey.astype(np.uint16) * 17, "TIFF"),
        "colour.bmp": encoded(colour, "BMP"),
    }


def test_unusual_but_readable_pictures_are_read(cast: Cast, dataset: Dataset) -> None:
    deliver(cast, dataset, odd_pictures())
    found = {image.filename: (image.channels, image.bit_depth) for image in Image.objects.all()}
    assert found == {
        "grey.png": (1, 8),
        "deep.png": (1, 16),
        "alpha.png": (3, 8),
        "deep.tif": (1, 16),
        "colour.bmp": (3, 8),
    }


def test_single_files_and_dropped_folders(cast: Cast, dataset: Dataset) -> None:
    files = [SimpleUploadedFile(name, png(seed)) for seed, name in enumerate(["a.png", "b.png"])]
    answer = send(cast, dataset, files=files, paths='["good/a.png", "../b.png"]')
    delivery = Import.objects.get(id=answer.data["id"])
    run_import(delivery)
    assert list(Image.objects.values_list("filename", "label")) == [("a.png", "normal")]
    assert "outside" in refusals(delivery)["../b.png"]


def test_uploads_are_forgotten_once_their_images_are_kept(
    cast: Cast, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    file = SimpleUploadedFile("a.png", png(1))
    delivery = Import.objects.get(id=send(cast, dataset, files=[file]).data["id"])
    key = delivery.uploads[0]["key"]
    assert default_storage.exists(key)
    with django_capture_on_commit_callbacks(execute=True):
        run_import(delivery)
    assert not default_storage.exists(key)


def test_exactly_one_source(cast: Cast, dataset: Dataset) -> None:
    file = SimpleUploadedFile("a.png", png(1))
    both = send(cast, dataset, files=[file], folder="/tmp")
    assert both.status_code == 400
    assert send(cast, dataset).status_code == 400


class Stop(Exception):
    """The worker dies here."""


def test_an_import_goes_on_where_it_stopped(cast: Cast, dataset: Dataset) -> None:
    archive = SimpleUploadedFile("images.zip", zip_bytes({f"{n}.png": png(n) for n in range(6)}))
    delivery = Import.objects.get(id=send(cast, dataset, archive=archive).data["id"])

    def die_at_half(fraction: float, _message: str) -> None:
        if fraction >= 0.5:
            raise Stop

    with pytest.raises(Stop):
        import_run(delivery=delivery, progress=die_at_half)
    first = dict(delivery.items.values_list("path", "id"))
    assert len(first) == 3
    assert import_run(delivery=delivery, progress=lambda *_: None)["imported"] == 6
    assert Image.objects.count() == 6
    assert first.items() <= dict(delivery.items.values_list("path", "id")).items()


def test_new_images_are_announced_once_even_after_a_cancel(
    cast: Cast, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    archive = SimpleUploadedFile("images.zip", zip_bytes({f"{n}.png": png(n) for n in range(4)}))
    delivery = Import.objects.get(id=send(cast, dataset, archive=archive).data["id"])
    heard: list[Any] = []

    def hear(image_ids: list[Any], **_others: Any) -> None:
        heard.append(image_ids)

    def cancel(fraction: float, _message: str) -> None:
        if fraction >= 0.5:
            raise JobCancelled

    images_added.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(JobCancelled):
            import_run(delivery=delivery, progress=cancel)
    finally:
        images_added.disconnect(hear)
    assert heard == [list(Image.objects.order_by("id").values_list("id", flat=True))]
    assert len(heard[0]) == 2


def test_folders_are_imported_only_below_the_roots(
    cast: Cast, dataset: Dataset, settings: Any, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    (root / "good").mkdir(parents=True)
    (root / "good" / "a.png").write_bytes(png(1))
    (tmp_path / "secret.png").write_bytes(png(2))
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    (root / "linked").symlink_to(tmp_path)
    settings.IMPORT_ROOTS = []
    assert send(cast, dataset, folder=str(root)).data["code"] == "folder_not_allowed"
    settings.IMPORT_ROOTS = [root]
    for outside in (tmp_path, root / "..", root / "linked", root / "absent"):
        assert send(cast, dataset, folder=str(outside)).data["code"] == "folder_not_allowed", outside
    delivery = Import.objects.get(id=send(cast, dataset, folder=str(root)).data["id"])
    run_import(delivery)
    assert list(Image.objects.values_list("filename", "label")) == [("a.png", "normal")]
    assert {path: "symbolic" in why for path, why in refusals(delivery).items()} == {
        "link.png": True,
        "linked": True,
    }


def test_another_teams_dataset_takes_no_images(cast: Cast, dataset: Dataset) -> None:
    delivery = deliver(cast, dataset, {"a.png": png(1), "b.txt": b"x"})
    stranger = client_of(cast.stranger)
    body = {"dataset": str(dataset.id), "files": [SimpleUploadedFile("a.png", png(9))]}
    assert stranger.post(URL, body, format="multipart").status_code == 404
    assert stranger.get(URL).data["results"] == []
    assert stranger.get(f"{URL}{delivery.id}/").status_code == 404
    assert stranger.get(f"{URL}{delivery.id}/items/").status_code == 404
    refused = client_of(cast.viewer).get(f"{URL}{delivery.id}/items/", {"outcome": "refused"}).data
    assert [row["path"] for row in refused["results"]] == ["b.txt"]


def test_viewers_and_archived_datasets_import_nothing(cast: Cast, dataset: Dataset) -> None:
    body = {"dataset": str(dataset.id), "files": [SimpleUploadedFile("a.png", png(9))]}
    assert client_of(cast.viewer).post(URL, body, format="multipart").status_code == 403
    patch = {"archived": True}
    client_of(cast.curator).patch(f"/api/v1/datasets/{dataset.id}/", patch, HTTP_IF_MATCH="*")
    answer = send(cast, dataset, files=[SimpleUploadedFile("a.png", png(9))])
    assert (answer.status_code, answer.data["code"]) == (409, "archived")
    assert Job.objects.count() == 0


def test_the_same_upload_twice_with_one_key_is_one_import(cast: Cast, dataset: Dataset) -> None:
    client = client_of(cast.curator)

    def post(content: bytes) -> Any:
        body = {"dataset": str(dataset.id), "files": [SimpleUploadedFile("a.png", content)]}
        return client.post(URL, body, format="multipart", HTTP_IDEMPOTENCY_KEY="once")

    first, again, other = post(png(1)), post(png(1)), post(png(2))
    assert (first.status_code, again.data["id"]) == (202, str(first.data["id"]))
    assert other.status_code == 409
    assert Import.objects.count() == 1


def test_a_file_that_was_imported_before_is_a_duplicate_there_only(cast: Cast, dataset: Dataset) -> None:
    deliver(cast, dataset, {"a.png": png(1)})
    again = deliver(cast, dataset, {"b.png": png(1)})
    item = again.items.get()
    assert (item.outcome, item.image_id) == ("duplicate", Image.objects.get().id)
    assert "a.png" in item.reason
    elsewhere = deliver(cast, make_dataset(cast.team, "Nuts"), {"a.png": png(1)})
    assert elsewhere.items.get().outcome == "imported"
