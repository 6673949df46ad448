"""What is fixed at fit: intensity window, depth and colour."""

import numpy as np
from pictures import stripes

from detectors.acquisition import Acquisition
from detectors.images import ImageArray


def twelve_bit(seed: int) -> ImageArray:
    return (stripes(seed)[:, :, :1].astype(np.uint16) * 16) + 200


def test_eight_bit_pools_keep_their_whole_range() -> None:
    learned = Acquisition.learn([stripes(0) // 4])
    assert (learned.window_low, learned.window_high, learned.is_sixteen_bit) == (0, 255, False)
    image = stripes(1)
    assert np.array_equal(learned.frame(image, 64, 64), image)


def test_sixteen_bit_pools_get_a_window_with_headroom_that_no_image_moves() -> None:
    learned = Acquisition.learn([twelve_bit(seed) for seed in range(3)])
    assert learned.is_sixteen_bit and not learned.is_colour
    assert 0 <= learned.window_low < 1000 and 3500 < learned.window_high < 6500
    frame = learned.frame(twelve_bit(9), 64, 64)
    assert frame.dtype == np.float32 and 0 <= frame.min() < frame.max() <= 255 and np.ptp(frame) > 120
    brighter = learned.frame(twelve_bit(9) + np.uint16(200), 64, 64)
    assert (brighter >= frame).all() and brighter.mean() > frame.mean() + 5
    assert (learned.frame(np.full((8, 8, 1), 65535, np.uint16), 8, 8) == 255).all()


def test_the_other_depth_is_read_at_full_scale() -> None:
    narrow, image = Acquisition.learn([stripes(0)]), stripes(1)
    assert np.array_equal(narrow.frame(image.astype(np.uint16) * 257, 64, 64), image)
    wide = Acquisition(0.0, 65535.0, is_sixteen_bit=True, is_colour=True)
    np.testing.assert_allclose(wide.frame(image, 64, 64), image, atol=1e-3)


def test_grey_pools_read_colour_as_luma_and_colour_pools_repeat_grey() -> None:
    grey, colour = Acquisition.learn([stripes(0)[:, :, :1]]), Acquisition.learn([stripes(0)])
    red = np.zeros((4, 4, 3), np.uint8)
    red[:, :, 0] = 200
    assert np.unique(grey.frame(red, 4, 4)).tolist() == [60]
    assert np.array_equal(colour.frame(red, 4, 4), red)
    plane = stripes(3)[:, :, :1]
    assert np.array_equal(colour.frame(plane, 64, 64), np.repeat(plane, 3, axis=2))


def test_resizing_differs_between_depths_only_by_rounding_after_each_axis() -> None:
    image = stripes(2)
    small = Acquisition.learn([image]).frame(image, 20, 30)
    wide = Acquisition(0.0, 65535.0, is_sixteen_bit=True, is_colour=True)
    assert small.shape == (20, 30, 3)
    np.testing.assert_allclose(wide.frame(image.astype(np.uint16) * 257, 20, 30), small, atol=1.01)
