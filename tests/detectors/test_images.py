"""Reading images: the one right reading, or one clear sentence."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detectors.errors import InputError
from detectors.images import image_info, read_image, read_mask, thumbnail

RANDOM = np.random.default_rng(0)
RGB = RANDOM.integers(0, 255, (6, 9, 3), dtype=np.uint8)
GREY = RANDOM.integers(0, 255, (6, 9), dtype=np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def declared_png(width_px: int, height_px: int) -> bytes:
    """A PNG whose header declares a size that its data does not have."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def test_colour_and_grey_keep_their_values_and_shape() -> None:
    assert np.array_equal(read_image(encoded(Image.fromarray(RGB))), RGB)
    assert np.array_equal(read_image(encoded(Image.fromarray(GREY))), GREY[:, :, None])


def test_sixteen_bit_grey_keeps_its_bits() -> None:
    wide = RANDOM.integers(0, 65535, (5, 7), dtype=np.uint16)
    for kind in ("PNG", "TIFF"):
        image = read_image(encoded(Image.fromarray(wide), kind))
        assert image.dtype == np.uint16 and np.array_equal(image, wide[:, :, None])
    assert image_info(encoded(Image.fromarray(wide))).bit_depth == 16


def test_one_bit_becomes_black_and_white() -> None:
    assert set(np.unique(read_image(encoded(Image.fromarray(GREY > 99))))) == {0, 255}


def test_transparency_is_composited_over_black() -> None:
    pixels = np.dstack([RGB, np.full((6, 9), 255, np.uint8)])
    pixels[0, 0, 3], pixels[0, 1, 3] = 0, 128
    image = read_image(encoded(Image.fromarray(pixels)))
    assert image.shape == (6, 9, 3) and not image[0, 0].any()
    assert np.abs(image[0, 1].astype(float) - RGB[0, 1].astype(float) * 128 / 255).max() <= 0.51
    assert np.array_equal(image[1:], RGB[1:])
    grey = read_image(encoded(Image.fromarray(np.dstack([GREY, np.zeros_like(GREY)]))))
    assert grey.shape == (6, 9, 1) and not grey.any()


def test_palettes_and_cmyk_become_rgb() -> None:
    paletted = Image.fromarray(RGB).quantize(16)
    assert np.array_equal(read_image(encoded(paletted)), np.asarray(paletted.convert("RGB")))
    flat = Image.new("CMYK", (4, 3), (0, 255, 255, 0))
    assert read_image(encoded(flat, "TIFF")).tolist()[0][0] == [255, 0, 0]
    assert np.abs(read_image(encoded(flat, "JPEG")).astype(int) - (255, 0, 0)).max() < 8


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_rotation_is_applied(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(RGB), kind, exif=exif)
    image, info = read_image(data), image_info(data)
    assert image.shape == ((9, 6, 3) if orientation >= 5 else (6, 9, 3))
    assert (info.height_px, info.width_px) == image.shape[:2]
    if orientation == 6 and kind in (
        "PNG",
        "TIFF",
    ):  # the camera was turned: the stored left column is the top row
        assert np.array_equal(image, np.rot90(RGB, -1))


def test_useless_files_are_refused_by_name(tmp_path: Path) -> None:
    whole = encoded(Image.fromarray(RANDOM.integers(0, 255, (90, 90, 3), dtype=np.uint8)), "JPEG")
    bad = {
        "empty.png": (b"", "zero bytes"),
        "text.png": (b"hello, I am text", "not an image"),
        "cut.jpg": (whole[: len(whole) // 2], "truncated"),
        "header.png": (encoded(Image.fromarray(RGB))[:20], "image|truncated"),
        "film.gif": (
            encoded(Image.fromarray(GREY), "GIF", save_all=True, append_images=[Image.fromarray(255 - GREY)]),
            "several pictures",
        ),
        "float.tif": (encoded(Image.fromarray(GREY.astype(np.float32)), "TIFF"), "floating-point"),
    }
    for name, (data, words) in bad.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match=words) as caught:
            read_image(tmp_path / name)
        assert name in str(caught.value)
    with pytest.raises(InputError, match=r"missing\.png"):
        read_image(tmp_path / "missing.png")
    with pytest.raises(InputError, match="folder"):
        read_image(tmp_path)
    with pytest.raises(InputError, match=r"^upload\.png"):
        read_image(b"", name="upload.png")


@pytest.mark.parametrize("read", [read_image, image_info])
def test_a_bomb_is_refused_before_decoding_and_a_large_image_is_not(read: object) -> None:
    for side_px in (50_000, 12_000):
        with pytest.raises(InputError, match="megapixels"):
            read(declared_png(side_px, side_px))  # type: ignore[operator]
    assert image_info(declared_png(8192, 8192)).width_px == 8192
    with pytest.raises(InputError, match="9 × 6"):
        read_image(encoded(Image.fromarray(RGB)), max_pixels=50)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"])
def test_damage_anywhere_gives_pixels_or_one_clear_error(kind: str) -> None:
    random, whole = np.random.default_rng(1), encoded(Image.fromarray(RGB), kind)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            damaged[place] = random.integers(0, 256)
        for read in (read_image, image_info):
            try:
                read(bytes(damaged), name="part.img")
            except InputError as error:
                assert str(error).startswith("part.img")


def test_masks_split_at_half_the_range_or_between_zero_and_one() -> None:
    values = np.array([[0, 1, 127, 128, 255]], dtype=np.uint8)
    assert read_mask(encoded(Image.fromarray(values))).tolist() == [[False, False, False, True, True]]
    assert read_mask(encoded(Image.fromarray((values > 1).astype(np.uint8)))).tolist() == [
        [False, False, True, True, True]
    ]
    assert not read_mask(encoded(Image.fromarray(np.zeros((3, 3), np.uint8)))).any()


def test_thumbnails_fit_and_never_enlarge() -> None:
    wide = np.full((100, 50, 1), 30000, dtype=np.uint16)
    small = thumbnail(wide, 20)
    assert small.shape == (20, 10, 1) and small.dtype == np.uint8 and (small == 117).all()
    assert (thumbnail(wide, 20, window=(20000, 40000)) == 128).all()
    assert np.array_equal(thumbnail(RGB, 500), RGB)
