"""Where demonstration images come from: solar cells where their package is installed, else made surfaces."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from detectors.images import read_image
from flawmark.core.errors import InvalidInput
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Label, Split

TRAIN, VALIDATION, TEST = 200, 100, 60


@dataclass(frozen=True)
class DemoImage:
    """One file with what the demonstration says of it. Without label and split it belongs to the stream."""

    path: Path
    label: str = Label.UNLABELLED
    split: str = Split.UNASSIGNED
    mask_path: Path | None = None

    @property
    def filename(self) -> str:
        """The name people see; it does not give the answer away."""
        return self.path.name

    def mask(self) -> Mask | None:
        return None if self.mask_path is None else np.any(read_image(self.mask_path) > 0, axis=2)


@dataclass(frozen=True)
class DemoSource:
    """A demonstration dataset: its words, and its images, the labelled ones first."""

    name: str
    description: str
    licence: str
    images: list[DemoImage]


def solar_cells() -> DemoSource | None:
    """The mono-crystalline cells of the package `elpv-dataset`; None where it is not installed.

    Only cells whose label is certain are used: defect probability 0 is normal, 1 is defective. They have no
    masks. Buerhop-Lopez et al., "A Benchmark for Visual Identification of Defective Solar Cells", 2018.
    """
    package = find_spec("elpv_dataset")
    if package is None or package.origin is None:
        return None
    normal, defective = _cells(Path(package.origin).parent / "data")
    held_out = TRAIN + VALIDATION
    images = [
        *_labelled(normal[:TRAIN], Label.NORMAL, Split.TRAIN),
        *_labelled(normal[TRAIN:held_out], Label.NORMAL, Split.VALIDATION),
        *_labelled(normal[held_out : held_out + TEST], Label.NORMAL, Split.TEST),
        *_labelled(defective[:TEST], Label.DEFECTIVE, Split.TEST),
    ]
    stream = [DemoImage(path) for path in [*normal[held_out + TEST :], *defective[TEST:]]]
    random.Random(1).shuffle(stream)
    return DemoSource(
        name="Solar cells (demo)",
        description="Electroluminescence images of mono-crystalline solar cells.",
        licence="Images: CC BY-NC-SA 4.0, not for commercial use (ELPV, Buerhop-Lopez et al. 2018).",
        images=[*images, *stream],
    )


def made_surfaces(folder: Path) -> DemoSource:
    """Brick surfaces cut from a CC0 photograph, with drawn defects and exact masks, written into `folder`.

    Raises:
        InvalidInput: scikit-image, which carries the photograph, is not installed.
    """
    if find_spec("skimage") is None:
        raise InvalidInput(
            "The demonstration needs the package elpv-dataset or scikit-image.", code="no_demo"
        )
    from detectors.synthesis.surfaces import write_surfaces

    write_surfaces(folder, train=160, test=100, names=["brick"], seed=0)
    place = folder / "brick"
    normal = sorted((place / "train" / "good").iterdir())
    fresh = sorted((place / "test" / "good").iterdir())
    defective = list(_defective(place))
    random.Random(0).shuffle(defective)
    images = [
        *_labelled(normal, Label.NORMAL, Split.TRAIN),
        *_labelled(fresh[:50], Label.NORMAL, Split.VALIDATION),
        *_labelled(fresh[50:70], Label.NORMAL, Split.TEST),
        *(DemoImage(path, Label.DEFECTIVE, Split.TEST, mask) for path, mask in defective[:40]),
    ]
    stream = [DemoImage(path) for path in [*fresh[70:], *(path for path, _ in defective[40:])]]
    random.Random(1).shuffle(stream)
    return DemoSource(
        name="Brick surfaces (demo)",
        description="Crops of a photograph of bricks; scratches, stains, smears and patches are drawn.",
        licence="Images: CC0.",
        images=[*images, *stream],
    )


def _cells(folder: Path) -> tuple[list[Path], list[Path]]:
    """Normal and defective cells, each in a random but fixed order."""
    found: dict[float, list[Path]] = {0.0: [], 1.0: []}
    with (folder / "labels.csv").open(newline="") as stream:
        for path, probability, kind in csv.reader(stream, delimiter=" ", skipinitialspace=True):
            if kind.strip() == "mono" and float(probability) in found:
                found[float(probability)].append(folder / path)
    for paths in found.values():
        random.Random(0).shuffle(paths)
    return found[0.0], found[1.0]


def _labelled(paths: list[Path], label: str, split: str) -> Iterator[DemoImage]:
    return (DemoImage(path, label, split) for path in paths)


def _defective(place: Path) -> Iterator[tuple[Path, Path]]:
    for kind in sorted((place / "ground_truth").iterdir()):
        for path in sorted((place / "test" / kind.name).iterdir()):
            yield path, kind / f"{path.stem}_mask.png"
