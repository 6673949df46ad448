"""Choosing where to compute."""

import torch

from detectors.errors import InputError


def chosen_device(name: str) -> torch.device:
    """`auto` (CUDA where there is one), `cpu` or `cuda` as a device; `InputError` if there is no CUDA."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("There is no CUDA device on this machine; use device=cpu or auto.")
    return torch.device(name)
