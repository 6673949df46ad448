"""Small made images for the detectors' tests."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

ImageArray = npt.NDArray[np.uint8]

_SMALL_MEMORY = {"image_size": 64, "coreset_rows": 150, "weights": "random", "device": "cpu"}

SMALL = {
    "realnet": {
        "image_size": 64,
        "weights": "random",
        "layers": ("blocks.1", "blocks.2"),
        "kept_channels": ("16", "24"),
        "kept_residuals": 8,
        "steps": 60,
        "batch_size": 4,
        "selection_batches": 2,
        "learning_rate": 3e-3,
        "score_window": 4,
        "device": "cpu",
    },
    "intra": {
        "image_size": 64,
        "patch": 8,
        "window": 5,
        "width": 32,
        "blocks": 3,
        "heads": 2,
        "batch_size": 16,
        "learning_rate": 0.005,
        "filter_px": 5,
        "steps": 60,
        "trials": 3,
        "device": "cpu",
    },
    "draem": {
        "image_size": 32,
        "reconstruction_width": 4,
        "segmentation_width": 8,
        "batch_size": 4,
        "steps": 120,
        "learning_rate": 5e-3,
        "score_window": 5,
        "synthesis": "marks",
        "device": "cpu",
    },
    "patchcore": _SMALL_MEMORY,
    "patchcore_ensemble": _SMALL_MEMORY,
    "mspb": {
        "image_size": 64,
        "width": 0.0625,
        "steps": 20,
        "batch_size": 8,
        "centres": 4,
        "trials": 3,
        "device": "cpu",
    },
    "patch_svdd": {
        "image_size": 96,
        "width": 0.25,
        "steps": 20,
        "batch_size": 16,
        "trials": 3,
        "device": "cpu",
    },
}
"""Hyperparameters that make each detector fast enough for its tests."""


def stripes(seed: int, side_px: int = 64) -> ImageArray:
    """A noisy striped texture, (side, side, 3) uint8."""
    random = np.random.default_rng(seed)
    columns = 128 + 60 * np.sin(np.arange(side_px) / 3.0 + random.uniform(0, 0.5))
    image = columns[None, :, None] + random.normal(0, 8, (side_px, side_px, 3))
    return np.clip(image, 0, 255).astype(np.uint8)


def with_square(image: ImageArray, top: int, left: int, side: int, value: int = 255) -> ImageArray:
    """The image with a plain square drawn in."""
    changed = image.copy()
    changed[top : top + side, left : left + side] = value
    return changed


def write_category(folder: Path, train: int = 4, side_px: int = 64) -> Path:
    """A category with `train` normals, two test normals and two defects with masks."""
    for number in range(train):
        _save(folder / "train" / "good" / f"{number}.png", stripes(number, side_px))
    for number in range(2):
        _save(folder / "test" / "good" / f"{number}.png", stripes(100 + number, side_px))
        defect = with_square(stripes(200 + number, side_px), 20, 24, 12)
        _save(folder / "test" / "hole" / f"{number}.png", defect)
        mask = with_square(np.zeros((side_px, side_px), np.uint8), 20, 24, 12)
        _save(folder / "ground_truth" / "hole" / f"{number}_mask.png", mask)
    return folder


def _save(path: Path, image: ImageArray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)
