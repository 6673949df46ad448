"""Any model of open_clip, with weights from a file or the user's cache: nothing is downloaded."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from detectors.errors import InputError, MissingWeightsError
from detectors.generation.encoders import RgbImage, Vectors

_BATCH = 64


class OpenClipEncoder:
    """CLIP's two towers."""

    def __init__(self, model: str, weights: str) -> None:
        """Load model and weights.

        Args:
            model: a name that open_clip knows, or the path of a model description in JSON.
            weights: path of a checkpoint, or a tag whose file is in the cache.

        Raises:
            MissingWeightsError: neither file nor cache has them; the sentence says how to get them.
            InputError: an unknown model, or weights of another one.
        """
        import open_clip

        if model.endswith(".json"):
            _check_file(Path(model), "model description")
            open_clip.add_model_config(Path(model))
            model = Path(model).stem
        if open_clip.get_model_config(model) is None:
            raise InputError(f"open_clip knows no model {model!r}.")
        path = _weights_file(open_clip, model, weights)
        try:
            made = open_clip.create_model_and_transforms(model, pretrained=str(path))
        except Exception as error:  # open_clip has no error of its own for weights that do not fit
            raise InputError(f"{path} does not hold weights of {model}.") from error
        self._model, self._transform = made[0].eval().requires_grad_(False), made[2]
        self._tokenizer = open_clip.get_tokenizer(model)
        self.identity = f"openclip/{model}/{_digest(path)[:16]}"

    @torch.inference_mode()
    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, not normalised."""
        parts = [
            self._model.encode_text(self._tokenizer(list(texts[start : start + _BATCH])))
            for start in range(0, len(texts), _BATCH)
        ]
        return _array(parts)

    @torch.inference_mode()
    def encode_image(self, pictures: Sequence[RgbImage]) -> Vectors:
        """(n, d) float32, not normalised; one by one, so that grouping changes nothing."""
        return _array(
            [
                self._model.encode_image(self._transform(Image.fromarray(picture))[None])
                for picture in pictures
            ]
        )


def _array(parts: list[torch.Tensor]) -> Vectors:
    return np.asarray(torch.cat(parts).float().numpy(), dtype=np.float32)


def _weights_file(open_clip: Any, model: str, weights: str) -> Path:
    if Path(weights).is_file():
        return Path(weights)
    settings = open_clip.get_pretrained_cfg(model, weights)
    if not settings:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none"
        raise MissingWeightsError(
            f"There is no weights file {weights}, and {model} has no weights of that name (it has: {tags})."
        )
    path = _cached(settings)
    if path is None:
        raise MissingWeightsError(
            f"The CLIP weights {model}/{weights} are not on this machine. With a connection run: python -c "
            f"\"import open_clip; open_clip.create_model('{model}', pretrained='{weights}')\", or give a "
            "file with openclip_weights=PATH."
        )
    return path


def _cached(settings: dict[str, Any]) -> Path | None:
    """The file that open_clip downloaded earlier, from either of its two sources."""
    from huggingface_hub import try_to_load_from_cache

    repository = settings.get("hf_hub", "")
    if repository:
        folder, _, name = repository.rpartition("/")
        names = [name] if name and folder else []
        names += ["open_clip_model.safetensors", "open_clip_pytorch_model.bin", "model.safetensors"]
        for file_name in names:
            found = try_to_load_from_cache(folder if folder else repository, file_name)
            if isinstance(found, str):
                return Path(found)
    path = Path("~/.cache/clip").expanduser() / Path(settings.get("url") or "-").name
    return path if path.is_file() else None


def _check_file(path: Path, what: str) -> None:
    if not path.is_file():
        raise InputError(f"There is no {what} {path}.")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
