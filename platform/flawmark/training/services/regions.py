"""A dataset's region of interest as a mask of pixels."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from flawmark.core.masks.tiles import Mask


def region_mask(region: Any, height_px: int, width_px: int) -> Mask | None:
    """Draw `{"polygons": [[[x, y], …], …]}` (image pixels): (H, W), True = inspected; None: everything."""
    polygons = (region or {}).get("polygons") or []
    if not polygons:
        return None
    canvas = Image.new("1", (width_px, height_px))
    draw = ImageDraw.Draw(canvas)
    for polygon in polygons:
        draw.polygon([(float(x), float(y)) for x, y in polygon], fill=1)
    return np.asarray(canvas, np.bool_)
