"""In which order waiting images come: urgent ones first, but no look-alikes in a row. Pure mathematics."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

# Two images are alike where they are nearer than this share of how far images of the queue lie apart.
ALIKE_WITHIN = 0.5
# What a look-alike of an image seen k images ago loses of its urgency: the likeness, times this to the k-th.
MEMORY = 0.8
# Beyond this urgency somebody asked for the image, and it does not have to wait for variety.
ASKED_FOR_ABOVE = 1.0
# How far images lie apart cannot be said of fewer.
IMAGES_NEEDED = 6


def spread_of(vectors: Floats) -> float:
    """The root mean square distance between two of the (N, d) vectors; 0 where they are too few to say."""
    if len(vectors) < IMAGES_NEEDED:
        return 0.0
    centred = vectors - vectors.mean(axis=0)
    return float(np.sqrt(2 * np.mean(np.sum(centred * centred, axis=1))))


def likeness(vectors: Floats, others: Floats, spread: float) -> Floats:
    """How alike images look: (N, M), 1 = the same, 0 = as different as any two of the queue.

    A bell over the distance, so that only true look-alikes count, whatever the vectors' units.

    Args:
        vectors: (N, d).
        others: (M, d).
        spread: from `spread_of`; 0: nothing is known to be alike.
    """
    if spread <= 0.0:
        return np.zeros((len(vectors), len(others)))
    squares = np.sum(vectors**2, axis=1)[:, None] + np.sum(others**2, axis=1)[None, :]
    distances2 = np.maximum(squares - 2 * vectors @ others.T, 0.0)
    alike: Floats = np.exp(-distances2 / (ALIKE_WITHIN * spread) ** 2)
    return alike


def order_next(urgency: Floats, vectors: Floats, recent: Floats) -> NDArray[np.intp]:
    """The order in which waiting images deserve to come next.

    Each image's urgency is lowered by how much it resembles what was seen just before: a group of look-alikes
    gives way to the rest after its first image, and comes back every few images while it is the most urgent.

    Args:
        urgency: (N,) from 0 to 1, or above where somebody asked for the image.
        vectors: (N, d); NaN rows for images whose looks are not known, which are never held back.
        recent: (R, d) images seen before, the newest first; NaN rows where not known.

    Returns:
        (N,) positions in `urgency`, best first; equals stay in their order.
    """
    known = ~np.isnan(vectors).any(axis=1)
    seen = ~np.isnan(recent).any(axis=1)
    held_back = np.zeros(len(urgency))
    if known.any() and seen.any():
        spread = spread_of(np.concatenate([vectors[known], recent[seen]]))
        fading = MEMORY ** np.flatnonzero(seen)
        held_back[known] = (likeness(vectors[known], recent[seen], spread) * fading).max(axis=1)
    worth = np.where(urgency > ASKED_FOR_ABOVE, urgency, urgency * (1.0 - held_back))
    return np.argsort(-worth, kind="stable")


def further_places(scores: Sequence[float], count: int) -> list[int]:
    """Places of the images to look at once the queue is empty: of those that pass, the highest scores.

    Args:
        scores: (N,) image scores of unreviewed images that pass.
        count: how many at most.
    """
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    return [int(place) for place in order[:count]]


def suspect_urgency(score: float) -> float:
    """Urgency of a suspected mislabel, 1 to 2: before what nobody asked for, after what people asked for."""
    return ASKED_FOR_ABOVE + max(score, 0.0) / (1.0 + max(score, 0.0))
