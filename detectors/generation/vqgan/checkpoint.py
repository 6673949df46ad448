"""Reading a VQGAN from a file: its own names, those of the published checkpoints, all of them or none."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from detectors.errors import InputError, MissingWeightsError
from detectors.generation.vqgan.network import VQGAN, NetworkSettings

_OF_THE_LOSS = "loss."
"""The published files also hold the discriminator and the perceptual network, which generate nothing."""


def load_checkpoint(path: Path) -> VQGAN:
    """The network in a file, its shape read from the file itself.

    Args:
        path: `.safetensors`, or a state dict or Lightning checkpoint written by torch.

    Raises:
        MissingWeightsError: there is no such file; the sentence says how to get one.
        InputError: the file is no VQGAN, or one of another make.
    """
    if not path.is_file():
        raise MissingWeightsError(
            f"There is no generator checkpoint {path}. The authors of Taming Transformers publish "
            "vqgan_imagenet_f16_1024 and _16384 (last.ckpt); without one, a small network is trained."
        )
    weights = {key: value for key, value in _read(path).items() if not key.startswith(_OF_THE_LOSS)}
    settings = _shape_of(weights, path)
    network = VQGAN(settings)
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise InputError(f"{path} does not hold a VQGAN of the published make.") from error
    return network


def _read(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each format has errors of its own
        raise InputError(
            f"{path} is not a file of weights that can be read safely; keep only its `state_dict` with "
            "torch.save, or write it as .safetensors."
        ) from error
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(f"{path} does not hold a state dict.")
    return state


def _shape_of(weights: Mapping[str, Tensor], path: Path) -> NetworkSettings:
    try:
        width = len(weights["encoder.conv_in.weight"])
        codes, channels = weights["quantize.embedding.weight"].shape
        levels = 1 + max(
            int(found[1]) for key in weights if (found := re.match(r"encoder\.down\.(\d+)", key))
        )
        blocks = 1 + max(
            int(found[1]) for key in weights if (found := re.match(r"encoder\.down\.0\.block\.(\d+)", key))
        )
        outputs = [
            len(weights[f"encoder.down.{level}.block.0.conv2.weight"]) // width for level in range(levels)
        ]
    except (KeyError, ValueError) as error:
        raise InputError(f"{path} does not hold a VQGAN: {error} is missing.") from error
    attends = "encoder.mid.attn_1.q.weight" in weights
    return NetworkSettings(width, tuple(outputs), blocks, attends, channels, codes)
