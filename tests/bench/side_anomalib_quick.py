"""anomalib's PatchCore with the picks of its coreset found by our traversal: for accuracy, never for times.

Its own projected features, first pick and rule (the farthest patch next); only the pass over all patches for
each pick is left out. `bench_patchcore.py` shows how near the scores come to those of its own loop.
"""

import contest
import torch
from anomalib.models.components.sampling.k_center_greedy import KCenterGreedy
from side_anomalib import Anomalib

from detectors.memory.farthest_first import FarthestFirst


def select_quickly(sampler: KCenterGreedy) -> list[int]:
    sampler.model.fit(sampler.embedding)
    sampler.features = sampler.model.transform(sampler.embedding)
    start = torch.randint(high=sampler.n_observations, size=(1,))
    traversal = FarthestFirst(sampler.features.numpy())
    traversal.choose(int(start))
    traversal.grow(sampler.coreset_size)
    return traversal.chosen


if __name__ == "__main__":
    KCenterGreedy.select_coreset_idxs = select_quickly
    contest.run(Anomalib)
