"""Errors of the published code that must not come back: a stale loss, zero centres, a test that chooses."""

from pathlib import Path

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from patches.frames_of import frames_of
from pictures import SMALL, stripes
from torch import Tensor

import detectors
from detectors.methods.mspb.detector import MSPB
from detectors.methods.mspb.losses import centre_loss
from detectors.methods.mspb.phases import FIRST_CLUSTERING, Phases, ScaleCentres
from detectors.methods.mspb.training import Networks, TrainingStep
from detectors.methods.mspb_hyperparameters import MSPBHyperparameters
from detectors.methods.patches.encoding import Patchwise
from detectors.training.networks import arrays_of
from detectors.watching import Checkpoints

STEPS = 20


def test_the_centre_loss_is_that_of_the_steps_own_patches(tmp_path: Path) -> None:
    """The published code repeats the number of the last clustering between clusterings."""
    chosen = MSPBHyperparameters.parse(
        {"width": 0.0625, "embedding_dim": 4, "batch_size": 8, "centres": 3, "scales": ("16",)}
    )
    torch.manual_seed(0)
    networks = Networks(chosen)
    encoded: list[Tensor] = []

    def encode(patches: Tensor, patch_px: int) -> Tensor:
        encoded.append(networks.encoders.patches(patches, patch_px))
        return encoded[-1]

    frames = frames_of([stripes(0)], tmp_path, (16,), size_px=64)
    optimiser = torch.optim.Adam(networks.parameters(), lr=1e-3)
    pairs = Patchwise(frames, encode, torch.device("cpu"))
    centres = {16: ScaleCentres(chosen.centres)}
    step = TrainingStep(chosen, networks, optimiser, pairs, centres, Phases(STEPS, chosen.rounds))
    for number in range(STEPS):
        losses = step(number, np.random.default_rng(number))
        if "centres_16" in losses:
            assert centres[16].centres is not None
            wanted = centre_loss(encoded[-1].detach(), centres[16].centres, "squared")
            torch.testing.assert_close(losses["centres_16"].detach(), wanted)
    assert len(encoded) > 3 * (STEPS // 2)


@settings(max_examples=60, deadline=None)
@given(steps=st.integers(20, 400), rounds=st.integers(6, 120))
def test_every_clustering_has_something_new_to_cluster(steps: int, rounds: int) -> None:
    rounds = min(rounds, steps)
    phases, collected = Phases(steps, rounds), 0
    for step in range(steps):
        if phases.clusters_at(step):
            assert collected > 0
            collected = 0
        collected += phases.collects_at(step)
    assert any(phases.clusters_at(step) for step in range(steps)) == (rounds >= FIRST_CLUSTERING)


def test_no_centre_moves_to_the_origin_when_nothing_was_collected() -> None:
    """The published code's first update runs on features that are all zero."""
    part = ScaleCentres(3)
    part.cluster(np.random.default_rng(0))
    assert part.centres is None
    part.collect(5 + torch.rand(40, 2))
    part.cluster(np.random.default_rng(0))
    assert part.centres is not None and part.centres.min() >= 5
    before = part.centres.clone()
    part.cluster(np.random.default_rng(0))
    assert torch.equal(part.centres, before)


def test_the_last_step_is_kept_whatever_is_scored(tmp_path: Path) -> None:
    """The published code keeps the weights that did best on the test images."""
    kept = Checkpoints(tmp_path / "kept", interval_s=1e9)
    detector = detectors.create("mspb", **SMALL["mspb"] | {"steps": 12})
    assert isinstance(detector, MSPB)
    detector.fit([stripes(number) for number in range(3)], checkpoints=kept)
    (path,) = kept.folder.glob("*.pt")
    last = torch.load(path, weights_only=True)
    assert last["step"] == 12
    detector.score([stripes(9)])
    for name, weight in arrays_of(detector._state().encoder).items():
        assert np.array_equal(weight, last["parts"]["networks"][f"encoders.{name}"].numpy())


def test_an_earlier_network_is_kept_by_made_up_defects_alone() -> None:
    """Of those that were tried, by the images of the fit: the one that is kept did no worse than the last."""
    settings = SMALL["mspb"] | {"learning_rate": 0.5, "optimiser_epsilon": 1e-8}
    detector = detectors.create("mspb", **settings).fit([stripes(number) for number in range(7)])
    report = detector.training_report
    assert report is not None and report.kept_step is not None and report.kept_step < report.steps
    assert "is kept" in report.sentence()
