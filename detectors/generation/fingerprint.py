"""The name of a generator: what its weights are."""

import hashlib

from torch import nn


def network_fingerprint(network: nn.Module) -> str:
    """SHA-256 over all tensors, by name."""
    digest = hashlib.sha256()
    for name, value in network.state_dict().items():
        digest.update(f"{name}{tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
