"""What RealNet's made-up defects come from: a kind of every method's, or a diffusion network of its own."""

import torch

from detectors.base import FitContext
from detectors.methods.realnet.hyperparameters import RealNetHyperparameters
from detectors.synthesis import kinds
from detectors.synthesis.base import Synthesis
from detectors.synthesis.diffusion.source import diffusion_defects
from detectors.synthesis.hyperparameters import SDAS
from detectors.synthesis.normals import NormalPictures
from detectors.synthesis.real_defects import marked_crops


def made_up_defects(
    chosen: RealNetHyperparameters, normals: NormalPictures, context: FitContext, device: torch.device
) -> Synthesis:
    """The synthesis that the hyperparameters name; trains the diffusion network where it is `sdas`.

    Raises:
        InputError: a texture or defect folder that cannot be used.
    """
    settings, size_px = chosen.synthesis_settings(), (chosen.image_size, chosen.image_size)
    crops = marked_crops(context.defects, context.acquisition, size_px)
    if chosen.synthesis != SDAS:
        return kinds.create(settings, normals, crops)
    drawn = diffusion_defects(chosen, normals, chosen.seed, context, device)
    return kinds.with_real(drawn, settings, normals, crops)
