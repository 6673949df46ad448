"""A pool's images, one after the other, through a detector: decoded when needed, forgotten at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from detectors.maps import FloatMap
from flawmark.training.services.pool import PoolImage

if TYPE_CHECKING:
    from detectors.base import Detector

Item = TypeVar("Item")


@dataclass(frozen=True)
class Scored:
    """An image of the pool with its score and its map on the native grid."""

    image: PoolImage
    image_score: float
    score_map: FloatMap


class Lazy(Sequence[Any], Generic[Item]):
    """What `read` gives for each image, made when it is asked for and forgotten at once."""

    def __init__(self, images: Sequence[Item], read: Callable[[Item], Any]) -> None:
        self._images, self._read = images, read

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: Any) -> Any:
        return self._read(self._images[index])


def scored_images(detector: "Detector", images: Sequence[PoolImage]) -> Iterator[Scored]:
    """Score images of a pool inside their region of interest, in order."""
    results = detector.score_each(Lazy(images, PoolImage.pixels), Lazy(images, PoolImage.inspected_pixels))
    for image, cells in zip(images, results, strict=True):
        yield Scored(image, float(cells.image_score), cells.cells)
