"""Hostile and unusual files: everything good is kept, everything else has its line."""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets_builders import encoded, mask_png, pixels, png, run_import, zip_bytes
from datasets_imports import deliver, deliver_bytes, refusals, send
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import Cast

from flawmark.datasets.models import Dataset, Image, Import


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
