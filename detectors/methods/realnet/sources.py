"""What RealNet's made-up defects come from: a kind of every method's, or a diffusion network of its own."""

from dataclasses import replace

import torch

from detectors.base import FitContext
from detectors.methods.realnet.hyperparameters import RealNetHyperparameters
from detectors.synthesis import kinds
from detectors.synthesis.base import MixedSynthesis, Synthesis
from detectors.synthesis.diffusion.source import diffusion_defects
from detectors.synthesis.hyperparameters import SDAS
from detectors.synthesis.normals import NormalPictures


def made_up_defects(
    chosen: RealNetHyperparameters, normals: NormalPictures, context: FitContext, device: torch.device
) -> Synthesis:
    """The synthesis that the hyperparameters name; trains the diffusion network where it is `sdas`.

    Raises:
        InputError: a texture or defect folder that cannot be used.
    """
    settings = chosen.synthesis_settings()
    if chosen.synthesis != SDAS:
        return kinds.create(settings, normals)
    drawn = diffusion_defects(chosen, normals, chosen.seed, context, device)
    if not chosen.defect_folder or chosen.real_share == 0:
        return drawn
    real = kinds.create(replace(settings, kind="real"), normals)
    return MixedSynthesis([drawn, real], [1 - chosen.real_share, chosen.real_share])
