"""The name of a fit: what its result depends on. Torch-free."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def pool_fingerprint(
    settings: Mapping[str, Any],
    images: Sequence[npt.NDArray[Any]],
    masks: Sequence[npt.NDArray[np.bool_] | None] | None,
    defects: Sequence[tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]] = (),
) -> str:
    """SHA-256 of the settings and of every image, mask and real defect, in order; reads each image once."""
    digest = hashlib.sha256(json.dumps(dict(settings), sort_keys=True).encode())
    for array in images:
        _add(digest, array)
    for mask in masks or ():
        _add(digest, np.zeros(0, bool) if mask is None else mask)
    for defect in defects:
        for array in defect:
            _add(digest, array)
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", array: npt.NDArray[Any]) -> None:
    digest.update(f"{array.dtype}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).tobytes())
