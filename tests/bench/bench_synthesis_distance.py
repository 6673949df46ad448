"""How far made-up defects are from real ones: `python tests/bench/bench_synthesis_distance.py`.

The Fréchet distance between two sets of images (Heusel et al. 2017), each seen as a Gaussian of pooled
features. The usual Inception network is in no package; EfficientNet-Lite0 stands in for it, so that the
figures compare kinds with each other here, and with no publication. Real are ELPV's defective cells (whole
cells, there are no masks); the bench's surfaces have drawn defects. `normal` is the distance of untouched
normal images, `half` that between two halves of the real ones: about the best that can be reached with so
few images.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from elpv import cells
from scipy import linalg

from detectors.base import FitContext
from detectors.features.backbones import Backbone, load_backbone
from detectors.images import read_image
from detectors.synthesis import kinds
from detectors.synthesis.base import Synthesis, many
from detectors.synthesis.diffusion.source import diffusion_defects
from detectors.synthesis.gallery import frames
from detectors.synthesis.hyperparameters import SDAS, SdasHyperparameters
from detectors.synthesis.photographs import PHOTOGRAPHS
from detectors.synthesis.pixels import RgbImage
from detectors.synthesis.surfaces import DEFECTS, SURFACES, add_defect, normal_image, photographs

KINDS = ("perlin_texture", "marks", "cutpaste", "nsa", "mixed", SDAS)
SIDE_PX = 128
Features = npt.NDArray[np.float64]


def pools(count: int, seed: int) -> Iterator[tuple[str, list[RgbImage], list[RgbImage]]]:
    """Name, normal images to spoil, and real (or drawn) defects, `count` of each at most."""
    normal, defective = cells("mono")
    yield (
        "solar cells",
        frames([read_image(path) for path in normal[:count]], count, SIDE_PX),
        frames([read_image(path) for path in defective[:count]], count, SIDE_PX),
    )
    photos, random = photographs(), np.random.default_rng(seed)
    for name in SURFACES:
        foreign = photos[SURFACES[(SURFACES.index(name) + 1) % len(SURFACES)]]
        normals = [normal_image(photos[name], SIDE_PX, random, for_test=False) for _ in range(count)]
        spoiled = []
        for number in range(count):
            image = normal_image(photos[name], SIDE_PX, random, for_test=True)
            other = normal_image(foreign, SIDE_PX, random, for_test=True)
            spoiled.append(add_defect(image, list(DEFECTS)[number % len(DEFECTS)], other, random)[0])
        yield name, *([np.repeat(one[:, :, None], 3, axis=2) for one in some] for some in (normals, spoiled))


def synthesis_of(kind: str, normals: Sequence[RgbImage], seed: int) -> Synthesis:
    """The kind with textures that are none of the surfaces."""
    others = tuple(name for name in PHOTOGRAPHS if name not in SURFACES)
    chosen = SdasHyperparameters(synthesis=kind, photographs=others)
    if kind != SDAS:
        return kinds.create(chosen.synthesis_settings(), normals)
    with tempfile.TemporaryDirectory() as scratch:
        context = FitContext(lambda _fraction, _message: None, Path(scratch))
        return diffusion_defects(chosen, normals, seed, context, torch.device("cpu"))


@torch.no_grad()
def features_of(backbone: Backbone, images: Sequence[RgbImage]) -> Features:
    """(N, 320) means of the last layer over each image."""
    found = []
    for start in range(0, len(images), 16):
        pixels = torch.from_numpy(np.stack(images[start : start + 16])).permute(0, 3, 1, 2).float()
        found.append(backbone(pixels)[0].mean(dim=(2, 3)).double().numpy())
    return np.concatenate(found)


def distance(first: Features, second: Features) -> float:
    """The Fréchet distance of the two Gaussians; 0 for equal ones."""
    means, covariances = zip(*((one.mean(axis=0), np.cov(one.T)) for one in (first, second)), strict=True)
    root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    spread = np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * np.trace(root)
    return float(np.square(means[0] - means[1]).sum() + spread)


def main() -> None:
    parser = argparse.ArgumentParser(description="Distance of made-up defects to real ones.")
    parser.add_argument("--count", type=int, default=300, help="images of each side")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    backbone = load_backbone("efficientnet_lite0", "imagenet", ("blocks.6",), options.seed)
    print("| images | normal | half | " + " | ".join(options.kinds) + " |")
    print("|---" * (3 + len(options.kinds)) + "|")
    for name, normals, real in pools(options.count, options.seed):
        truth = features_of(backbone, real)
        row = [distance(features_of(backbone, normals), truth), distance(truth[::2], truth[1::2])]
        for kind in options.kinds:
            made = many(synthesis_of(kind, normals, options.seed), normals, 2 * len(real), options.seed)
            spoiled = [one.image for _, one in made if one.mask.any()][: len(real)]
            row.append(distance(features_of(backbone, spoiled), truth))
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in row) + " |", flush=True)


if __name__ == "__main__":
    main()
