"""Which split a reviewed image joins, and images that come in twice at once."""

import threading

import pytest
from datasets_builders import make_dataset, make_image, png
from django.db import connection
from factories import make_cast
from hypothesis import given
from hypothesis import strategies as st

from flawmark.datasets.models import Dataset, Image, Split
from flawmark.datasets.services.images import CaptureFields, image_add
from flawmark.datasets.services.pools import image_join_pool, split_of_lot


@given(st.text(max_size=200))
def test_a_lot_always_goes_to_the_same_learning_split(lot: str) -> None:
    assert split_of_lot(lot) == split_of_lot(lot)
    assert split_of_lot(lot) in (Split.TRAIN, Split.VALIDATION)


def test_a_fifth_of_the_lots_validates() -> None:
    splits = [split_of_lot(f"lot {number}") for number in range(5000)]
    assert 0.18 < splits.count(Split.VALIDATION) / len(splits) < 0.22


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_an_image_that_has_a_split_keeps_it(dataset: Dataset, split: str) -> None:
    image = make_image(dataset, 1, split=split)
    assert image_join_pool(image=image) == split


def test_images_of_one_part_join_together(dataset: Dataset) -> None:
    part = CaptureFields(part="P1")
    splits = {image_join_pool(image=make_image(dataset, seed, capture=part)) for seed in range(12)}
    assert splits == {split_of_lot("P1")}
    assert set(Image.objects.values_list("split", flat=True)) == splits


def test_generated_images_only_ever_train(dataset: Dataset) -> None:
    generated = [make_image(dataset, seed, origin="generated") for seed in range(12)]
    assert {image_join_pool(image=image) for image in generated} == {Split.TRAIN}


@pytest.mark.django_db(transaction=True)
def test_the_same_picture_from_many_cameras_at_once_is_one_image() -> None:
    dataset = make_dataset(make_cast().team)
    start, results = threading.Barrier(6), []

    def add() -> None:
        try:
            start.wait()
            results.append(
                image_add(dataset=dataset, content=png(1), filename="a.png", capture=CaptureFields(part="P"))
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created for _, created in results) == [False] * 5 + [True]
    assert len({image.id for image, _ in results}) == 1
    assert Image.objects.get().captures.count() == 6
