"""One fit of PatchCore on many images with a memory of fixed size, for `bench_patchcore.py`.

    python tests/bench/patchcore_growth.py REPORT --images 1000

The images are the 2,624 real solar cells in a fixed random order, and after them their mirror images. The
seconds are those of the fit; the peak is that of the whole process.
"""

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import overload

import contest
from elpv import every_cell

import detectors
from detectors.images import ImageArray, read_image

CAP_ROWS = 10_000


class Cells(Sequence[ImageArray]):
    """The first `count` images, read as they are asked for."""

    def __init__(self, count: int) -> None:
        self._paths = every_cell()
        random.Random(0).shuffle(self._paths)
        self._count = count
        if count > 2 * len(self._paths):
            raise SystemExit(f"There are only {2 * len(self._paths)} images.")

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> ImageArray: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ImageArray]: ...
    def __getitem__(self, index: int | slice) -> ImageArray | Sequence[ImageArray]:
        if isinstance(index, slice):
            return [self[number] for number in range(self._count)[index]]
        mirrored, number = divmod(range(self._count)[index], len(self._paths))
        image = read_image(self._paths[number])
        return image[:, ::-1].copy() if mirrored else image


def main() -> None:
    parser = argparse.ArgumentParser(description="One fit with a memory of fixed size.")
    parser.add_argument("report", type=Path)
    parser.add_argument("--images", type=int, required=True)
    options = parser.parse_args()
    detector = detectors.create("patchcore", coreset_cap=CAP_ROWS, device="cpu")
    before = contest.usage()
    detector.fit(Cells(options.images))
    after = contest.usage()
    seconds = {key: after[key] - before[key] for key in ("wall_s", "cpu_s")}
    options.report.write_text(json.dumps({**seconds, "peak_rss_mb": after["peak_rss_mb"]}))


if __name__ == "__main__":
    main()
