"""The command `score`."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import detectors
from detectors import outputs
from detectors.cli.options import Commands
from detectors.errors import InputError
from detectors.folders import ImageFiles, check_headers, image_paths
from detectors.maps import upsample
from detectors.outputs import ProgressLine


def add(commands: Commands) -> None:
    """Add the command to a parser's commands."""
    command = commands.add_parser("score", help="score images with a fitted detector")
    command.add_argument("model", type=Path, help="folder of a fitted detector")
    command.add_argument("images", type=Path, nargs="+", help="images, or folders of images")
    command.add_argument("--maps", type=Path, help="folder for <n>.npy, float32 at each image's own size")
    command.add_argument("--json", type=Path, help="file for the scores (default: standard output)")
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")
    command.set_defaults(run=_score)


def _score(options: argparse.Namespace) -> None:
    detector = detectors.load(options.model, device=options.device)
    paths = [path for given in options.images for path in (image_paths(given) if given.is_dir() else [given])]
    if not paths:
        raise InputError("There are no images to score.")
    check_headers(paths)
    entries: list[dict[str, Any]] = []
    with outputs.draft_folder(options.maps) as maps, ProgressLine("score") as progress:
        images = ImageFiles(paths)
        for number, result in enumerate(detector.score_each(images)):
            entry: dict[str, Any] = {
                "path": str(paths[number]),
                "image_score": result.image_score,
                "map": None,
            }
            if maps is not None:
                np.save(maps / f"{number}.npy", upsample(result.cells, *images.size_px(number)))
                entry["map"] = str(options.maps / f"{number}.npy")
            entries.append(entry)
            progress((number + 1) / len(paths), f"{number + 1} of {len(paths)}")
        outputs.write_json(options.json, {"images": entries})
