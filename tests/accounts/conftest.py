"""The cast."""

import pytest
from factories import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()
