"""Flawmark's PatchCore as one side of `bench_patchcore.py`."""

from pathlib import Path

import contest

import detectors
from detectors.folders import ImageFiles
from detectors.images import read_image
from detectors.maps import upsample
from detectors.methods.patchcore import PatchCore


class Flawmark:
    """The detector through its public contract; the fit saves the model, as the other side's engine does."""

    def __init__(self, seed: int, ratio: float) -> None:
        self._detector = detectors.create(
            PatchCore.name, seed=seed, coreset_fraction=ratio, image_size=contest.SIDE_PX, device="cpu"
        )

    def fit(self, folder: Path, scratch: Path) -> None:
        self._detector.fit(ImageFiles(sorted((folder / "train/good").glob("*.png"))))
        self._detector.save(scratch / "model")

    def score(self, path: Path) -> float:
        result = self._detector.score([read_image(path)])
        upsample(result.maps[0], contest.SIDE_PX, contest.SIDE_PX)
        return float(result.image_scores[0])

    def bank_rows(self) -> int:
        return len(self._detector.bank)


if __name__ == "__main__":
    contest.run(Flawmark)
