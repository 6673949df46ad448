"""MSPB's losses besides those it shares with Patch SVDD."""

import torch
from torch import Tensor
from torch.nn import functional as F


def cosine_loss(anchor: Tensor, near: Tensor, far: Tensor) -> Tensor:
    """Mean of cos(anchor, far) - cos(anchor, near) over rows (n, D): -2 to 2, 0 without rows."""
    difference = F.cosine_similarity(anchor, far) - F.cosine_similarity(anchor, near)
    return difference.sum() / max(1, len(anchor))


def centre_loss(embeddings: Tensor, centres: Tensor, distance: str) -> Tensor:
    """Mean distance of embeddings (n, D) to their nearest of some centres (k, D).

    The gradient reaches the embeddings; the centres are constants. (In the authors' code the embeddings are
    constants too, so that the loss teaches nothing.)

    Args:
        embeddings: of random patches.
        centres: by k-means.
        distance: `squared`, as in the code, or `norm`, as in the paper.
    """
    nearest = torch.cdist(embeddings.detach(), centres).argmin(dim=1)
    difference = embeddings - centres[nearest].detach()
    if distance == "squared":
        return difference.square().sum() / max(1, len(embeddings))
    return torch.linalg.vector_norm(difference, dim=1).sum() / max(1, len(embeddings))
