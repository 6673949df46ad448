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


def multiplies_bfloat16(device: torch.device | None) -> bool:
    """Whether the processor has instructions for products of bfloat16 (AMX or AVX-512 BF16)."""
    if device is not None and device.type != "cpu":
        return False
    known = torch.cpu.get_capabilities()
    return bool(known.get("amx_bf16") or known.get("avx512_bf16"))
