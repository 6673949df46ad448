"""The cast, and a dataset of theirs."""

import pytest
from datasets_builders import make_dataset
from factories import Cast, make_cast

from flawmark.datasets.models import Dataset


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def dataset(cast: Cast) -> Dataset:
    return make_dataset(cast.team)
