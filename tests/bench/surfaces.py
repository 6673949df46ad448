"""Make photographed surfaces with drawn defects and exact masks, in the MVTec AD layout.

python tests/bench/surfaces.py OUT --size 224 --train 60 --test 20 --seed 0
"""

import argparse
from pathlib import Path

from detectors.synthesis.surfaces import SURFACES, write_surfaces


def main() -> None:
    parser = argparse.ArgumentParser(description="Surfaces with drawn defects in the MVTec AD layout.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, default=224, help="side of the images in pixels")
    parser.add_argument("--train", type=int, default=60, help="training normals per surface")
    parser.add_argument("--test", type=int, default=20, help="test normals, and test defects, per surface")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--names", nargs="+", choices=SURFACES, default=SURFACES)
    options = parser.parse_args()
    write_surfaces(
        options.out,
        size_px=options.size,
        train=options.train,
        test=options.test,
        seed=options.seed,
        names=options.names,
    )


if __name__ == "__main__":
    main()
