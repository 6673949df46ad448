"""An image's pixels, as a browser can show them."""

import numpy as np
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase

from detectors.images import ImageArray, read_image
from flawmark.core.blobs import blob_bytes
from flawmark.core.http.files import FOR_EVER, blob_response, disposition
from flawmark.datasets.models import Image
from flawmark.datasets.services.pixels import png_for_display


def display_response(request: HttpRequest, image: Image) -> HttpResponseBase:
    """The original bytes when a browser shows them right, else a PNG made from the pixels."""
    if image.browser_ready:
        return blob_response(request, image.blob, filename=image.filename)
    etag = f'"{image.sha256}-png"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    response = HttpResponse(png_for_display(_pixels(image)), content_type="image/png")
    response["ETag"], response["Cache-Control"] = etag, FOR_EVER
    response["Content-Disposition"] = disposition("inline", f"{image.filename}.png")
    return response


def raw_response(image: Image) -> HttpResponseBase:
    """(height, width, channels) little-endian uint16, row-major; 8-bit values are not scaled."""
    pixels = _pixels(image).astype("<u2")
    response = HttpResponse(np.ascontiguousarray(pixels).tobytes(), content_type="application/octet-stream")
    for name, length in zip(("X-Height", "X-Width", "X-Channels"), pixels.shape, strict=True):
        response[name] = str(length)
    response["Cache-Control"] = FOR_EVER
    return response


def _pixels(image: Image) -> ImageArray:
    return read_image(blob_bytes(image.blob), name=image.filename)
