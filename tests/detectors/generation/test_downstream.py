"""What generated pictures do to a detector that trains on them."""

import numpy as np
import numpy.typing as npt
from pictures import SMALL, stripes
from tiny_generation import TINY, PlainEncoder

import detectors
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.run import generate_normals
from detectors.metrics.ranking import auroc

Images = list[npt.NDArray[np.uint8]]

REAL = [stripes(seed) for seed in range(2)]


def _noise(seed: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)


def _auroc(pool: Images) -> float:
    """Of stripes against stripes with a slightly brighter square, with a memory that is soon full."""
    normal = [stripes(100 + seed) for seed in range(10)]
    defective = [stripes(200 + seed) for seed in range(10)]
    for image in defective:
        image[24:40, 24:40] = np.clip(image[24:40, 24:40].astype(int) + 20, 0, 255)
    settings = {**SMALL["patchcore"], "coreset_rows": 32}
    detector = detectors.create("patchcore", **settings).fit(pool)
    value = auroc(detector.score(normal + defective).image_scores, [False] * 10 + [True] * 10)
    assert value is not None
    return value


def test_noise_as_normals_hurts_and_generated_normals_do_not() -> None:
    config = GenerationHyperparameters.parse({**TINY, "iterations": 1, "count": 8, "views": "none"})
    made = generate_normals(REAL, config, keyword="fabric", encoder=PlainEncoder())
    pool = REAL + [one.pixels for one in made.pictures]
    assert len(pool) == 10
    alone = _auroc(REAL)
    assert alone > 0.9
    assert _auroc(pool) > alone - 0.15 > _auroc(REAL + [_noise(seed) for seed in range(8)])
