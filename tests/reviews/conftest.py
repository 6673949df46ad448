"""The cast and one waiting task, for every test of reviews."""

from typing import Any

import pytest
from factories import Cast, make_cast


@pytest.fixture
def cast(db: Any) -> Cast:
    return make_cast()
