"""Lay out the real solar cells of the package `elpv-dataset` in the MVTec AD layout.

    python tests/bench/elpv.py OUT --kind mono --train 200 --validation 100 --test 100

The images are licensed CC BY-NC-SA 4.0: for measuring only, never in the repository. Normal cells are those
with defect probability 0, defective ones those with probability 1. There are no masks.
"""

import argparse
import csv
import random
import shutil
from importlib.util import find_spec
from pathlib import Path


def data_folder() -> Path:
    """Where the package keeps its images and labels."""
    package = find_spec("elpv_dataset")
    if package is None or package.origin is None:
        raise SystemExit("The package elpv-dataset is not installed (requirements/demo.lock).")
    return Path(package.origin).parent / "data"


def every_cell() -> list[Path]:
    """All images, sorted."""
    return sorted((data_folder() / "images").glob("*.png"))


def cells(kind: str) -> tuple[list[Path], list[Path]]:
    """Normal and defective cells of one kind (`mono` or `poly`)."""
    folder = data_folder()
    normal, defective = [], []
    with (folder / "labels.csv").open(newline="") as stream:
        for path, probability, cell_kind in csv.reader(stream, delimiter=" ", skipinitialspace=True):
            if cell_kind.strip() == kind and float(probability) in (0.0, 1.0):
                (defective if float(probability) == 1.0 else normal).append(folder / path)
    return sorted(normal), sorted(defective)


def lay_out(out: Path, kind: str, train: int, validation: int, test: int, seed: int) -> None:
    """Copy `train` normals, `validation` normals, and `test` normals and defects, drawn by seed."""
    normal, defective = cells(kind)
    draw = random.Random(seed)
    draw.shuffle(normal)
    draw.shuffle(defective)
    if len(normal) < train + validation + test or len(defective) < test:
        raise SystemExit(f"There are only {len(normal)} normal and {len(defective)} defective {kind} cells.")
    parts = {
        "train/good": normal[:train],
        "validation/good": normal[train : train + validation],
        "test/good": normal[train + validation : train + validation + test],
        "test/defective": defective[:test],
    }
    for name, paths in parts.items():
        (out / name).mkdir(parents=True, exist_ok=True)
        for path in paths:
            shutil.copy(path, out / name / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(description="Solar cells in the MVTec AD layout.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=("mono", "poly"), default="mono")
    parser.add_argument("--train", type=int, default=200)
    parser.add_argument("--validation", type=int, default=100)
    parser.add_argument("--test", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    lay_out(options.out, options.kind, options.train, options.validation, options.test, options.seed)


if __name__ == "__main__":
    main()
