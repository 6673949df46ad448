"""The paired bootstrap of pixel AUROC: against the exact metric, on equal and on unequal maps."""

import numpy as np
import numpy.typing as npt
import pytest

from detectors.errors import InputError
from detectors.maps import upsample
from detectors.metrics.pixel_bootstrap import paired_pixel_bootstrap
from detectors.metrics.pixels import PixelMetrics

SIDE_PX, CELLS = 32, 8
DEFECTIVE = [False] * 6 + [True] * 6
Pair = tuple[npt.NDArray[np.bool_] | None, npt.NDArray[np.bool_] | None]


def truth_of(number: int) -> Pair:
    mask = np.zeros((SIDE_PX, SIDE_PX), bool)
    mask[8:16, 8:16] = DEFECTIVE[number]
    counting = np.ones_like(mask)
    counting[:4] = False
    return mask, counting


def make_maps(seed: int, strength: float) -> list[npt.NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    maps = [random.gamma(2.0, 1.0, (CELLS, CELLS)).astype(np.float32) for _ in DEFECTIVE]
    for number, native in enumerate(maps):
        native[2:4, 2:4] += strength * DEFECTIVE[number]
    return maps


def exact_auroc(maps: list[npt.NDArray[np.float32]]) -> float:
    pixels = PixelMetrics()
    for number, native in enumerate(maps):
        mask, counting = truth_of(number)
        pixels.update(upsample(native, SIDE_PX, SIDE_PX), mask, counting)
    return pixels.compute().auroc or 0.0


def test_binned_values_are_the_exact_ones_to_a_thousandth() -> None:
    strong, weak = make_maps(1, 3.0), make_maps(2, 1.0)
    found = paired_pixel_bootstrap(strong, weak, truth_of, DEFECTIVE, resamples=50)
    assert found is not None
    assert found.auroc == pytest.approx(exact_auroc(strong), abs=1e-3)
    assert found.other_auroc == pytest.approx(exact_auroc(weak), abs=1e-3)
    assert found.difference.value == pytest.approx(found.auroc - found.other_auroc)
    assert 0 < found.difference.low < found.difference.value < found.difference.high


def test_a_detector_does_not_differ_from_itself_nor_from_its_maps_rescaled() -> None:
    maps = make_maps(1, 2.0)
    rescaled = [np.float32(7.0) * native for native in maps]
    found = paired_pixel_bootstrap(maps, rescaled, truth_of, DEFECTIVE, resamples=50)
    assert found is not None
    assert (found.difference.low, found.difference.high) == pytest.approx((0.0, 0.0), abs=1e-3)


def test_the_interval_repeats_and_images_without_a_mask_count_nowhere() -> None:
    strong, weak = make_maps(1, 3.0), make_maps(2, 1.0)

    def partly(number: int) -> Pair:
        return (None, None) if number in (0, 11) else truth_of(number)

    given = {"resamples": 50, "seed": 4}
    found = paired_pixel_bootstrap(strong, weak, partly, DEFECTIVE, **given)
    assert found == paired_pixel_bootstrap(strong, weak, partly, DEFECTIVE, **given)
    strong[0] = strong[0] + 100
    strong[11] = strong[11] * 0
    again = paired_pixel_bootstrap(strong, weak, partly, DEFECTIVE, **given)
    assert again is not None and found is not None
    assert again.auroc == pytest.approx(found.auroc, abs=0.01)


def test_without_drawn_defects_or_normals_there_is_nothing_to_say() -> None:
    maps = make_maps(1, 1.0)
    assert paired_pixel_bootstrap(maps, maps, lambda _: (None, None), DEFECTIVE, resamples=5) is None
    assert paired_pixel_bootstrap(maps[6:], maps[6:], lambda n: truth_of(n + 6), [True] * 6) is None
    with pytest.raises(InputError, match="do not agree"):
        paired_pixel_bootstrap(maps, maps[1:], truth_of, DEFECTIVE)
