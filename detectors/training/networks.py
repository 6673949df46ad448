"""Networks as arrays for an artifact, and back."""

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import torch
from torch import nn

from detectors.errors import ArtifactError


def arrays_of(module: nn.Module) -> dict[str, npt.NDArray[Any]]:
    """The module's parameters and buffers on the CPU, by name, for `artifacts.write_tensors`."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in module.state_dict().items()}


def load_arrays(module: nn.Module, arrays: Mapping[str, npt.NDArray[Any]], source: str) -> None:
    """Put stored arrays into a module of the same shape.

    Args:
        module: as the hyperparameters make it.
        arrays: what `arrays_of` gave.
        source: the file's name, for the error.

    Raises:
        ArtifactError: names or shapes differ from the module's.
    """
    try:
        module.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})
    except RuntimeError as error:
        raise ArtifactError(f"{source} does not fit the network of these hyperparameters.") from error
