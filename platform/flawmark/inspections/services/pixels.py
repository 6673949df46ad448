"""The pixels of stored images."""

from django.conf import settings

from detectors.images import ImageArray, read_image
from flawmark.core.blobs import blob_bytes
from flawmark.datasets.models import Image


def image_pixels(image: Image) -> ImageArray:
    """(H, W, 1|3) uint8 or uint16. Raises InputError or OSError for an image that cannot be read."""
    return read_image(blob_bytes(image.blob), name=image.filename, max_pixels=settings.IMAGE_MAX_PIXELS)
