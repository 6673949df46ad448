"""Most of these tests need no real encoder: loading one takes longer than the rest of a tiny generation."""

import pytest
from generation_builders import ShortSighted


@pytest.fixture(autouse=True)
def short_sighted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick encoder in place of the real one, unless the test is marked `slow`."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr("detectors.generation.encoders.create", lambda _config: ShortSighted())
