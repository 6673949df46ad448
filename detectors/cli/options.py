"""What several commands share: the detector's options, and the detector that they describe."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import detectors
from detectors import outputs, registry
from detectors.errors import InputError
from detectors.folders import Category, read_categories

if TYPE_CHECKING:
    from detectors.base import Detector

Commands: TypeAlias = "argparse._SubParsersAction[Any]"
"""What `add_subparsers` gives; its class has no public name."""


def add_detector_options(command: argparse.ArgumentParser, *, is_required: bool = True) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="a category in the MVTec AD layout")
    default = None if is_required else "patchcore"
    command.add_argument("--detector", required=is_required, default=default, help="one of `list`")
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a hyperparameter")
    command.add_argument("--seed", type=int, help="same seed, same model (default 0)")
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")


def created(options: argparse.Namespace) -> "Detector":
    """The unfitted detector that the options of `add_detector_options` describe."""
    texts = outputs.name_value_pairs(options.set)
    values = registry.hyperparameters_class(options.detector).parse_text(texts)
    values |= {"device": options.device}
    if options.seed is not None:
        values["seed"] = options.seed
    return detectors.create(options.detector, **values)


def one_category(folder: Path, command: str) -> Category:
    """The category in a folder, without its test images; `InputError` where there are several."""
    categories = read_categories(folder, with_test=False)
    if len(categories) > 1:
        raise InputError(f"{folder} holds {len(categories)} categories; {command} takes one.")
    return categories[0]
