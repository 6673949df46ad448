"""The optimiser of both methods."""

import torch
from torch import nn

from detectors.methods.patches.hyperparameters import PatchHyperparameters


def optimiser_of(networks: nn.Module, chosen: PatchHyperparameters) -> torch.optim.Adam:
    """Adam over all that learns; each parameter once, however often it is shared."""
    learning = [parameter for parameter in networks.parameters() if parameter.requires_grad]
    return torch.optim.Adam(learning, lr=chosen.learning_rate, eps=chosen.optimiser_epsilon)
