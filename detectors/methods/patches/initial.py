"""First weights that keep the size of a signal from layer to layer."""

import torch
from torch import nn

from detectors.methods.patches.classifier import LEAK

_LEAST_CONTRAST = 1 / 255


def keep_variance(module: nn.Module) -> None:
    """Draw every convolution's and linear layer's weight anew, as He et al. (2015) advise; biases to 0.

    With torch's usual first weights a signal shrinks in each layer: after eight, the embeddings of all
    patches are almost the same, and the first hundreds of steps go into telling them apart at all.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, a=LEAK)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def scale_to_contrast(layer: nn.Conv2d, contrast: float, wanted: float) -> None:
    """Scale the first layer as if all surfaces had the same contrast.

    The size of gradients follows that of the input: without this a faint texture would learn in many more
    steps than a strong one.

    Args:
        layer: the first of the encoder.
        contrast: deviation of the training pixels from the mean frame, in units of the full scale.
        wanted: what it is to be for the network; embeddings should begin where tanh is still steep.
    """
    with torch.no_grad():
        layer.weight.mul_(wanted / max(contrast, _LEAST_CONTRAST))
