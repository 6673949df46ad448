"""Whole runs: from images to pictures with their origin; words, kills, odd pools."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pictures import stripes
from tiny_generation import TINY, PlainEncoder

from detectors.errors import Cancelled, InputError, MissingWeightsError
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.prompts import ScoredWord
from detectors.generation.results import Generation
from detectors.generation.run import generate_normals, propose_words
from detectors.generation.watching import GenerationWatcher
from detectors.images import ImageArray
from detectors.watching import Checkpoints

IMAGES = [stripes(seed, 48) for seed in range(2)]


def _run(images: Sequence[ImageArray] = IMAGES, keyword: str = "hazelnut", **changed: Any) -> Generation:
    arguments = {name: changed.pop(name) for name in list(changed) if name in _ARGUMENTS}
    config = GenerationHyperparameters.parse({**TINY, **changed})
    return generate_normals(images, config, keyword=keyword, **{"encoder": PlainEncoder(), **arguments})


_ARGUMENTS = ("prompt", "names", "relatives", "encoder", "progress", "watcher", "checkpoints")


def _bytes(made: Generation) -> list[bytes]:
    return [one.pixels.tobytes() for one in made.pictures]


def test_a_run_makes_its_count_and_says_where_each_came_from() -> None:
    originals = [image.copy() for image in IMAGES]
    made = _run(names=["a.png", "b.png"])
    assert len(made.pictures) == 4
    assert made.words[0].prompt == made.prompt == f"a hazelnut with {made.words[0].word}"
    assert len(made.scores) == 3
    for number, one in enumerate(made.pictures):
        assert one.picture.shape == (48, 48, 3) == one.pixels.shape
        assert one.provenance["source"] == {"index": number % 2, "name": "ab"[number % 2] + ".png"}
        assert one.provenance["iteration"] == made.best_iteration
        assert one.provenance["score"] == max(made.scores)
        assert (one.provenance["upscaled"], one.provenance["image_size"]) == (True, 32)
        assert one.provenance["keyword"] == "hazelnut"
        assert len(one.provenance["generator"]) == 64
    for image, original in zip(IMAGES, originals, strict=True):
        np.testing.assert_array_equal(image, original)


def test_the_same_seed_makes_the_same_pictures_and_another_others() -> None:
    assert _bytes(_run()) == _bytes(_run())
    assert _bytes(_run()) != _bytes(_run(seed=1))


@pytest.mark.parametrize("killed_at", [0.2, 0.72, 0.95])
def test_a_killed_run_goes_on_to_the_same_pictures(tmp_path: Path, killed_at: float) -> None:
    def killer(fraction: float, message: str) -> None:
        if fraction >= killed_at:
            raise Cancelled("killed")

    kept = Checkpoints(tmp_path / "kept", interval_s=0.0)
    with pytest.raises(Cancelled):
        _run(progress=killer, checkpoints=kept)
    told: list[int] = []

    class Watcher(GenerationWatcher):
        def iteration(self, index: int, score: float, best: bool, pictures: Sequence[Any]) -> None:
            told.append(index)

    resumed = _run(checkpoints=kept, watcher=Watcher())
    assert _bytes(resumed) == _bytes(_run())
    assert (len(told) < 3) == (killed_at > 0.7)


def test_the_watcher_hears_of_words_losses_and_sets() -> None:
    heard: dict[str, list[Any]] = {"words": [], "losses": [], "iteration": []}

    class Watcher(GenerationWatcher):
        def words(self, scored: Sequence[ScoredWord], warnings: Sequence[str]) -> None:
            heard["words"].append((len(scored), list(warnings)))

        def losses(self, step: int, steps: int, losses: Mapping[str, float]) -> None:
            heard["losses"].append((step, steps, sorted(losses)))

        def iteration(
            self, index: int, score: float, best: bool, pictures: Sequence[npt.NDArray[np.uint8]]
        ) -> None:
            heard["iteration"].append((index, best, len(pictures)))

    _run(watcher=Watcher())
    assert heard["words"][0][0] == 6
    assert heard["losses"][-1][:2] == (4, 4)
    assert [index for index, _, _ in heard["iteration"]] == [0, 1, 2]
    assert heard["iteration"][0] == (0, True, 4)


def test_a_given_prompt_guides_alone() -> None:
    made = _run(prompt="a striped wall")
    assert (made.prompt, made.words) == ("a striped wall", [])
    assert made.pictures[0].provenance["word"] is None


def test_one_image_and_identical_images_are_enough_and_warned_of() -> None:
    assert any("There is one image" in text for text in _run(IMAGES[:1]).warnings)
    assert any("All 3 images are the same" in text for text in _run(IMAGES[:1] * 3).warnings)


def test_a_guess_from_few_images_is_said() -> None:
    assert any("it is a guess" in text for text in _run(views="auto").warnings)
    assert not any("it is a guess" in text for text in _run(views="object").warnings)


@pytest.mark.parametrize("mode", ["sample", "mean", "quantized"])
def test_every_mode_runs(mode: str) -> None:
    assert _run(mode=mode).pictures[0].provenance["mode"] == mode


def test_without_a_change_all_detail_is_the_image_itself() -> None:
    unchanged = {"augment_light": 0.0, "augment_noise": 0.0, "augment_shift": 0.0, "augment_turn_deg": 0.0}
    made = _run(views="none", mode="mean", diversity_floor=0.0, iterations=0, **unchanged)
    difference = made.pictures[0].picture.astype(int) - IMAGES[0]
    assert np.abs(difference).max() <= 1
    own = _run(views="none", mode="mean", diversity_floor=0.0, iterations=0, detail=0.0, **unchanged)
    assert np.abs(own.pictures[0].picture.astype(int) - IMAGES[0]).mean() > 5


def test_grey_stays_grey_and_sizes_stay_their_own() -> None:
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (h, w, 1), dtype=np.uint8) for h, w in ((40, 64), (64, 40))]
    made = _run(images)
    assert [one.pixels.shape for one in made.pictures] == [(40, 64, 1), (64, 40, 1)] * 2


def test_sixteen_bits_stay_sixteen_in_their_range() -> None:
    random = np.random.default_rng(0)
    images = [random.integers(20_000, 22_000, (40, 40, 1)).astype(np.uint16) for _ in range(2)]
    made = _run(images)
    for one in made.pictures:
        assert one.pixels.dtype == np.uint16
        assert 18_000 < one.pixels.min() < one.pixels.max() < 24_000


@pytest.mark.parametrize(
    ("changed", "error", "sentence"),
    [
        ({"keyword": " "}, InputError, "keyword is empty"),
        ({"prompt": ""}, InputError, "prompt is empty"),
        ({"images": []}, InputError, "no images to generate from"),
        ({"names": ["a"]}, InputError, "2 images but 1 names"),
        ({"generator_checkpoint": "absent.ckpt"}, MissingWeightsError, "no generator checkpoint"),
    ],
)
def test_bad_input_is_one_sentence(changed: dict[str, Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        _run(**changed)


def test_a_checkpoint_of_the_published_make_generates(tmp_path: Path) -> None:
    import torch

    from detectors.generation.vqgan.network import NetworkSettings, seeded_network

    path = tmp_path / "last.ckpt"
    torch.save(
        {"state_dict": seeded_network(NetworkSettings(8, (1, 2), 1, True, 4, 8), 0).state_dict()}, path
    )
    assert len(_run(generator_checkpoint=str(path)).pictures) == 4


def test_words_are_proposed_without_a_run(tiny: GenerationHyperparameters) -> None:
    words = propose_words("hazelnut", IMAGES, tiny, encoder=PlainEncoder())
    assert words == _run().words
    assert {word.status for word in words} <= {"chosen", "kept", "outlier"}


def test_words_can_be_measured_by_the_generators_own_pictures() -> None:
    """The generator is trained before the words then, and the run still tells both."""
    told: list[str] = []

    class Order(GenerationWatcher):
        def words(self, scored: Sequence[ScoredWord], warnings: Sequence[str]) -> None:
            told.append("words")

        def losses(self, step: int, steps: int, losses: Mapping[str, float]) -> None:
            if told[-1:] != ["losses"]:
                told.append("losses")

    by_pictures = _run(outlier_space="generator", watcher=Order())
    assert told == ["losses", "words"]
    by_words = _run(watcher=Order())
    assert told[2:] == ["words", "losses"]
    distances = [{one.word: one.distance for one in made.words} for made in (by_pictures, by_words)]
    assert distances[0].keys() == distances[1].keys() and distances[0] != distances[1]
    assert _bytes(_run(outlier_space="generator")) == _bytes(by_pictures)


def test_relatives_tell_a_part_from_a_texture_where_sources_are_few() -> None:
    random = np.random.default_rng(0)
    parts = [random.integers(90, 255, (32, 32, 1)).astype(np.uint8) for _ in range(9)]
    for part in parts:
        part[:20] = 20
    alone = _run(parts[:1], views="auto")
    assert any("it is a guess" in warning for warning in alone.warnings)
    told = _run(parts[:1], views="auto", relatives=parts[1:])
    assert not any("it is a guess" in warning for warning in told.warnings)
    assert {one.provenance["views"] for one in told.pictures} == {"object"}
    assert {one.provenance["source"]["index"] for one in told.pictures} == {0}
