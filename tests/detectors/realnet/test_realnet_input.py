"""Layers and channels that RealNet cannot have are refused with one sentence, before any training."""

import pytest
from pictures import SMALL, stripes

import detectors


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kept_channels": ("16", "41")}, "asks for 41 channels of blocks.2, which has 40"),
        ({"layers": ("blocks.2", "blocks.1")}, "once, finest first: blocks.1, blocks.2"),
        ({"layers": ("blocks.1", "blocks.1")}, "once, finest first: blocks.1"),
        ({"kept_channels": ("16",)}, "kept_channels names 1 layers, but layers names 2"),
        ({"kept_channels": ("4", "3")}, "kept_residuals must be at most 7"),
    ],
)
def test_layers_and_channels_that_cannot_be(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(detectors.InputError, match=sentence):
        detectors.create("realnet", **{**SMALL["realnet"], **wrong}).fit([stripes(0), stripes(1)])
