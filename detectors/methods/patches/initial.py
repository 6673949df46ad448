"""First weights that keep the size of a signal from layer to layer."""

from torch import nn

from detectors.methods.patches.classifier import LEAK


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
