"""The command `generate`: new normal pictures from a few, guided by a word."""

import argparse
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from detectors import outputs
from detectors.cli.options import Commands, one_category
from detectors.errors import InputError
from detectors.folders import ImageFiles, check_headers
from detectors.generation.hyperparameters import ENCODERS, GenerationHyperparameters
from detectors.images import ImageArray
from detectors.outputs import ProgressLine
from detectors.watching import Checkpoints

PROVENANCE = "provenance.json"


def add(commands: Commands) -> None:
    """Add the command to a parser's commands."""
    command = commands.add_parser("generate", help="make new normal pictures from DIR/train/good")
    command.add_argument("folder", type=Path, metavar="DIR", help="a category in the MVTec AD layout")
    command.add_argument("--keyword", required=True, help="the object's name, such as `screw`")
    command.add_argument("--prompt", help="guides in place of the best candidate word")
    command.add_argument("--count", type=int, help="how many pictures (default: 30)")
    command.add_argument("--seed", type=int, help="same seed, same pictures (default: 0)")
    command.add_argument("--encoder", choices=ENCODERS, help="compares words with pictures (default: conse)")
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting")
    command.add_argument("--out", type=Path, required=True, help=f"folder for the PNG files and {PROVENANCE}")
    command.add_argument(
        "--checkpoints",
        type=Path,
        help="folder from which the same command goes on after a kill (default: OUT.checkpoints)",
    )
    command.add_argument(
        "--checkpoint-every", type=float, default=20.0, metavar="SECONDS", help="(default: 20)"
    )
    command.set_defaults(run=_generate)


def _generate(options: argparse.Namespace) -> None:
    # Torch is imported only once the options are in order.
    config = _config(options)
    category = one_category(options.folder, "generate")
    former = _former_pictures(options.out)
    check_headers(category.train)
    from detectors.generation.run import generate_normals

    folder = options.checkpoints or options.out.with_name(f"{options.out.name}.checkpoints")
    with outputs.filled_folder(options.out) as draft, ProgressLine(category.name) as progress:
        made = generate_normals(
            ImageFiles(category.train),
            config,
            keyword=options.keyword,
            prompt=options.prompt,
            names=[path.name for path in category.train],
            progress=progress,
            checkpoints=Checkpoints(folder, options.checkpoint_every),
        )
        entries: list[dict[str, Any]] = []
        for number, one in enumerate(made.pictures):
            name = f"{number:0{len(str(len(made.pictures) - 1))}d}.png"
            _save(draft / name, one.pixels)
            entries.append({"file": name, **one.provenance})
        outputs.write_json(
            draft / PROVENANCE,
            {
                "prompt": made.prompt,
                "words": [asdict(word) for word in made.words],
                "warnings": made.warnings,
                "scores": made.scores,
                "best_iteration": made.best_iteration,
                "settings": config.to_dict(),
                "images": entries,
            },
        )
        for path in former:
            path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _former_pictures(folder: Path) -> list[Path]:
    """The pictures of an earlier run in the folder, which this run replaces; `InputError` for any others."""
    found = sorted(folder.glob("*.png"))
    kept = folder / PROVENANCE
    names = {entry["file"] for entry in json.loads(kept.read_text())["images"]} if kept.is_file() else set()
    if any(path.name not in names for path in found):
        raise InputError(f"{folder} already holds other pictures; choose another folder.")
    return found


def _config(options: argparse.Namespace) -> GenerationHyperparameters:
    values = GenerationHyperparameters.parse_text(outputs.name_value_pairs(options.set))
    given = {"count": options.count, "seed": options.seed, "encoder": options.encoder}
    values |= {name: value for name, value in given.items() if value is not None}
    return GenerationHyperparameters.parse({**values, "device": options.device})


def _save(path: Path, pixels: ImageArray) -> None:
    plane = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(np.ascontiguousarray(plane)).save(path)
