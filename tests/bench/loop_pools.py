"""Pools with planted mislabels for the loop-gain measurement: photographed surfaces, and real solar cells."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from elpv import cells

from detectors.images import ImageArray, read_image
from detectors.synthesis.surfaces import DEFECTS, add_defect, normal_image, photographs


@dataclass(frozen=True)
class Sample:
    """One image and the truth about it, which only the simulated reviewer and the count of errors may see."""

    name: str
    pixels: ImageArray
    is_defective: bool


@dataclass(frozen=True)
class LoopPool:
    """What a run starts from.

    Attributes:
        train: the pool labelled normal; the planted mislabels among it are defective in truth.
        validation: held-out normals.
        stream: unreviewed images that the queue is filled from.
        fresh: images that nobody ever reviews, only counted.
    """

    train: Sequence[Sample]
    validation: Sequence[Sample]
    stream: Sequence[Sample]
    fresh: Sequence[Sample]


@dataclass(frozen=True)
class Sizes:
    """How many images each part has."""

    train: int = 80
    mislabels: int = 8
    validation: int = 100
    stream_normal: int = 225
    stream_defective: int = 75
    fresh_normal: int = 60
    fresh_defective: int = 60


def surface_pool(seed: int, sizes: Sizes, *, name: str = "gravel", side_px: int = 96) -> LoopPool:
    """Crops of a photograph with drawn defects; a third of the stream comes from a part of it that training
    never saw, as when a line begins to take another batch.
    """
    photos = photographs()
    foreign = photos[list(photos)[(list(photos).index(name) + 1) % len(photos)]]
    draw = np.random.default_rng([seed, 4])

    def normals(count: int, *, late: int) -> list[Sample]:
        return [
            _grey(normal_image(photos[name], side_px, draw, for_test=number < late), False)
            for number in range(count)
        ]

    def defects(count: int, *, late: int) -> list[Sample]:
        made = []
        for number in range(count):
            clean = normal_image(photos[name], side_px, draw, for_test=number < late)
            other = normal_image(foreign, side_px, draw, for_test=number < late)
            kind = list(DEFECTS)[number % len(DEFECTS)]
            made.append(_grey(add_defect(clean, kind, other, draw)[0], True))
        return made

    def mixed(normal: int, defective: int) -> list[Sample]:
        return normals(normal, late=normal // 3) + defects(defective, late=defective // 3)

    return _numbered(
        seed,
        normals(sizes.train, late=0) + defects(sizes.mislabels, late=0),
        normals(sizes.validation, late=0),
        mixed(sizes.stream_normal, sizes.stream_defective),
        mixed(sizes.fresh_normal, sizes.fresh_defective),
    )


def elpv_pool(seed: int, sizes: Sizes) -> LoopPool:
    """Solar cells of the package `elpv-dataset`, drawn by seed: the model knows monocrystalline ones only,
    a third of the stream is polycrystalline, as when a line begins to make another kind.
    """
    draw = random.Random(seed)
    kinds = {kind: cells(kind) for kind in ("mono", "poly")}
    for normal, defective in kinds.values():
        draw.shuffle(normal)
        draw.shuffle(defective)

    def take(count: int, kind: str, *, is_defective: bool) -> list[Sample]:
        paths = kinds[kind][is_defective]
        taken = [paths.pop() for _ in range(count)]
        return [Sample("", read_image(path.read_bytes(), name=path.name), is_defective) for path in taken]

    def mixed(normals: int, defects: int) -> list[Sample]:
        return [
            one
            for count, is_defective in ((normals, False), (defects, True))
            for kind, part in (("mono", count - count // 3), ("poly", count // 3))
            for one in take(part, kind, is_defective=is_defective)
        ]

    return _numbered(
        seed,
        take(sizes.train, "mono", is_defective=False) + take(sizes.mislabels, "mono", is_defective=True),
        take(sizes.validation, "mono", is_defective=False),
        mixed(sizes.stream_normal, sizes.stream_defective),
        mixed(sizes.fresh_normal, sizes.fresh_defective),
    )


def _grey(pixels: ImageArray, is_defective: bool) -> Sample:
    return Sample("", pixels[:, :, None], is_defective)


def _numbered(seed: int, *parts: list[Sample]) -> LoopPool:
    """Shuffle each part, so that order says nothing, and name its images."""
    draw, named = random.Random(seed), []
    for letter, part in zip("tvsf", parts, strict=True):
        draw.shuffle(part)
        named.append(
            [Sample(f"{letter}{number:04}", one.pixels, one.is_defective) for number, one in enumerate(part)]
        )
    return LoopPool(*named)
