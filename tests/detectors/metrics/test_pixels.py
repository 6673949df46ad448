"""The stream of maps gives exactly what all maps at once give."""

import subprocess
import sys

import numpy as np
import pytest

from detectors.errors import InputError
from detectors.metrics.overlap import aupro
from detectors.metrics.pixels import PixelMetrics
from detectors.metrics.ranking import auroc, average_precision, f1_max


def images(count=7, size=24):
    generator = np.random.default_rng(3)
    maps = generator.random((count, size, size)).astype(np.float32).round(2)
    masks = np.zeros(maps.shape, bool)
    masks[0, 2:7, 3:9] = masks[2, 10:12, 1:20] = masks[2, 20:, 20:] = True
    return maps + 0.3 * masks.astype(np.float32), masks


@pytest.mark.parametrize("normals_in_memory", [100, 1_500, 10**6])
def test_a_stream_equals_one_shot(normals_in_memory):
    maps, masks = images()
    stream = PixelMetrics(normals_in_memory=normals_in_memory)
    for score_map, mask in zip(maps, masks, strict=True):
        stream.update(score_map, mask)
    report = stream.compute()
    assert report.auroc == auroc(maps, masks)
    assert report.average_precision == pytest.approx(average_precision(maps, masks), abs=1e-12)
    assert report.f1 == f1_max(maps, masks)
    assert report.aupro == pytest.approx(aupro(maps, masks), abs=1e-12)
    assert stream.compute() == report


def test_more_images_may_follow_a_reading():
    maps, masks = images()
    stream, whole = PixelMetrics(normals_in_memory=700), PixelMetrics()
    for score_map, mask in zip(maps, masks, strict=True):
        stream.update(score_map, mask)
        stream.compute()
        whole.update(score_map, mask)
    assert stream.compute() == whole.compute()


def test_images_of_several_sizes_and_pixels_outside_the_region_of_interest():
    maps, masks = images()
    valid = np.ones(masks[0].shape, bool)
    valid[:, :5] = False
    stream = PixelMetrics()
    stream.update(maps[0], masks[0], valid)
    stream.update(maps[1, :10], masks[1, :10])
    scores = np.concatenate([maps[0][valid], maps[1, :10].ravel()])
    labels = np.concatenate([masks[0][valid], masks[1, :10].ravel()])
    assert stream.compute().auroc == auroc(scores, labels)


def test_nothing_anomalous_is_undefined_and_bad_maps_are_refused():
    stream = PixelMetrics()
    stream.update(np.zeros((3, 3)), np.zeros((3, 3)))
    report = stream.compute()
    assert (report.auroc, report.average_precision, report.aupro, report.f1) == (None, None, None, None)
    with pytest.raises(InputError, match="NaN"):
        stream.update(np.full((3, 3), np.nan), np.zeros((3, 3)))
    with pytest.raises(InputError, match="shape"):
        stream.update(np.zeros((3, 3)), np.zeros((3, 4)))


def test_metrics_need_no_torch():
    code = (
        "import sys, detectors.metrics.pixels, detectors.metrics.bootstrap, detectors.metrics.thresholds;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
