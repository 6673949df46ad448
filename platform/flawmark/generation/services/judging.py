"""What is said of each candidate before a person decides: its nearest real image, and a champion's score."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from detectors.errors import InputError
from detectors.images import ImageArray
from flawmark.core.errors import Unavailable
from flawmark.core.jobs import JobRun
from flawmark.datasets.models import Image
from flawmark.generation.selectors import real_normals
from flawmark.inspections.selectors import image_vectors
from flawmark.inspections.services.embeddings import embeddings_store, pixels_embed
from flawmark.inspections.services.pixels import image_pixels
from flawmark.inspections.services.scoring import pixels_score
from flawmark.training.models import ModelVersion

Vectors = NDArray[np.float32]

COPY_FLOOR = 0.05
"""Between unit vectors. As near as this are two encodings of one picture."""
COPY_SHARE = 0.25
"""Of the median distance at which real images have their nearest neighbour: nearer is a copy."""


@dataclass(frozen=True)
class Nearest:
    """The real image that looks most like a candidate, and how far it is."""

    image_id: UUID | None
    distance: float | None

    def is_within(self, distance: float | None) -> bool:
        """Whether it is nearer than that; False where either is not known."""
        return self.distance is not None and distance is not None and self.distance < distance


def nearest_real(
    sources: Sequence[Image], pictures: Sequence[ImageArray]
) -> tuple[list[Nearest], float | None]:
    """The nearest real normal of each picture, and the distance below which a picture is a copy.

    Compared are the sources and all other real normals that already have a vector. Without the network's
    weights nothing can be said.
    """
    embeddings_store([(image, image_pixels(image)) for image in sources])
    vectors = image_vectors(real_normals(sources[0].dataset).values_list("id", flat=True))
    made = pixels_embed(pictures) if vectors else None
    if made is None:
        return [Nearest(None, None)] * len(pictures), None
    image_ids, real = list(vectors), np.stack(list(vectors.values()))
    distances = _distances(made, real)
    found = distances.argmin(axis=1)
    nearest = [Nearest(image_ids[one], float(row[one])) for one, row in zip(found, distances, strict=True)]
    return nearest, copy_distance(real)


def copy_distance(real: Vectors) -> float:
    """Nearer than this to a real image, a picture adds nothing to a pool whose (n, d) vectors these are."""
    if len(real) < 2:
        return COPY_FLOOR
    between = _distances(real, real)
    np.fill_diagonal(between, np.inf)
    return max(COPY_FLOOR, COPY_SHARE * float(np.median(between.min(axis=1))))


def _distances(vectors: Vectors, others: Vectors) -> Vectors:
    """(n, m) Euclidean distances between vectors of length 1."""
    return np.sqrt(np.maximum(2.0 - 2.0 * vectors @ others.T, 0.0))


def champion_scores(
    champion: ModelVersion | None, pictures: Sequence[ImageArray], run: JobRun
) -> list[float | None]:
    """The champion's image score of each picture; None where it has none to give."""
    if champion is None:
        return [None] * len(pictures)
    try:
        return [pixels_score(champion, [picture])[0].image_score for picture in pictures]
    except (InputError, Unavailable) as error:
        run.log(f"Model {champion.number} cannot score the pictures: {error}")
        return [None] * len(pictures)
