"""The inpainting transformer: a window's patches in, the hidden patch out."""

from math import ceil

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.methods.intra.hyperparameters import InTraHyperparameters

_MID_GREY, _USUAL_CONTRAST = 0.5, 0.2
"""Mean and standard deviation that pixels are taken to have before anything is learned."""


class SelfAttention(nn.Module):
    """Multi-head self-attention whose queries and keys come from any two modules.

    Both must give the same number of values per token, a multiple of the heads.
    """

    def __init__(self, query: nn.Module, key: nn.Module, width: int, heads: int) -> None:
        super().__init__()
        self.query, self.key = query, key
        self.value, self.output = nn.Linear(width, width), nn.Linear(width, width)
        self._heads = heads

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, D) to (B, T, D); mask (B, 1, 1, T) bool: True = may be attended to.

        The scale is one over the root of a head's width in queries and keys, not in values.
        """
        mixed = functional.scaled_dot_product_attention(
            self._split(self.query(tokens)),
            self._split(self.key(tokens)),
            self._split(self.value(tokens)),
            attn_mask=mask,
        )
        joined: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return joined

    def _split(self, values: Tensor) -> Tensor:
        return values.unflatten(2, (self._heads, -1)).transpose(1, 2)


def feature_attention(width: int, heads: int) -> SelfAttention:
    """The paper's MFSA: queries and keys of half the width, each by a small network of its own."""
    query, key = (
        nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width // 2))
        for _ in range(2)
    )
    return SelfAttention(query, key, width, heads)


def plain_attention(width: int, heads: int) -> SelfAttention:
    """Ordinary multi-head self-attention, for comparison."""
    return SelfAttention(nn.Linear(width, width), nn.Linear(width, width), width, heads)


ATTENTIONS = {"mfsa": feature_attention, "msa": plain_attention}


class Block(nn.Module):
    """Pre-norm: x += attention(norm(x)); x += network(norm(x))."""

    def __init__(self, attention: SelfAttention, width: int, mlp_ratio: int) -> None:
        super().__init__()
        self.attention_norm, self.attention = nn.LayerNorm(width), attention
        self.network_norm = nn.LayerNorm(width)
        self.network = nn.Sequential(
            nn.Linear(width, mlp_ratio * width), nn.GELU(), nn.Linear(mlp_ratio * width, width)
        )

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        tokens = tokens + self.attention(self.attention_norm(tokens), mask)
        changed: Tensor = tokens + self.network(self.network_norm(tokens))
        return changed


def mirrors(blocks: int) -> dict[int, int]:
    """Long residuals: the input of block b, counted from 1, also gets the output of block `mirrors[b]`.

    Of 13 blocks, 13 gets 1, 12 gets 2, … 8 gets 6; the middle one gets nothing.
    """
    return {block: blocks + 1 - block for block in range(ceil(blocks / 2) + 1, blocks + 1)}


class InpaintingTransformer(nn.Module):
    """Predicts one hidden patch of a window from the others.

    The hidden patch enters as one learned token with its own position: its pixels never do.
    """

    def __init__(self, chosen: InTraHyperparameters, positions: int) -> None:
        """Build for a position table of so many entries."""
        super().__init__()
        width, values = chosen.width, 3 * chosen.patch**2
        self.embed = nn.Linear(values, width)
        self.hidden_token = nn.Parameter(torch.randn(width))
        self.position = nn.Embedding(positions, width)
        self.blocks = nn.ModuleList(
            Block(ATTENTIONS[chosen.attention](width, chosen.heads), width, chosen.mlp_ratio)
            for _ in range(chosen.blocks)
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, values)
        self._mirrors = mirrors(chosen.blocks) if chosen.long_residuals else {}
        self._draw_weights()

    def forward(
        self, patches: Tensor, positions: Tensor, hidden: Tensor, seen: Tensor | None = None
    ) -> Tensor:
        """Inpaint.

        Args:
            patches: (B, T, 3·K²) float, pixels in [0, 1]; what stands at the hidden patch is ignored.
            positions: (T,) or (B, T) int64, rows of the position table.
            hidden: (B,) int64, which of the T patches to predict.
            seen: (B, T) bool, False for patches that must not be looked at; None: all may be.

        Returns:
            (B, 3·K²) predicted pixels.
        """
        places = torch.arange(patches.shape[1], device=patches.device)
        is_hidden = (places == hidden[:, None])[..., None]
        tokens = torch.where(is_hidden, self.hidden_token, self.embed(patches)) + self.position(positions)
        if seen is not None:
            seen = seen | is_hidden[..., 0]
        mixed = self.norm(self._through_blocks(tokens, None if seen is None else seen[:, None, None, :]))
        if seen is None:
            middle = mixed.mean(dim=1)
        else:
            middle = (mixed * seen[..., None]).sum(dim=1) / seen.sum(dim=1, keepdim=True)
        predicted: Tensor = self.head(middle)
        return predicted

    def _draw_weights(self) -> None:
        """Weights from which a short training gets going; the paper names none.

        Attention must pass on what it gathers from the first step, and patches must weigh as much as their
        positions: a mid-grey patch enters as zero, one of usual contrast with unit variance.
        """
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        with torch.no_grad():
            nn.init.normal_(self.embed.weight, std=1 / (_USUAL_CONTRAST * self.embed.in_features**0.5))
            self.embed.bias.copy_(-_MID_GREY * self.embed.weight.sum(dim=1))
            self.head.weight.mul_(_USUAL_CONTRAST)
            self.head.bias.fill_(_MID_GREY)

    def _through_blocks(self, tokens: Tensor, mask: Tensor | None) -> Tensor:
        outputs: list[Tensor] = []
        for number, block in enumerate(self.blocks, start=1):
            if number in self._mirrors:
                tokens = tokens + outputs[self._mirrors[number] - 1]
            tokens = block(tokens, mask)
            outputs.append(tokens)
        return tokens
