"""Laying one picture over another inside a mask. Torch-free."""

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.synthesis.pixels import BoolMask, as_bytes, pixels_of


def blend(
    image: npt.NDArray[Any], texture: npt.NDArray[Any], mask: BoolMask, texture_opacity: float
) -> npt.NDArray[Any]:
    """`texture` over `image` inside `mask`; outside, the image bit for bit.

    Inside: (1 - texture_opacity) image + texture_opacity texture. This is the papers' β (DRAEM, equation of
    I_a) and δ (RealNet); DRAEM's code draws its complement.

    Args:
        image: (H, W, 3) uint8 or float.
        texture: like `image`.
        mask: (H, W) bool.
        texture_opacity: in [0, 1]; 1 shows the texture alone.

    Returns:
        As `image`, in its dtype; uint8 is rounded.
    """
    blended = image.copy()
    places = np.flatnonzero(mask)
    inside = pixels_of(image)[places] * (1 - texture_opacity) + pixels_of(texture)[places] * texture_opacity
    pixels_of(blended)[places] = as_bytes(inside) if image.dtype == np.uint8 else inside
    return blended
