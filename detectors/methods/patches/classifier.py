"""Which way does the second patch lie? A classifier of the difference of two embeddings."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

LEAK = 0.1
"""Slope of every leaky ReLU of both methods."""

_LEAST_NORM = 1e-12


class NormalisedLinear(nn.Module):
    """A linear layer whose weight is divided by its L2 norm over the outputs, input by input.

    In the authors' codes that division runs without gradients, so that the weight never learns: it stays a
    fixed random projection, and only the bias is trained. `freeze_weight=False` lets it learn.
    """

    def __init__(self, inputs: int, outputs: int, freeze_weight: bool) -> None:
        super().__init__()
        linear = nn.Linear(inputs, outputs)
        self.weight, self.bias = linear.weight, linear.bias
        self.weight.requires_grad_(not freeze_weight)

    def forward(self, values: Tensor) -> Tensor:
        return F.linear(values, F.normalize(self.weight, dim=0, eps=_LEAST_NORM), self.bias)


class DirectionClassifier(nn.Module):
    """Logits of the direction from one patch to another, from the difference of their embeddings alone."""

    def __init__(self, dim: int, hidden: Sequence[int], classes: int, freeze_last_weight: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in hidden:
            layers += [nn.Linear(dim, width), nn.LeakyReLU(LEAK)]
            dim = width
        self.layers = nn.Sequential(*layers, NormalisedLinear(dim, classes, freeze_last_weight))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """(n, D) embeddings of first and second patches to (n, classes) logits."""
        logits: Tensor = self.layers(first - second)
        return logits
