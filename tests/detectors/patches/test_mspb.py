"""MSPB: its encoders, sampling, centres, phases, losses and window score."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from patches.frames_of import frames_of
from pictures import SMALL, stripes, with_square

import detectors
from detectors.methods.mspb import sampling
from detectors.methods.mspb.detector import MSPB, window_score
from detectors.methods.mspb.encoders import PatchEncoders
from detectors.methods.mspb.losses import centre_loss, cosine_loss
from detectors.methods.mspb.phases import Phases, ScaleCentres
from detectors.methods.mspb.training import Networks, TrainingStep
from detectors.methods.mspb_hyperparameters import MSPBHyperparameters
from detectors.methods.patches.encoding import Patchwise
from detectors.methods.patches.frames import TrainingFrames

CPU = torch.device("cpu")
COUNT = 20_000


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> TrainingFrames:
    return frames_of(
        [stripes(n, 256) for n in range(2)], tmp_path_factory.mktemp("frames"), (64, 32, 16), size_px=256
    )


@pytest.mark.parametrize("shared", [True, False])
def test_each_encoder_takes_patches_of_its_size_alone(shared: bool) -> None:
    encoders = PatchEncoders((64, 32, 16), dim=6, width=0.0625, shared=shared)
    for patch_px in (64, 32, 16):
        embedded = encoders.patches(torch.randn(2, 3, patch_px, patch_px), patch_px)
        assert embedded.shape == (2, 6) and (embedded.abs() < 1).all()
        with pytest.raises(ValueError, match="squares"):
            encoders.patches(torch.randn(2, 3, 48, 48), patch_px)


def test_the_trunk_is_vgg16() -> None:
    trunk = PatchEncoders((64,), dim=64, width=1.0, shared=True).trunks["shared"]
    assert sum(parameter.numel() for parameter in trunk.parameters()) == 14_714_688
    assert trunk(torch.randn(1, 3, 64, 64), 5).shape == (1, 512, 4, 4)
    weights = {
        f"{number}.{name}": value + 1
        for number, layer in enumerate(m for m in trunk.modules() if isinstance(m, torch.nn.Conv2d))
        for name, value in layer.state_dict().items()
    }
    before = trunk.stages[0][0].weight.clone()
    trunk.load(weights)
    assert torch.equal(trunk.stages[0][0].weight, before + 1)
    with pytest.raises(detectors.InputError, match="VGG16"):
        trunk.load({**weights, "99.weight": before})
    own = PatchEncoders((16,), dim=64, width=1.0, shared=False).trunks["16"]
    own.load(weights)
    assert len(own.stages) == 2 and torch.equal(own.stages[1][1].weight, weights["2.weight"])
    with pytest.raises(detectors.InputError, match="VGG16"):
        own.load({name: value for name, value in weights.items() if not name.startswith("12.")})


@pytest.mark.parametrize(("trunk", "trunks"), [("shared", 1), ("own", 3)])
def test_every_parameter_is_stepped_once(trunk: str, trunks: int) -> None:
    networks = Networks(MSPBHyperparameters(width=0.0625, embedding_dim=4, trunk=trunk))
    parameters = list(networks.parameters())
    assert len({id(parameter) for parameter in parameters}) == len(parameters)
    firsts = [name for name, _ in networks.named_parameters() if name.endswith(".stages.0.0.weight")]
    assert len(firsts) == trunks


def test_encoders_with_trunks_of_their_own_learn_apart() -> None:
    for trunk, touched in (("shared", True), ("own", False)):
        encoders = Networks(MSPBHyperparameters(width=0.0625, embedding_dim=4, trunk=trunk)).encoders
        patch = torch.randn(1, 3, 32, 32)
        before = encoders.patches(patch, 32)
        optimiser = torch.optim.SGD(encoders.parameters(), lr=1.0)
        encoders.patches(torch.randn(2, 3, 16, 16), 16).square().sum().backward()
        optimiser.step()
        assert torch.equal(before, encoders.patches(patch, 32)) is not touched


def test_the_twelve_directions_start_at_the_rows_and_turn_to_the_columns() -> None:
    assert np.allclose(np.hypot(*sampling.DIRECTIONS.T), 1)
    for label, direction in ((0, (1, 0)), (3, (0, 1)), (6, (-1, 0)), (9, (0, -1))):
        assert np.allclose(sampling.DIRECTIONS[label], direction, atol=1e-12)
    turned = np.degrees(np.arctan2(sampling.DIRECTIONS[:, 1], sampling.DIRECTIONS[:, 0])) % 360
    assert np.allclose(turned, 30 * np.arange(12))


@pytest.mark.parametrize("patch_px", [64, 32, 16])
def test_unclipped_angles_stay_in_their_bin_about_a_patch_away(patch_px: int) -> None:
    drawn = sampling.angles(patch_px)(np.random.default_rng(0), COUNT)
    turned = np.degrees(np.arctan2(drawn.offsets_px[:, 1], drawn.offsets_px[:, 0]))
    off = (turned - 30 * drawn.labels + 180) % 360 - 180
    assert np.abs(off).max() < 15
    lengths = np.hypot(*drawn.offsets_px.T)
    assert lengths.min() >= 0.68 * patch_px and lengths.max() <= patch_px
    counts = np.bincount(drawn.labels, minlength=12)
    assert (np.abs(counts - COUNT / 12) < 6 * np.sqrt(COUNT / 12)).all()
    back = np.degrees(np.arctan2(-drawn.offsets_px[:, 1], -drawn.offsets_px[:, 0]))
    off = (back - 30 * ((drawn.labels + 6) % 12) + 180) % 360 - 180
    assert np.abs(off).max() < 15


@pytest.mark.parametrize(("patch_px", "limit_px"), [(64, 4), (32, 2), (16, 1)])
def test_near_patches_are_near_and_far_ones_farther(
    patch_px: int, limit_px: int, frames: TrainingFrames
) -> None:
    rule = sampling.neighbour_rule(patch_px, False)
    for far_rule in ("code", "uniform_far"):
        drawn = sampling.triplets(np.random.default_rng(0), frames, rule, 4_000, far_rule)
        near = np.hypot(*(drawn.near - drawn.anchor).T)
        far = np.hypot(*(drawn.far - drawn.anchor).T)
        assert np.abs(drawn.near - drawn.anchor).max() == limit_px
        assert (far > near).mean() >= 0.999
        if far_rule == "uniform_far":
            assert far.min() >= patch_px and len(far) == 4_000
    unclipped = np.hypot(*sampling.pushed_outward(patch_px)(np.random.default_rng(0), COUNT).offsets_px.T)
    assert 1.6 * patch_px < unclipped.min() and unclipped.max() < 2.1 * patch_px


def test_the_cosine_loss_knows_its_extremes_and_no_lengths() -> None:
    anchor, near, far = torch.randn(3, 5, 4)
    assert float(cosine_loss(anchor, anchor, -anchor)) == pytest.approx(-2, abs=1e-5)
    assert float(cosine_loss(anchor, near, near)) == pytest.approx(0, abs=1e-6)
    assert float(cosine_loss(3 * anchor, 5 * near, 0.1 * far)) == pytest.approx(
        float(cosine_loss(anchor, near, far)), abs=1e-5
    )


@pytest.mark.parametrize("distance", ["squared", "norm"])
def test_the_centre_loss_pulls_embeddings_to_their_nearest_centre(distance: str) -> None:
    centres = torch.tensor([[0.0, 0.0], [10.0, 0.0]], requires_grad=True)
    on = centres.detach().clone().requires_grad_()
    assert centre_loss(on, centres, distance) == 0
    embeddings = torch.tensor([[1.0, 1.0], [8.0, 0.0]], requires_grad=True)
    loss = centre_loss(embeddings, centres, distance)
    loss.backward()
    wanted = (2 + 4) / 2 if distance == "squared" else (2**0.5 + 2) / 2
    assert float(loss.detach()) == pytest.approx(wanted)
    assert embeddings.grad is not None and centres.grad is None
    assert (embeddings.grad[0] > 0).all() and embeddings.grad[1, 0] < 0


def test_phases_of_the_published_schedule() -> None:
    phases = Phases(steps=1_000, rounds=100)
    rounds = {
        name: sorted({phases.round_of(s) for s in range(1_000) if test(s)})
        for name, test in (
            ("cluster", phases.clusters_at),
            ("collect", phases.collects_at),
            ("pull", phases.pulls_at),
        )
    }
    assert rounds["cluster"] == [5, *range(11, 100, 5)]
    assert rounds["collect"] == [1, 2, 3, 4, *range(10, 101, 5)]
    assert rounds["pull"] == list(range(11, 101))
    assert sum(phases.clusters_at(step) for step in range(1_000)) == len(rounds["cluster"])


@pytest.mark.parametrize("steps", [1, 3, 7])
def test_few_steps_skip_rounds_without_harm(steps: int) -> None:
    phases = Phases(steps, rounds=20)
    assert sum(phases.clusters_at(step) for step in range(steps)) <= steps


def _step(frames: TrainingFrames, **changed: object) -> TrainingStep:
    chosen = MSPBHyperparameters.parse(
        {"width": 0.0625, "embedding_dim": 4, "batch_size": 8, "centres": 3, "rounds": 20, **changed}
    )
    torch.manual_seed(0)
    networks = Networks(chosen)
    optimiser = torch.optim.Adam(networks.parameters(), lr=1e-3)
    centres = {patch_px: ScaleCentres(chosen.centres) for patch_px in chosen.strides_px()}
    pairs = Patchwise(frames, networks.encoders.patches, CPU)
    return TrainingStep(chosen, networks, optimiser, pairs, centres, Phases(20, chosen.rounds))


def test_the_centre_loss_joins_late_and_teaches_the_encoder(frames: TrainingFrames) -> None:
    step = _step(frames, scales=("16",))
    names = [set(step(number, np.random.default_rng(number))) for number in range(20)]
    assert all("centres_16" not in seen for seen in names[:10])
    assert all("centres_16" in seen for seen in names[10:])
    centres = step.centres[16].centres
    assert centres is not None and torch.isfinite(centres).all()
    step.networks.zero_grad()
    losses = step.losses(15, np.random.default_rng(0))
    losses["centres_16"].backward()
    assert step.networks.encoders.trunks["16"].stages[0][0].weight.grad.abs().sum() > 0


def test_centres_go_through_a_checkpoint() -> None:
    part = ScaleCentres(2)
    part.collect(torch.randn(20, 3))
    part.cluster(np.random.default_rng(0))
    part.collect(torch.ones(4, 3))
    twin = ScaleCentres(2)
    twin.load_state_dict(part.state_dict())
    part.cluster(np.random.default_rng(1))
    twin.cluster(np.random.default_rng(1))
    assert torch.equal(part.centres, twin.centres)


CELLS = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).random((9, 7)).astype(np.float32)
)


@settings(max_examples=30, deadline=None)
@given(CELLS)
def test_the_window_score_is_the_largest_mean_of_an_8_px_window(cells: np.ndarray) -> None:
    pixels = cells.repeat(4, 0).repeat(4, 1)
    everywhere = np.ones(cells.shape, bool)
    full = [
        pixels[r : r + 8, c : c + 8].mean()
        for r in range(0, pixels.shape[0] - 7, 4)
        for c in range(0, pixels.shape[1] - 7, 4)
    ]
    assert window_score(cells, everywhere) == pytest.approx(max(full), rel=1e-5)
    cut = [
        pixels[r : r + 8, c : c + 8].mean()
        for r in range(0, pixels.shape[0], 4)
        for c in range(0, pixels.shape[1], 4)
    ]
    assert window_score(cells, everywhere, include_border=True) == pytest.approx(max(cut), rel=1e-5)
    assert window_score(cells, everywhere) <= cells.max()


def test_window_scores_of_plain_maps_single_cells_and_regions() -> None:
    everywhere = np.ones((8, 8), bool)
    assert window_score(np.full((8, 8), 0.4, np.float32), everywhere) == pytest.approx(0.4)
    for row, col in ((3, 3), (5, 2)):
        hot = np.zeros((8, 8), np.float32)
        hot[row, col] = 1
        assert window_score(hot, everywhere) == pytest.approx(0.25)
    corner = np.zeros((8, 8), bool)
    corner[0, 0] = True
    assert window_score(np.where(corner, 2, 0).astype(np.float32), corner) == pytest.approx(2)


def test_the_map_is_the_sum_of_the_scales() -> None:
    settings = {**SMALL["mspb"], "steps": 0, "first_weights": "variance"}
    images = [stripes(number) for number in range(3)]
    detector = MSPB(**settings).fit(images)
    assert (detector.score(images).maps == 0).all()
    new = with_square(stripes(60), 20, 20, 12)
    (cells,) = detector.score([new]).maps
    patches = next(detector.embed([new]))
    parts = [
        patches.spread(
            size,
            bank.search(patches.features[size], 1)[0][:, 0]
            * detector._state().memories[int(size)].space.spread,
        )
        for size, bank in detector.banks.items()
    ]
    assert len(parts) == 3
    assert np.allclose(cells, sum(parts), rtol=1e-5)
    assert (cells > sum(parts[:2])).all()


def test_one_scale_alone_works_and_wrong_scales_are_refused(tmp_path: Path) -> None:
    alone = MSPB(**SMALL["mspb"], scales=("32",)).fit([stripes(number) for number in range(3)])
    assert set(alone.banks) == {"32"}
    alone.save(tmp_path / "model")
    loaded = detectors.load(tmp_path / "model", device="cpu")
    new = [stripes(9)]
    assert np.array_equal(loaded.score(new).maps, alone.score(new).maps)
    for wrong in ({"scales": ()}, {"scales": ("64", "64")}, {"weights": "imagenet"}):
        with pytest.raises(detectors.InputError):
            MSPB(**wrong)
