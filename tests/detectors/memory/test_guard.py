"""Bands, and images that drop out of theirs."""

from detectors.memory.guard import Bands, dropped_bands


def test_bands_start_at_their_thresholds():
    bands = Bands(1.0, 2.0)
    assert [bands.rank(score) for score in (0.9, 1.0, 1.9, 2.0)] == [0, 1, 1, 2]
    assert Bands(None, None).rank(-5.0) == 1
    assert Bands(None, 2.0).rank(2.5) == 2
    assert Bands(1.0, None).rank(99.0) == 1


def test_only_defective_images_that_drop_are_named():
    before = {"a": 2.5, "b": 1.5, "c": 2.5, "good": 2.5}
    after = {"a": 1.5, "b": 1.2, "good": 0.0}
    bands = Bands(1.0, 2.0)
    assert dropped_bands(["a", "b", "c"], before, after, bands, bands) == ("a",)
    # A threshold that rises drops images as well as a score that falls.
    assert dropped_bands(["a", "b"], before, before, bands, Bands(1.6, 2.0)) == ("b",)
