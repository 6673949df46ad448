"""What generated normals are worth to PatchCore with few real ones.

    python tests/bench/bench_generation.py [--surfaces NAME …] [--seeds 0 …] [--shots 1 …] [--arms NAME …]
    python tests/bench/bench_generation.py --summary

Every arm has the same memory: the patches of one image at 224 px, chosen from all that it was given. An arm
adds to the same real images as many pictures: mirrored and jittered copies (classical), generated ones, those
without variance (quantized), or noise (naive). Each figure is kept as JSON in the results folder; what is
there is not measured again, so that an interrupted bench goes on where it was.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import detectors
from detectors.folders import Category, read_categories
from detectors.generation.encoders import TextImageEncoder
from detectors.generation.encoders.conse import ConseEncoder
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.run import generate_normals
from detectors.images import ImageArray, read_image
from detectors.metrics.ranking import auroc
from detectors.synthesis.surfaces import SURFACES, write_surfaces

BANK_ROWS = 784
SIDE_PX, TRAIN, TEST = 128, 16, 24
SHOTS = (1, 2, 8, 4)
SMEAR, NORMAL = "smear", "good"


@dataclass(frozen=True)
class Cell:
    """One fit: an arm on so many images of a surface."""

    surface: str
    seed: int
    shots: int
    arm: str
    count: int
    settings: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        chosen = "".join(f"-{text}" for text in self.settings)
        return f"{self.surface}-{self.seed}-{self.shots}-{self.arm}-{self.count}{chosen}.json"


def classical(images: Sequence[ImageArray], cell: Cell, encoder: TextImageEncoder) -> list[ImageArray]:
    """Copies mirrored both ways at random, brightness and contrast changed by up to a tenth."""
    random = np.random.default_rng((cell.seed, cell.shots))
    made = []
    for number in range(cell.count):
        picture = images[number % len(images)].astype(np.float32)
        for axis in (0, 1):
            if random.random() < 0.5:
                picture = np.flip(picture, axis)
        mean = picture.mean()
        brightness, contrast = random.uniform(0.9, 1.1, 2)
        made.append(_as_bytes(mean * brightness + (picture - mean) * contrast))
    return made


def naive(images: Sequence[ImageArray], cell: Cell, encoder: TextImageEncoder) -> list[ImageArray]:
    """Noise of the images' own mean and spread."""
    random = np.random.default_rng((cell.seed, cell.shots))
    shape = images[0].shape
    mean, spread = np.mean(images), np.std(images)
    return [_as_bytes(random.normal(mean, spread, shape)) for _ in range(cell.count)]


def generated(images: Sequence[ImageArray], cell: Cell, encoder: TextImageEncoder) -> list[ImageArray]:
    """What a run with the surface's name as its keyword makes."""
    texts = GenerationHyperparameters.parse_text(dict(text.split("=", 1) for text in cell.settings))
    mode = "quantized" if cell.arm == "quantized" else "sample"
    values = {"mode": mode, **texts, "count": cell.count, "seed": cell.seed, "device": "cpu"}
    config = GenerationHyperparameters.parse(values)
    return [
        one.pixels for one in generate_normals(images, config, keyword=cell.surface, encoder=encoder).pictures
    ]


def _none(images: Sequence[ImageArray], cell: Cell, encoder: TextImageEncoder) -> list[ImageArray]:
    return []


ARMS: dict[str, Callable[[Sequence[ImageArray], Cell, TextImageEncoder], list[ImageArray]]] = {
    "real": _none,
    "classical": classical,
    "generated": generated,
    "quantized": generated,
    "naive": naive,
}


def measured(cell: Cell, category: Category, encoder: TextImageEncoder) -> dict[str, Any]:
    """Image AUROC on the test split: over all defects, without smears, smears alone."""
    train = [read_image(path) for path in category.train]
    picked = np.random.default_rng((cell.seed, cell.shots)).choice(len(train), cell.shots, replace=False)
    real = [train[number] for number in picked]
    started = time.process_time()
    added = ARMS[cell.arm](real, cell, encoder)
    making_s = time.process_time() - started
    detector = detectors.create(
        "patchcore", coreset_rows=BANK_ROWS, seed=cell.seed, device="cpu", keep_features=False
    )
    detector.fit([*real, *added])
    scores = detector.score([read_image(image.path) for image in category.test]).image_scores
    kinds = np.array([image.kind for image in category.test])
    return {
        "auroc": _auroc(scores, kinds, np.ones(len(kinds), bool)),
        "without smears": _auroc(scores, kinds, kinds != SMEAR),
        "smears": _auroc(scores, kinds, (kinds == SMEAR) | (kinds == NORMAL)),
        "making_cpu_s": round(making_s, 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads",
    }


def _auroc(scores: npt.NDArray[np.float32], kinds: npt.NDArray[Any], kept: npt.NDArray[np.bool_]) -> float:
    value = auroc(scores[kept], kinds[kept] != NORMAL)
    return float("nan") if value is None else value


def _as_bytes(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def surfaces_folder(results: Path, seed: int) -> Path:
    """The seed's surfaces, made once."""
    folder = results / "surfaces" / str(seed)
    if not folder.is_dir():
        draft = folder.with_suffix(".draft")
        write_surfaces(draft, size_px=SIDE_PX, train=TRAIN, test=TEST, seed=seed, names=SURFACES)
        draft.rename(folder)
    return folder


def print_summary(cells: Sequence[Cell], results: Path) -> None:
    """A Markdown table: means over surfaces and seeds, of cells that all arms of a row's shots have."""
    found = {
        cell: json.loads(path.read_text()) for cell in cells if (path := results / cell.file_name).exists()
    }
    arms = [arm for arm in ARMS if any(cell.arm == arm for cell in found)]
    for figure in ("auroc", "without smears", "smears"):
        print(f"\n{figure}\n\n| normals | cells | {' | '.join(arms)} |\n|{'---|' * (len(arms) + 2)}")
        for shots in sorted({cell.shots for cell in found}):
            of_arm = {
                arm: {
                    (cell.surface, cell.seed): values[figure]
                    for cell, values in found.items()
                    if (cell.shots, cell.arm) == (shots, arm)
                }
                for arm in arms
            }
            main_arms = [of_arm[arm] for arm in arms if arm not in ("quantized", "naive")]
            shared = sorted(set.intersection(*(set(one) for one in main_arms)))
            cells_of = {arm: [pair for pair in shared if pair in of_arm[arm]] for arm in arms}
            texts = [
                f"{np.mean([of_arm[arm][pair] for pair in cells_of[arm]]):.3f}"
                + (f" ({len(cells_of[arm])})" if len(cells_of[arm]) < len(shared) else "")
                if cells_of[arm]
                else "-"
                for arm in arms
            ]
            print(f"| {shots} | {len(shared)} | {' | '.join(texts)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="PatchCore with few normals, real, augmented and generated.")
    parser.add_argument("--surfaces", nargs="+", choices=SURFACES, default=SURFACES)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--shots", nargs="+", type=int, default=SHOTS)
    parser.add_argument("--arms", nargs="+", choices=tuple(ARMS), default=tuple(ARMS))
    parser.add_argument("--count", type=int, default=30, help="pictures that an arm adds")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="of the generation")
    parser.add_argument("--results", type=Path, default=Path("build/bench-generation"))
    parser.add_argument("--summary", action="store_true", help="only print what has been measured")
    options = parser.parse_args()
    cells = [
        Cell(surface, seed, shots, arm, options.count, tuple(options.set))
        for arm in options.arms
        for seed in options.seeds
        for shots in options.shots
        for surface in options.surfaces
    ]
    # By seed and shots first, so that a bench that is cut short compares whole rows.
    cells.sort(
        key=lambda cell: (cell.arm in ("quantized", "naive"), cell.seed, options.shots.index(cell.shots))
    )
    options.results.mkdir(parents=True, exist_ok=True)
    encoder: TextImageEncoder | None = None
    for cell in [] if options.summary else cells:
        path = options.results / cell.file_name
        if path.exists():
            continue
        encoder = encoder or ConseEncoder()
        folder = surfaces_folder(options.results, cell.seed) / cell.surface
        values = measured(cell, read_categories(folder, with_test=True)[0], encoder)
        path.write_text(json.dumps(values, indent=1))
        print(cell.file_name, values, flush=True)
    print_summary(cells, options.results)


if __name__ == "__main__":
    main()
