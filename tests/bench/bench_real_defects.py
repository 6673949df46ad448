"""What ten reviewed defects add: `python tests/bench/bench_real_defects.py [--set NAME=VALUE …]`.

A detector is fitted on each of the bench's surfaces with made-up defects alone, and again, for each kind of
drawn defect, with ten marked ones of that kind besides. Both are measured on other defects of the kind, from
the part of the photograph that training never sees.
"""

import argparse
import os
import platform

import numpy as np
import numpy.typing as npt

import detectors
from detectors import outputs, registry
from detectors.maps import upsample
from detectors.metrics.ranking import auroc
from detectors.samples import MarkedDefect
from detectors.synthesis.photographs import PHOTOGRAPHS
from detectors.synthesis.surfaces import DEFECTS, SURFACES, add_defect, normal_image, photographs

Picture = npt.NDArray[np.uint8]
TRAIN_IMAGES = 60


class Surface:
    """One photograph as a pool: normal images, and as many drawn defects as are asked for."""

    def __init__(self, name: str, size_px: int, seed: int) -> None:
        photos = photographs()
        self._photo = photos[name]
        self._foreign = photos[SURFACES[(SURFACES.index(name) + 1) % len(SURFACES)]]
        self._size_px = size_px
        self._random = np.random.default_rng((seed, SURFACES.index(name)))

    def normals(self, count: int, *, for_test: bool) -> list[Picture]:
        draw = (self._photo, self._size_px, self._random)
        return [normal_image(*draw, for_test=for_test)[:, :, None] for _ in range(count)]

    def defects(self, kind: str, count: int, *, for_test: bool) -> list[MarkedDefect]:
        found = []
        for image in self.normals(count, for_test=for_test):
            foreign = normal_image(self._foreign, self._size_px, self._random, for_test=for_test)
            changed, mask = add_defect(image[:, :, 0], kind, foreign, self._random)
            found.append(MarkedDefect(changed[:, :, None], mask))
        return found


def quality(
    detector: "detectors.base.Detector", normals: list[Picture], defects: list[MarkedDefect]
) -> tuple[float, float]:
    """Image and pixel AUROC of one kind of defect against normal images."""
    result = detector.score([*normals, *(one.image for one in defects)])
    is_defect = np.arange(len(result.image_scores)) >= len(normals)
    maps = np.stack([upsample(cells, *normals[0].shape[:2]) for cells in result.maps])
    masks = np.stack(
        [*(np.zeros(image.shape[:2], bool) for image in normals), *(one.mask for one in defects)]
    )
    found = auroc(result.image_scores, is_defect), auroc(maps.ravel(), masks.ravel())
    assert found[0] is not None and found[1] is not None
    return found[0], found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="What ten reviewed defects add.")
    parser.add_argument("--detector", choices=("draem", "realnet"), default="realnet")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--surfaces", nargs="+", choices=SURFACES, default=SURFACES)
    parser.add_argument("--kinds", nargs="+", choices=tuple(DEFECTS), default=tuple(DEFECTS))
    parser.add_argument("--size", type=int, default=128, help="side of the images in pixels")
    parser.add_argument("--marked", type=int, default=10)
    parser.add_argument("--test", type=int, default=60, help="test normals, and test defects of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    texts = outputs.name_value_pairs(options.set)
    others = [name for name in PHOTOGRAPHS if name not in SURFACES]
    chosen = {"seed": options.seed, "photographs": others}
    chosen |= registry.hyperparameters_class(options.detector).parse_text(texts)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.detector}\n"
    )
    print("| surface | kind | image AUROC without | with | pixel AUROC without | with |")
    print("|---|---|---|---|---|---|")
    for name in options.surfaces:
        surface = Surface(name, options.size, options.seed)
        train = surface.normals(TRAIN_IMAGES, for_test=False)
        normals = surface.normals(options.test, for_test=True)
        without = detectors.create(options.detector, **chosen).fit(train)
        for kind in options.kinds:
            marked = surface.defects(kind, options.marked, for_test=False)
            test = surface.defects(kind, options.test, for_test=True)
            taught = detectors.create(options.detector, **chosen).fit(train, defects=marked)
            before, after = quality(without, normals, test), quality(taught, normals, test)
            cells = (f"{before[0]:.3f} | {after[0]:.3f}", f"{before[1]:.3f} | {after[1]:.3f}")
            print(f"| {name} | {kind} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
