"""The codebook: nearest code in L2, straight-through gradient (van den Oord et al., VQ-VAE, 2017)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional


class Quantised(NamedTuple):
    """Latents as codes.

    Attributes:
        latents: (B, C, h, w), the codes; the gradient passes to the unquantised latents as it is.
        loss: scalar; the only way that gradients reach the codebook.
        indices: (B, h, w) int64.
    """

    latents: Tensor
    loss: Tensor
    indices: Tensor


class Quantiser(nn.Module):
    """Replaces each cell by its nearest code."""

    def __init__(self, codes: int, channels: int, beta: float = 0.25, is_legacy: bool = True) -> None:
        """Make a codebook.

        Args:
            codes: its entries.
            channels: of a cell.
            beta: weight of one of the loss's two terms.
            is_legacy: weigh the codebook's term with beta, as the published code does; else the commitment's.
        """
        super().__init__()
        self.beta, self.is_legacy = beta, is_legacy
        self.embedding = nn.Embedding(codes, channels)
        nn.init.uniform_(self.embedding.weight, -1 / codes, 1 / codes)

    def forward(self, latents: Tensor) -> Quantised:
        cells = latents.permute(0, 2, 3, 1)
        flat, codes = cells.reshape(-1, cells.shape[3]), self.embedding.weight
        distances = flat.square().sum(1, keepdim=True) + codes.square().sum(1) - 2 * flat @ codes.T
        indices = distances.argmin(1).view(cells.shape[:3])
        chosen = self.embedding(indices).permute(0, 3, 1, 2)
        commitment = functional.mse_loss(chosen.detach(), latents)
        codebook = functional.mse_loss(chosen, latents.detach())
        loss = commitment + self.beta * codebook if self.is_legacy else codebook + self.beta * commitment
        return Quantised(latents + (chosen - latents).detach(), loss, indices)

    @torch.no_grad()
    def start_from(self, cells: Tensor) -> None:
        """Set the codes to cells of real latents, (n, C): untouched, one code would stand for all."""
        count = len(self.embedding.weight)
        self.embedding.weight.copy_(cells[torch.randint(len(cells), (count,), device=cells.device)])
