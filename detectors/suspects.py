"""Ranking the training images of a folder by how little the rest of the pool resembles them. Torch-free."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from detectors.base import Detector, Progress
from detectors.errors import InputError
from detectors.folders import ImageFiles
from detectors.pool.hashes import pixels_hash


class RankedImage(Protocol):
    """One training image of a ranking; `Suspect` of PatchCore explains the fields."""

    @property
    def image(self) -> int: ...
    @property
    def score(self) -> float: ...
    @property
    def box_xyxy(self) -> tuple[float, float, float, float]: ...
    @property
    def nearest_image(self) -> int: ...


@runtime_checkable
class RanksItsPool(Protocol):
    """A fitted detector that remembers its training images well enough to judge them."""

    @property
    def training_sizes_px(self) -> npt.NDArray[np.int32]:
        """(images, 2) (height, width) of each training image."""

    def suspects(
        self,
        progress: Progress | None = None,
        groups: Sequence[int] | None = None,
        only: Sequence[int] | None = None,
    ) -> Sequence[RankedImage]:
        """Training images (`only` some, or all) by falling suspicion; one group is left out together."""


def ranking(
    detector: Detector, images: ImageFiles, groups: Sequence[int], progress: Progress
) -> dict[str, Any]:
    """`{"images": [{"rank", "path", "score", "box_xyxy", "nearest"}]}`, the most suspicious first.

    `box_xyxy` is the worst patch in the image's pixels, `nearest` the training image that comes nearest to
    it.

    Raises:
        InputError: a detector that cannot rank its pool, or that was fitted on other images than these.
    """
    if not isinstance(detector, RanksItsPool):
        raise InputError(f"{detector.name} keeps no memory of its training images, so it cannot rank them.")
    _require_fitted_on(detector, images)
    paths = [str(path) for path in images.paths]
    found = detector.suspects(progress, groups)
    entries = [
        {
            "rank": rank,
            "path": paths[one.image],
            "score": one.score,
            "box_xyxy": list(one.box_xyxy),
            "nearest": paths[one.nearest_image] if 0 <= one.nearest_image < len(paths) else None,
        }
        for rank, one in enumerate(found, start=1)
    ]
    return {"images": entries}


def duplicate_groups(images: ImageFiles, file: Path | None) -> list[int]:
    """Label of each image's group: images with the same pixels, and those that a file names together.

    Args:
        images: the training images.
        file: JSON, a list of lists of file names (without folders), or None.

    Raises:
        InputError: a file that cannot be read so, or that names an unknown image.
    """
    first: dict[str, int] = {}
    links = [(number, first.setdefault(pixels_hash(images[number]), number)) for number in range(len(images))]
    numbers = {path.name: number for number, path in enumerate(images.paths)}
    for names in [] if file is None else _named_groups(file):
        for name in names:
            if name not in numbers:
                raise InputError(f"{file} names {name}, which is not among the training images.")
            links.append((numbers[name], numbers[names[0]]))
    rows, columns = np.array(links).T
    graph = coo_array((np.ones(len(links)), (rows, columns)), shape=(len(images), len(images)))
    labels: list[int] = connected_components(graph, directed=False)[1].tolist()
    return labels


def _named_groups(file: Path) -> list[list[str]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is not JSON.") from error
    is_read = isinstance(content, list) and all(
        isinstance(group, list) and all(isinstance(name, str) for name in group) for group in content
    )
    if not is_read:
        raise InputError(f"{file} must hold a list of lists of file names.")
    return list(content)


def _require_fitted_on(detector: RanksItsPool, images: ImageFiles) -> None:
    sizes = [tuple(int(side) for side in size) for size in detector.training_sizes_px]
    if len(sizes) != len(images):
        raise InputError(
            f"The detector was fitted on {len(sizes)} images, but the folder holds {len(images)}: "
            "give the folder that it was fitted on."
        )
    for number, size in enumerate(sizes):
        if images.size_px(number) != size:
            raise InputError(
                f"The detector was fitted on other images: {images.paths[number]} has another size."
            )
