"""Pools of solar cells with planted faults, and what health finds of them."""

import io
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from elpv import cells
from PIL import Image

import detectors
from detectors.features.pooled import ImageEmbedder
from detectors.images import ImageArray, read_image
from detectors.pool.duplicates import Duplicates, find_duplicates
from detectors.pool.hashes import perceptual_hash
from detectors.pool.looks import look_of
from detectors.pool.modes import find_modes
from detectors.pool.suspicion import novelty_of, suspicion_of

POOL = 300
MISLABELLED, COPIES, SMALL_MODE = 0.05, 0.1, 0.03
OTHER = {"mono": "poly", "poly": "mono"}
FITTED_AS = {"coreset_fraction": 0.02}
CHANGES = ("exact", "jpeg", "exact", "shift", "exact", "brightness")


@dataclass
class Planted:
    """A pool and the truth about it; numbers are positions in `images`."""

    images: list[ImageArray] = field(default_factory=list)
    mislabelled: set[int] = field(default_factory=set)
    copies: dict[int, tuple[int, str]] = field(default_factory=dict)  # copy -> original, how it was changed
    small_mode: set[int] = field(default_factory=set)


def planted_pool(kind: str, seed: int) -> Planted:
    """300 images: 5 % real defects, 10 % copies (half of them changed), one mode of 3 %, the rest normal.

    The mode is normal cells of the other kind. Any image may be copied, a mislabelled one too; its copy is
    then mislabelled as well.
    """
    random = np.random.default_rng(seed)
    normal, defective = cells(kind)
    others, _ = cells(OTHER[kind])
    wrong, copied, small = (round(share * POOL) for share in (MISLABELLED, COPIES, SMALL_MODE))
    plain = POOL - wrong - copied - small
    chosen = [
        *random.choice(np.array(normal), plain, replace=False),
        *random.choice(np.array(defective), wrong, replace=False),
        *random.choice(np.array(others), small, replace=False),
    ]
    pool = Planted([read_image(path) for path in chosen])
    pool.mislabelled = set(range(plain, plain + wrong))
    pool.small_mode = set(range(plain + wrong, plain + wrong + small))
    for number, original in enumerate(random.choice(len(chosen), copied, replace=False)):
        change = CHANGES[number % len(CHANGES)]
        place = len(pool.images)
        pool.images.append(changed(pool.images[original], change, random))
        pool.copies[place] = int(original), change
        for planted in (pool.mislabelled, pool.small_mode):
            if original in planted:
                planted.add(place)
    return pool


def changed(image: ImageArray, change: str, random: np.random.Generator) -> ImageArray:
    """The same picture: equal, compressed (quality 60 to 95), shifted to 4 px, or 20 % darker to brighter."""
    if change == "jpeg":
        stream = io.BytesIO()
        Image.fromarray(image[:, :, 0]).save(stream, "JPEG", quality=int(random.integers(60, 96)))
        return read_image(stream.getvalue())
    if change == "shift":
        down, right = random.integers(-4, 5, 2)
        height_px, width_px = image.shape[:2]
        wide = np.pad(image, ((4, 4), (4, 4), (0, 0)), mode="edge")
        return wide[4 + down : 4 + down + height_px, 4 + right : 4 + right + width_px]
    if change == "brightness":
        gain = random.uniform(0.8, 1.2)
        return np.clip(np.rint(image * gain), 0, 255).astype(np.uint8)
    return image.copy()


def found_in(pool: Planted, seed: int) -> dict[str, Any]:
    """Look at a planted pool as the product does, and count what was found."""
    started = time.perf_counter()
    looks = [look_of(image) for image in pool.images]
    vectors = ImageEmbedder().embed(pool.images).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    measured_s = time.perf_counter() - started
    duplicates = find_duplicates(
        [look.pixels_sha256 for look in looks],
        np.array([perceptual_hash(image) for image in pool.images]),
        np.stack([look.fingerprint for look in looks]),
        vectors,
    )
    detector = detectors.create("patchcore", **FITTED_AS, seed=seed).fit(pool.images)
    scores_of = detector.leave_one_image_out_scores  # type: ignore[attr-defined]
    scores = scores_of(groups=duplicates.labels.tolist())
    together, alone = duplicates.labels, np.arange(len(pool.images))
    return {
        "mislabels": len(pool.mislabelled),
        "found": _first_found(pool, suspicion_of(scores, novelty_of(vectors, together))),
        "found_by_score": _first_found(pool, scores),
        "found_left_out_alone": _first_found(pool, suspicion_of(scores_of(), novelty_of(vectors, alone))),
        **_copies_found(pool, duplicates),
        **_mode_found(pool, vectors, duplicates),
        "images_per_s": len(pool.images) / measured_s,
    }


def _first_found(pool: Planted, suspicion: np.ndarray) -> int:
    """Mislabels among the most suspicious, twice as many as there are mislabels."""
    ranked = np.argsort(-np.nan_to_num(suspicion, nan=-np.inf), kind="stable")
    return len(pool.mislabelled & set(ranked[: 2 * len(pool.mislabelled)].tolist()))


def _copies_found(pool: Planted, duplicates: Duplicates) -> dict[str, Any]:
    labels = duplicates.labels
    joined = {place: labels[place] == labels[original] for place, (original, _) in pool.copies.items()}
    truth = {frozenset(pair) for pair in ((place, original) for place, (original, _) in pool.copies.items())}
    extra = [set(group.members) for group in duplicates.groups if frozenset(group.members) not in truth]
    exact = [joined[place] for place, (_, change) in pool.copies.items() if change == "exact"]
    near = [joined[place] for place, (_, change) in pool.copies.items() if change != "exact"]
    return {
        "exact": len(exact), "exact_found": sum(exact), "near": len(near), "near_found": sum(near),
        "other_groups": len(extra), "images_in_other_groups": sum(map(len, extra)),
    }  # fmt: skip


def _mode_found(pool: Planted, vectors: np.ndarray, duplicates: Duplicates) -> dict[str, Any]:
    """The small mode that holds most of the planted one: how much of it, and how much else."""
    modes = find_modes(vectors, duplicates.labels)
    held = {mode: set(np.flatnonzero(modes.labels == mode).tolist()) for mode in modes.small}
    best = max(held.values(), key=lambda members: len(members & pool.small_mode), default=set())
    return {
        "mode": len(pool.small_mode),
        "mode_found": len(best & pool.small_mode),
        "mode_other_images": len(best - pool.small_mode),
        "modes": modes.sizes.tolist(),
    }
