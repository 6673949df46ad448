"""Fixtures of the tests of the patch methods."""

import pytest

import detectors.training.loop


@pytest.fixture(autouse=True)
def _full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps in float32 on every processor, so that embeddings can be compared with those made by hand."""
    monkeypatch.setattr(detectors.training.loop, "multiplies_bfloat16", lambda device: False)
