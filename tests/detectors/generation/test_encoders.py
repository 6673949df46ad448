"""Encoders: one interface; ConSE's two halves, and open_clip from a checkpoint that the test writes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from detectors.errors import InputError, MissingWeightsError
from detectors.generation import encoders
from detectors.generation.encoders.classifier import ImageClassifier, class_names
from detectors.generation.encoders.conse import ConseEncoder
from detectors.generation.encoders.openclip import OpenClipEncoder
from detectors.generation.encoders.sentences import SentenceEncoder
from detectors.generation.hyperparameters import GenerationHyperparameters

_TINY_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1},
}


@pytest.fixture(scope="module")
def conse() -> ConseEncoder:
    return ConseEncoder()


@pytest.fixture(scope="module")
def clip_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model description and a checkpoint of random weights."""
    import open_clip

    folder = tmp_path_factory.mktemp("clip")
    description = folder / "tiny-clip.json"
    description.write_text(json.dumps(_TINY_CLIP))
    open_clip.add_model_config(description)
    torch.manual_seed(0)
    weights = folder / "tiny.pt"
    torch.save(open_clip.create_model("tiny-clip").state_dict(), weights)
    return description, weights


def _pictures(count: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (40, 50, 3), dtype=np.uint8) for _ in range(count)]


def test_sentences_are_those_of_the_published_implementation() -> None:
    vectors = SentenceEncoder().encode(["a hazelnut with cobnut", "brick"])
    np.testing.assert_allclose(
        vectors[:, :4],
        [[0.167471, -0.100665, -0.123832, 0.283165], [-0.137138, 0.911680, -0.224666, 0.370816]],
        atol=2e-5,
    )
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [7.061826, 7.422987], rtol=1e-5)


def test_the_classifier_knows_a_cat() -> None:
    from skimage import data

    probabilities = ImageClassifier().probabilities([np.asarray(data.chelsea())])
    names = class_names()
    assert len(names) == 1000 == probabilities.shape[1]
    assert float(probabilities.sum()) == pytest.approx(1, abs=1e-5)
    assert "cat" in names[int(probabilities.argmax())]


def test_conse_puts_a_picture_near_its_own_word(conse: ConseEncoder) -> None:
    from skimage import data

    (cat,) = encoders.unit(conse.encode_image([np.asarray(data.chelsea())]))
    near, far = encoders.unit(conse.encode_text(["a photo of a cat", "a photo of a bridge"])) @ cat
    assert near > far + 0.2


def test_grouping_changes_no_vector(conse: ConseEncoder) -> None:
    pictures = _pictures(3)
    np.testing.assert_array_equal(
        conse.encode_image(pictures), np.concatenate([conse.encode_image([one]) for one in pictures])
    )


def test_openclip_reads_a_checkpoint(clip_files: tuple[Path, Path]) -> None:
    chosen = GenerationHyperparameters.parse(
        {
            "encoder": "openclip",
            "openclip_model": str(clip_files[0]),
            "openclip_weights": str(clip_files[1]),
        }
    )
    encoder = encoders.create(chosen)
    assert encoder.encode_text(["a screw", "a nut"]).shape == (2, 16)
    assert encoder.encode_image(_pictures(2)).shape == (2, 16)
    assert encoder.identity.startswith("openclip/tiny-clip/")


def test_openclip_refuses_what_does_not_fit(clip_files: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.pt"
    torch.save({"visual.proj": torch.zeros(2, 2)}, other)
    with pytest.raises(InputError, match="does not hold weights of tiny-clip"):
        OpenClipEncoder(str(clip_files[0]), str(other))
    with pytest.raises(InputError, match="knows no model"):
        OpenClipEncoder("no-such-model", str(other))
    with pytest.raises(InputError, match="There is no model description"):
        OpenClipEncoder(str(tmp_path / "absent.json"), str(other))


def test_missing_clip_weights_come_with_the_command_that_gets_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(
        MissingWeightsError, match=r"open_clip.create_model\('ViT-B-32', pretrained='openai'\)"
    ):
        OpenClipEncoder("ViT-B-32", "openai")
    with pytest.raises(MissingWeightsError, match="it has: openai"):
        OpenClipEncoder("ViT-B-32", "no-such-tag")
