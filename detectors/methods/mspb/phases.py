"""When embeddings are collected, clustered and pulled to their centres, and the centres themselves."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from detectors.methods.mspb.centres import best_of_restarts, lloyd

FIRST_CLUSTERING = 5
"""Round, from 1, before which everything collected so far is clustered."""

CLUSTERING_EVERY = 5
LOSS_AFTER = 10
_UPDATE_ITERATIONS = 40
_MOST_COLLECTED = 100_000
"""Collected embeddings per patch size; more would not move 50 centres, and would grow with the pool."""


@dataclass(frozen=True)
class Phases:
    """Steps divided into rounds, as the published training is divided into epochs.

    Attributes:
        steps: optimiser steps of the whole training.
        rounds: number of rounds.
    """

    steps: int
    rounds: int

    def round_of(self, step: int) -> int:
        """The round, from 1, of a step, from 0."""
        return step * self.rounds // self.steps + 1

    def clusters_at(self, step: int) -> bool:
        """Whether the step begins the round of the first clustering, or follows a round of a later one."""
        current = self.round_of(step)
        previous = self.round_of(step - 1) if step else 0
        updates = range(FIRST_CLUSTERING + CLUSTERING_EVERY, self.rounds, CLUSTERING_EVERY)
        return previous < FIRST_CLUSTERING <= current or any(
            previous <= update < current for update in updates
        )

    def collects_at(self, step: int) -> bool:
        """Whether the step's embeddings are kept for the next clustering."""
        current = self.round_of(step)
        return current < FIRST_CLUSTERING or (current > FIRST_CLUSTERING and current % CLUSTERING_EVERY == 0)

    def pulls_at(self, step: int) -> bool:
        """Whether the k-means loss takes part in the step."""
        return self.round_of(step) > LOSS_AFTER


@dataclass
class ScaleCentres:
    """The centres (k, D) of one patch size, none before the first clustering, and what is collected."""

    count: int
    centres: Tensor | None = None
    collected: list[Tensor] = field(default_factory=list)

    def collect(self, embeddings: Tensor) -> None:
        """Keep embeddings (n, D) for the next clustering."""
        if sum(len(part) for part in self.collected) < _MOST_COLLECTED:
            self.collected.append(embeddings.detach().float().cpu())

    def cluster(self, random: np.random.Generator) -> None:
        """Make centres of what was collected, or move those that there are."""
        if not self.collected:
            return
        points = torch.cat(self.collected)
        self.collected = []
        if self.centres is None:
            generator = torch.Generator().manual_seed(int(random.integers(2**63)))
            self.centres = best_of_restarts(points, self.count, generator).centres
        else:
            self.centres = lloyd(points, self.centres, _UPDATE_ITERATIONS).centres

    def state_dict(self) -> dict[str, Any]:
        """For checkpoints."""
        return {"centres": self.centres, "collected": list(self.collected)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what `state_dict` gave."""
        self.centres, self.collected = state["centres"], list(state["collected"])
