"""Patch SVDD: its encoder, whole frames against single patches, its losses, and what it makes of images."""

import numpy as np
import pytest
import torch
from patches.frames_of import frames_of
from pictures import SMALL, stripes, with_square

import detectors
from detectors.memory.live_scales import ScaleFeatures
from detectors.memory.rows import BankRows
from detectors.methods.patch_svdd import sampling
from detectors.methods.patch_svdd.detector import PatchSVDD
from detectors.methods.patch_svdd.encoder import HierarchicalEncoder
from detectors.methods.patch_svdd.framewise import Framewise
from detectors.methods.patch_svdd.training import Networks, TrainingStep, pair_encoder
from detectors.methods.patch_svdd_hyperparameters import PatchSVDDHyperparameters
from detectors.methods.patches.encoding import Patchwise, cut_out
from detectors.methods.patches.frames import TrainingFrames
from detectors.methods.patches.losses import mean_distance

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoder() -> HierarchicalEncoder:
    torch.manual_seed(0)
    return Networks(PatchSVDDHyperparameters(width=0.25, embedding_dim=8)).encoder


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> TrainingFrames:
    images = [stripes(number, 160) for number in range(3)]
    return frames_of(images, tmp_path_factory.mktemp("frames"), (64, 32), size_px=160)


def test_the_published_encoder_has_its_sizes_and_parameters() -> None:
    published = HierarchicalEncoder()
    count = sum(parameter.numel() for parameter in published.small.parameters())
    assert count == 360_832
    assert sum(parameter.numel() for parameter in published.merge.parameters()) == 41_152
    for patch_px in (32, 64):
        embedded = published.patches(torch.randn(2, 3, patch_px, patch_px), patch_px)
        assert embedded.shape == (2, 64) and (embedded.abs() < 1).all()


def test_a_big_patch_is_its_four_quarters_in_their_places(encoder: HierarchicalEncoder) -> None:
    patch = torch.randn(1, 3, 64, 64)
    quarters = [
        encoder.patches(patch[:, :, row : row + 32, col : col + 32], 32) for row in (0, 32) for col in (0, 32)
    ]
    grid = torch.stack(quarters, dim=2).view(1, 8, 2, 2)
    assert torch.allclose(encoder.merge(grid).flatten(1), encoder.patches(patch, 64), atol=1e-5)
    mirrored = encoder.merge(grid.flip(3)).flatten(1)
    assert not torch.allclose(mirrored, encoder.patches(patch, 64), atol=1e-4)


def test_every_pixel_that_the_first_convolution_reaches_matters(encoder: HierarchicalEncoder) -> None:
    patch = torch.randn(1, 3, 64, 64, requires_grad=True)
    encoder.patches(patch, 64).square().sum().backward()
    assert patch.grad is not None
    reached = patch.grad.abs().sum(dim=(0, 1)) > 0
    # A stride of 2 leaves out the last row and column of each 32 px quarter.
    inside = np.arange(64) % 32 != 31
    assert np.array_equal(reached.numpy(), inside[:, None] & inside[None, :])


@pytest.mark.parametrize("patch_px", [64, 32])
def test_windows_give_what_single_patches_give(
    patch_px: int, encoder: HierarchicalEncoder, frames: TrainingFrames
) -> None:
    framewise = Framewise(frames, encoder, CPU, frames=2)
    seen = []
    for rule in (sampling.direction_rule(patch_px, False), sampling.neighbour_rule(patch_px, False)):
        for seed in range(8):
            random = np.random.default_rng(seed)
            windows = framewise._windows(random, patch_px)
            pairs = framewise._like(framewise._pattern(random, rule, windows), random, rule, 10, windows)
            inside = windows.corners[np.searchsorted(windows.frames, pairs.frames)]
            seen.append(pairs)
            [found] = framewise.encoded(np.random.default_rng(seed), [rule], 10)
            assert len(found.first) == len(pairs) > 0
            for embedded, corners in ((found.first, pairs.first), (found.second, pairs.second)):
                patches = cut_out(frames, pairs.frames, inside + corners, patch_px, CPU)
                assert torch.allclose(embedded, encoder.patches(patches, patch_px), atol=1e-5)
            assert np.array_equal(found.labels.numpy(), pairs.labels)
    assert {tuple(pair % 2) for pairs in seen for pair in pairs.first} == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_pairs_of_both_sizes_share_their_windows(
    encoder: HierarchicalEncoder, frames: TrainingFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    forward = encoder.small.forward
    monkeypatch.setattr(encoder.small, "forward", lambda views: runs.append(len(views)) or forward(views))
    rules = [sampling.direction_rule(patch_px, True, 2) for patch_px in (64, 32)]
    found = Framewise(frames, encoder, CPU, frames=3).encoded(np.random.default_rng(0), rules, 12)
    assert len(runs) == 1 and [len(pairs.first) for pairs in found] == [12, 12]


def test_the_svdd_loss_reaches_the_first_layer_through_both_sizes(
    encoder: HierarchicalEncoder, frames: TrainingFrames
) -> None:
    for patch_px in (64, 32):
        encoder.zero_grad()
        [pairs] = Patchwise(frames, encoder.patches, CPU).encoded(
            np.random.default_rng(0), [sampling.neighbour_rule(patch_px, False)], 8
        )
        mean_distance(pairs.first, pairs.second).backward()
        assert encoder.small.layers[0].weight.grad.abs().sum() > 0


@pytest.mark.parametrize("frames_per_batch", [0, 1])
def test_the_svdd_loss_alone_lets_the_encoder_collapse(frames_per_batch: int, frames: TrainingFrames) -> None:
    random = np.random.default_rng(0)
    numbers = np.zeros(64, np.int64)
    patches = cut_out(frames, numbers, frames.places(random, numbers, 32), 32, CPU)

    def spread(networks: Networks) -> float:
        with torch.inference_mode():
            return float(networks.encoder.patches(patches, 32).std(dim=0).mean())

    kept = {}
    for position_loss, svdd_weight in ((False, 1.0), (True, 1e-3)):
        chosen = PatchSVDDHyperparameters(
            width=0.125,
            embedding_dim=8,
            batch_size=8,
            svdd_weight=svdd_weight,
            position_loss=position_loss,
            frames_per_batch=frames_per_batch,
        )
        torch.manual_seed(0)
        networks = Networks(chosen)
        before = spread(networks)
        optimiser = torch.optim.Adam(networks.encoder.parameters(), lr=1e-3)
        pairs = pair_encoder(frames, networks.encoder, CPU, frames_per_batch)
        step = TrainingStep(chosen, networks, optimiser, pairs, pairs)
        for number in range(25):
            losses = step(number, np.random.default_rng(number))
        assert any(name.startswith("position") for name in losses) is position_loss
        kept[position_loss] = spread(networks) / before
    assert kept[False] < 0.2 < 0.3 < kept[True]


def test_training_images_score_nothing_and_added_patches_never_raise_a_distance() -> None:
    images = [stripes(number) for number in range(10)]
    detector = PatchSVDD(**{**SMALL["patch_svdd"], "steps": 0, "image_size": 64}).fit(images)
    scores, maps = detector.score(images)
    assert (scores == 0).all() and (maps == 0).all()
    patches = next(detector.embed([with_square(stripes(70), 10, 10, 9)]))
    for size, bank in detector.banks.items():
        features = patches.features[size]
        fewer = bank.without(bank.source_image > 4)
        assert (fewer.search(features, 1)[0] >= bank.search(features, 1)[0]).all()


def test_kept_patches_score_again_as_their_images_do_after_a_bank_has_changed() -> None:
    images = [stripes(number) for number in range(4)]
    detector = PatchSVDD(**{**SMALL["patch_svdd"], "steps": 0, "image_size": 64}).fit(images)
    new = [with_square(stripes(70), 10, 10, 9), stripes(71)]
    kept = list(detector.embed(new))
    assert np.array_equal(detector.score_features(kept).maps, detector.score(new).maps)
    before = detector.score_features(kept).image_scores
    for size, bank in detector.banks.items():
        whole = np.flatnonzero(kept[0].inside(size, kept[0].usable))
        vectors, cells = kept[0].features[size][whole], kept[0].cells(size)[whole]
        bank.add(BankRows(vectors, np.full(len(whole), 99), cells))
    after = detector.score_features(kept)
    assert after.image_scores[0] == 0 and after.image_scores[1] <= before[1]
    assert np.array_equal(after.maps, detector.score(new).maps)
    assert set(detector.training_patches()) == {"64", "32"}


def test_live_scales_follow_a_removal_as_a_fresh_search_does() -> None:
    images = [stripes(number) for number in range(4)]
    detector = PatchSVDD(**{**SMALL["patch_svdd"], "steps": 0, "image_size": 64}).fit(images)
    images = [with_square(stripes(70), 10, 10, 9), stripes(1)]
    learner = detector.live_learner()
    seen = dict(zip("ab", learner.read(images, [None, None]), strict=True))
    features = {
        ScaleFeatures.name(image, size): vectors
        for image, one in seen.items()
        for size, vectors in one.features.items()
    }
    live = learner.memory(features, lambda image: seen[image].places)
    live.watch(["a", "b"])
    assert live.scores["b"] == 0
    live.commit(live.propose_removal([1]))
    for bank in detector.banks.values():
        bank.remove(bank.positions_from(1))
    wanted = detector.score(images)
    scores = [live.scores["a"], live.scores["b"]]
    assert scores == pytest.approx(wanted.image_scores.tolist()) and scores[1] > 0
    kept = seen["a"].places.score_map(live.distances("a"))
    np.testing.assert_allclose(kept, wanted.maps[0], rtol=1e-5)


def test_the_map_is_the_product_of_both_sizes_and_its_maximum_the_score() -> None:
    settings = {**SMALL["patch_svdd"], "steps": 0, "image_size": 80}
    images = [stripes(number, 80) for number in range(3)]
    product = PatchSVDD(**settings).fit(images)
    added = PatchSVDD(**settings, combination="sum").fit(images)
    new = [with_square(stripes(70, 80), 20, 20, 12)]
    (score,), (cells,) = product.score(new)
    assert score == cells.max() > 0
    (sums,) = added.score(new).maps
    # Of two numbers with product p and sum s, (s / 2)² >= p.
    assert (sums**2 / 4 >= cells * (1 - 1e-5)).all() and (cells > 0).all()


@pytest.mark.parametrize("steps", [0, 3])
def test_plain_images_are_refused_as_a_collapsed_encoder(steps: int) -> None:
    plain = [np.full((64, 64, 3), value, np.uint8) for value in (120, 120, 120)]
    with pytest.raises(detectors.TrainingError, match="same embedding"):
        PatchSVDD(**{**SMALL["patch_svdd"], "steps": steps}).fit(plain)


def test_a_capped_memory_keeps_patches_that_cover_the_others() -> None:
    detector = PatchSVDD(**{**SMALL["patch_svdd"], "steps": 0, "bank_rows": 50}).fit(
        [stripes(number) for number in range(4)]
    )
    banks = detector.banks
    assert len(banks["32"]) == 50 and banks["32"].cover_radius > 0
    assert len(banks["64"]) <= 50 and set(banks["32"].source_image) <= set(range(4))


def test_small_images_and_sizes_that_no_stride_divides_are_covered() -> None:
    detector = PatchSVDD(**{**SMALL["patch_svdd"], "steps": 0, "stride_64": 28, "stride_32": 12}).fit(
        [stripes(number, 20) for number in range(3)]
    )
    (cells,) = detector.score([with_square(stripes(9, 20), 15, 15, 5)]).maps
    assert (cells > 0).all() and cells.shape == (24, 24)


def test_a_training_that_ruins_the_encoder_ends_with_an_earlier_one() -> None:
    """The SVDD loss alone makes all patches alike; the untrained encoder can still tell them apart."""
    ruinous = {**SMALL["patch_svdd"], "position_loss": False, "svdd_weight": 1.0, "learning_rate": 0.1}
    images = [stripes(number) for number in range(9)]
    with pytest.raises(detectors.TrainingError, match="same embedding"):
        PatchSVDD(**ruinous, keep_best=False).fit(images)
    detector = PatchSVDD(**ruinous).fit(images)
    assert detector.training_report is not None and detector.training_report.kept_step == 0
    assert len(np.unique(detector.banks["32"].source_image)) == 9
    normal, defect = detector.score([stripes(50), with_square(stripes(51), 20, 24, 12)]).image_scores
    assert defect > normal
