"""Real photographs for the browser tests: solar cells where they are installed, else CC0 surfaces."""

import io
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from detectors.synthesis.surfaces import add_defect, normal_image, photographs

SIDE_PX = 128


def training_archive(folder: Path, *, normals: int, tests: int) -> Path:
    """A zip in the MVTec AD layout: training normals, and test normals and defects without masks."""
    good, bad = pictures(normals + tests, tests)
    archive = folder / "training.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for number, picture in enumerate(good):
            place = "train/good" if number < normals else "test/good"
            packed.writestr(f"{place}/{number:03}.png", picture)
        for number, picture in enumerate(bad):
            packed.writestr(f"test/defective/{number:03}.png", picture)
    return archive


def stream_files(folder: Path, *, normals: int, defects: int) -> list[Path]:
    """Single files as a camera would send them, all different from those of the archive."""
    good, bad = pictures(normals, defects, seed=1)
    paths = []
    for name, content in [("normal", good), ("defect", bad)]:
        for number, picture in enumerate(content):
            path = folder / f"{name}-{number}.png"
            path.write_bytes(picture)
            paths.append(path)
    return paths


def pictures(normals: int, defects: int, *, seed: int = 0) -> tuple[list[bytes], list[bytes]]:
    """PNG bytes of normal and of defective parts; another seed gives other pictures."""
    if find_spec("elpv_dataset") is not None:
        return _solar_cells(normals, defects, seed)
    random = np.random.default_rng(seed)
    photos = photographs()
    good = [normal_image(photos["gravel"], SIDE_PX, random, for_test=bool(seed)) for _ in range(normals)]
    bad = []
    for _ in range(defects):
        base = normal_image(photos["gravel"], SIDE_PX, random, for_test=True)
        foreign = normal_image(photos["brick"], SIDE_PX, random, for_test=True)
        bad.append(add_defect(base, "foreign", foreign, random)[0])
    return [_png(picture) for picture in good], [_png(picture) for picture in bad]


def _solar_cells(normals: int, defects: int, seed: int) -> tuple[list[bytes], list[bytes]]:
    from bench.elpv import cells

    good, bad = cells("mono")
    start_good, start_bad = (seed * 100, seed * 50)
    picked = good[start_good : start_good + normals], bad[start_bad : start_bad + defects]
    normal, defective = (
        [_png(np.asarray(Image.open(path).convert("L").resize((SIDE_PX, SIDE_PX)))) for path in paths]
        for paths in picked
    )
    return normal, defective


def _png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()
