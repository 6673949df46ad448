"""Hyperparameters of the PatchCore ensemble, torch-free."""

from dataclasses import dataclass
from typing import Any

from detectors.errors import InputError
from detectors.hyperparameters import setting
from detectors.methods.patchcore_hyperparameters import BACKBONE_NAMES, PatchCoreHyperparameters


@dataclass(frozen=True)
class PatchCoreEnsembleHyperparameters(PatchCoreHyperparameters):
    """PatchCore's, for every member, and the further backbones."""

    more_backbones: tuple[str, ...] = setting(
        ("resnet18",),
        "Further networks, each with its own memory; their scores are averaged with the first one's.",
        group="basic",
        choices=BACKBONE_NAMES,
    )

    def check(self) -> None:
        super().check()
        if not self.more_backbones:
            raise InputError("more_backbones must name at least one network besides backbone.")
        if self.layers:
            raise InputError("layers must be empty in an ensemble: each network uses its own two.")
        if self.weights not in ("imagenet", "random"):
            raise InputError(
                "weights must be imagenet or random in an ensemble: a file fits one network only."
            )

    def of_members(self) -> list[dict[str, Any]]:
        """The hyperparameters of each member, the first backbone's first."""
        shared = self.to_dict()
        backbones = (shared.pop("backbone"), *shared.pop("more_backbones"))
        # Members are brought together by leaving training images out, which needs their features.
        return [{**shared, "backbone": name, "keep_features": True} for name in backbones]
