"""K-means: Lloyd's iterations never get worse, the best start is kept, no centre is lost."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.methods.mspb.centres import best_of_restarts, lloyd


def points_of(seed: int, count: int = 60) -> torch.Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_inertia_never_increases(seed: int, count: int) -> None:
    points = points_of(seed)
    found = lloyd(points, points[:count].clone(), 30)
    assert all(
        after <= before + 1e-6 for before, after in zip(found.inertia, found.inertia[1:], strict=False)
    )
    nearest = torch.cdist(points, found.centres).min(dim=1).values
    assert abs(float(nearest.square().mean()) - found.inertia[-1]) < 1e-4


def test_the_best_of_the_restarts_is_kept_and_stays_as_it_was() -> None:
    points = points_of(1)
    several = best_of_restarts(points, 8, torch.Generator().manual_seed(3), restarts=10)
    generator = torch.Generator().manual_seed(3)
    singles = [best_of_restarts(points, 8, generator, restarts=1) for _ in range(10)]
    inertia = [single.inertia[-1] for single in singles]
    assert several.inertia[-1] == min(inertia) < inertia[-1]
    nearest = torch.cdist(points, several.centres).min(dim=1).values
    assert abs(float(nearest.square().mean()) - several.inertia[-1]) < 1e-5


def test_as_many_centres_as_points_lie_on_them() -> None:
    points = points_of(2, count=7)
    found = best_of_restarts(points, 7, torch.Generator().manual_seed(0))
    assert found.inertia[-1] < 1e-9
    assert len(best_of_restarts(points, 50, torch.Generator().manual_seed(0)).centres) == 7


def test_an_empty_centre_moves_to_the_farthest_point() -> None:
    points = torch.tensor([[0.0], [0.1], [9.0]])
    found = lloyd(points, torch.tensor([[0.0], [500.0]]), 10)
    assert torch.isfinite(found.centres).all()
    assert sorted(found.centres.flatten().tolist()) == [torch.tensor([0.0, 0.1]).mean().item(), 9.0]
