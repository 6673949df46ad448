"""Which network a training of RealNet keeps."""

import pytest
import torch
from torch import nn

from detectors.training.best import BestNetwork


def numbered(network: nn.Linear, number: float) -> nn.Linear:
    with torch.no_grad():
        network.weight.fill_(number)
    return network


@pytest.mark.parametrize(
    ("qualities", "kept"),
    [
        ([0.5, 0.9, 0.6], 2),  # clearly better than what came later
        ([0.5, 0.9, 0.895], 3),  # as good as the last, as far as anyone can tell
        ([0.9, 0.895, 0.888], 2),  # small losses do not add up: the best quality counts
        ([0.4, 0.5, 0.6], 3),
    ],
)
def test_an_earlier_network_is_kept_only_where_it_did_better_by_more_than_chance(
    qualities: list[float], kept: int
) -> None:
    network = nn.Linear(1, 1)
    best = BestNetwork(network)
    for number, quality in enumerate(qualities, start=1):
        best.consider(numbered(network, number), quality, number)
    taken_up = BestNetwork(network)
    taken_up.load_state_dict(best.state_dict())
    taken_up.restore(network)
    assert network.weight.item() == kept


def test_a_network_that_was_never_tried_is_left_alone() -> None:
    network = numbered(nn.Linear(1, 1), 1)
    best = BestNetwork(network)
    best.restore(numbered(network, 7))
    assert network.weight.item() == 7
