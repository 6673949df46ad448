"""The text-guided integrator: sets are made and scored, the best kept, the generator updated (section 5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from detectors.base import FitContext
from detectors.errors import TrainingError
from detectors.generation.encoders import TextImageEncoder, Vectors, unit
from detectors.generation.fingerprint import network_fingerprint
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.making import Made, Maker
from detectors.generation.sources import as_bytes, resized
from detectors.generation.vqgan.network import VQGAN
from detectors.training.checkpoints import Stateful
from detectors.training.loop import Schedule, train

Pictures = list[npt.NDArray[np.uint8]]
Told = Callable[[int, float, bool, Pictures], None]
"""A set's number, score, whether it is the best so far, and its pictures."""

_COMPARED_SIDE_PX = 64


@dataclass
class BestSet:
    """The best set so far, and the scores of all; a checkpoint keeps it.

    Attributes:
        scores: one per iteration.
        best: the iteration of the kept set; -1: none yet.
        pictures: (3, H, W) float32 each, 0…1.
        origins: see `Made.origin`.
        generator: fingerprint of the generator that made the set.
    """

    scores: list[float] = field(default_factory=list)
    best: int = -1
    pictures: list[Tensor] = field(default_factory=list)
    origins: list[dict[str, Any]] = field(default_factory=list)
    generator: str = ""

    def consider(self, score: float, made: Sequence[Made], network: VQGAN, *, keeps_last: bool) -> bool:
        """Note a score; keep the set if it is the best so far (or the last, if that is the rule)."""
        is_better = self.best < 0 or keeps_last or score > self.scores[self.best]
        self.scores.append(score)
        if is_better:
            self.best = len(self.scores) - 1
            self.pictures = [one.picture for one in made]
            self.origins = [one.origin() for one in made]
            self.generator = network_fingerprint(network)
        return is_better

    def pass_over(self, score: float) -> None:
        """Note the score of a set that may not be kept."""
        self.scores.append(score)

    def state_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        vars(self).update(state)


def integrate(
    maker: Maker,
    target: Vectors,
    encoder: TextImageEncoder,
    context: FitContext,
    told: Told,
) -> BestSet:
    """Make and score sets, and update the generator after each.

    Args:
        maker: its generator is changed in place, unless `iterations` is 0; its sources are cycled over.
        target: (d,) the prompt's vector.
        encoder: for the pictures.
        context: progress, also within a set; checkpoints (stage `sets`).
        told: hears of every set.

    Raises:
        TrainingError: no set is diverse enough.
    """
    best = BestSet()
    network, chosen = maker.network, maker.settings
    optimiser = torch.optim.Adam(network.parameters(), lr=chosen.update_learning_rate)
    count = chosen.count * (len(maker.sources) if chosen.count_scope == "image" else 1)
    iterations = max(1, chosen.iterations)

    def step(number: int, random: np.random.Generator) -> dict[str, Tensor]:
        made = []
        for place in range(count):
            made.append(maker.make(place % len(maker.sources), random))
            done = number + place / count
            context.progress(done / iterations, f"Set {number + 1} of {iterations}: picture {place + 1}")
        pictures = [as_bytes(one.picture).permute(1, 2, 0).numpy() for one in made]
        score = set_score(encoder.encode_image(pictures), target, is_normalised=chosen.normalise_features)
        is_best = False
        if chosen.mode == "quantized" or spread(pictures) >= chosen.diversity_floor:
            is_best = best.consider(score, made, network, keeps_last=chosen.guidance == "last")
        else:
            best.pass_over(score)
        told(number, score, is_best, pictures)
        losses = {"score": torch.tensor(score)}
        if chosen.iterations:
            smalls = [one.small for one in made]
            losses["difference"] = update(network, optimiser, smalls, chosen, random)
        return losses

    parts: dict[str, Stateful] = {"network": network, "optimiser": optimiser, "best": best}
    train("sets", parts, step, Schedule(iterations, chosen.seed), context)
    if best.best < 0:
        raise TrainingError(
            "The generator collapsed: its pictures hardly differ from each other. Raise the temperature or "
            "the views, or lower diversity_floor."
        )
    return best


def set_score(features: Vectors, target: Vectors, *, is_normalised: bool = True) -> float:
    """Cosine of the prompt's vector (d,) with the mean of the pictures' (n, d): the set's score."""
    mean = (unit(features) if is_normalised else features).astype(np.float64).mean(axis=0)
    # Summed in double precision, so that the order of the pictures does not show.
    return round(float(unit(mean.astype(np.float32)) @ unit(target)), 7)


def spread(pictures: Pictures) -> float:
    """Mean over all pairs of the root mean square difference, of the full range; 0 for fewer than two."""
    rows = [_flat(one) for one in pictures]
    if len(rows) < 2:
        return float("inf")
    stacked = np.stack(rows)
    squares = (stacked**2).sum(1)
    distances = np.maximum(squares[:, None] + squares[None] - 2 * stacked @ stacked.T, 0)
    first, second = np.triu_indices(len(rows), 1)
    return float(np.sqrt(distances[first, second] / stacked.shape[1]).mean())


def _flat(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """A picture of any size as one row, so that sets of different sizes compare."""
    pixels = torch.from_numpy(picture).permute(2, 0, 1).float() / 255
    return resized(pixels, _COMPARED_SIDE_PX, _COMPARED_SIDE_PX).flatten().double().numpy()


def update(
    network: VQGAN,
    optimiser: torch.optim.Optimizer,
    smalls: Sequence[Tensor],
    chosen: GenerationHyperparameters,
    random: np.random.Generator,
) -> Tensor:
    """Bring generated images nearer to their inputs; every parameter learns, the codebook through its codes.

    With the quantiser bypassed, the published MSE alone would send the codebook no gradient: so the images
    of the codes count as well, and the quantiser's own loss.

    Returns:
        The mean squared error of the images of the latents, over the steps; scalar.
    """
    device = next(network.parameters()).device
    total = torch.zeros((), device=device)
    for _ in range(chosen.update_steps):
        # Images of one size share a step.
        first = smalls[int(random.integers(len(smalls)))]
        alike = [one for one in smalls if one.shape == first.shape]
        picked = [alike[int(n)] for n in random.integers(len(alike), size=chosen.update_batch)]
        images = (torch.stack(picked) * 2 - 1).to(device)
        latents = network.encode(images)
        quantised = network.quantise(latents)
        difference = functional.mse_loss(network.decode(latents), images)
        from_codes = functional.mse_loss(network.decode(quantised.latents), images)
        optimiser.zero_grad()
        (difference + from_codes + quantised.loss).backward()
        optimiser.step()
        total += difference.detach()
    return total / max(1, chosen.update_steps)
