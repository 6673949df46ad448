"""The command `synthesize`: a gallery of made-up defects, because people must see what a model learns."""

import argparse
import os
from pathlib import Path

from PIL import Image

from detectors import outputs
from detectors.cli.options import Commands
from detectors.errors import InputError
from detectors.folders import ImageFiles, check_headers, image_paths, read_categories
from detectors.outputs import ProgressLine
from detectors.synthesis import gallery
from detectors.synthesis.hyperparameters import SynthesisHyperparameters
from detectors.synthesis.kinds import KINDS
from detectors.synthesis.real_defects import MASK_SUFFIX

CONTACT_SHEET = "contact-sheet.png"
_SHEET_ROWS = 12


def add(commands: Commands) -> None:
    """Add the command to a parser's commands."""
    command = commands.add_parser("synthesize", help="make up defects on normal images, to look at")
    command.add_argument("folder", type=Path, metavar="DIR", help="a category, or a folder of normal images")
    command.add_argument("--kind", required=True, choices=KINDS, help=f"one of {', '.join(KINDS)}")
    command.add_argument(
        "--out", type=Path, required=True, help=f"folder for N.png, N{MASK_SUFFIX}.png and {CONTACT_SHEET}"
    )
    command.add_argument("--count", type=int, default=24, help="how many (default: 24)")
    command.add_argument("--seed", type=int, default=0, help="same seed, same pictures (default: 0)")
    command.add_argument("--size", type=int, default=256, help="side of the pictures (default: 256)")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="such as texture_folder, defect_folder, texture_opacity_low, foreground",
    )
    command.set_defaults(run=_synthesize)


def _synthesize(options: argparse.Namespace) -> None:
    if options.count < 1 or options.size < 32 or options.seed < 0:
        raise InputError("--count must be at least 1, --size at least 32, and --seed at least 0.")
    texts = SynthesisHyperparameters.parse_text(outputs.name_value_pairs(options.set))
    chosen = SynthesisHyperparameters.parse({**texts, "synthesis": options.kind})
    paths = _normal_images(options.folder)
    check_headers(paths)
    with outputs.filled_folder(options.out) as draft, ProgressLine("synthesize") as progress:
        made = gallery.examples(
            ImageFiles(paths),
            chosen.synthesis_settings(),
            count=options.count,
            size_px=options.size,
            seed=options.seed,
            workers=os.cpu_count() or 1,
        )
        rows = []
        for number, (normal, one) in enumerate(made):
            name = f"{number:0{len(str(options.count - 1))}d}"
            Image.fromarray(one.image).save(draft / f"{name}.png")
            Image.fromarray(one.mask).save(draft / f"{name}{MASK_SUFFIX}.png")
            if number < _SHEET_ROWS:
                rows.append(gallery.row(normal, one))
            progress((number + 1) / options.count, f"{number + 1} of {options.count}")
        Image.fromarray(gallery.sheet(rows)).save(draft / CONTACT_SHEET)


def _normal_images(folder: Path) -> list[Path]:
    """The training images of a category, or the images in a plain folder."""
    if (folder / "train").is_dir() or not folder.is_dir():
        return list(read_categories(folder, with_test=False)[0].train)
    paths = image_paths(folder)
    if not paths:
        raise InputError(f"{folder} holds no images.")
    return paths
