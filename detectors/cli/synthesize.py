"""The command `synthesize`: a gallery of made-up defects, because people must see what a model learns."""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from detectors import outputs
from detectors.base import FitContext, Progress
from detectors.cli.options import Commands
from detectors.errors import InputError
from detectors.folders import ImageFiles, check_headers, image_paths, read_categories
from detectors.images import ImageArray
from detectors.outputs import ProgressLine
from detectors.synthesis import gallery
from detectors.synthesis.base import Made, many
from detectors.synthesis.hyperparameters import SDAS, SdasHyperparameters
from detectors.synthesis.kinds import KINDS
from detectors.synthesis.pixels import RgbImage
from detectors.synthesis.real_defects import MASK_SUFFIX

CONTACT_SHEET = "contact-sheet.png"
_SHEET_ROWS = 12


def add(commands: Commands) -> None:
    """Add the command to a parser's commands."""
    command = commands.add_parser("synthesize", help="make up defects on normal images, to look at")
    command.add_argument("folder", type=Path, metavar="DIR", help="a category, or a folder of normal images")
    command.add_argument(
        "--kind",
        required=True,
        choices=(*KINDS, SDAS),
        help=f"one of {', '.join(KINDS)}, or {SDAS}: drawn by a diffusion network that is trained first",
    )
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
        help="such as texture_folder, defect_folder, texture_opacity_low, foreground, sdas_steps",
    )
    command.set_defaults(run=_synthesize)


def _synthesize(options: argparse.Namespace) -> None:
    if options.count < 1 or options.size < 32 or options.seed < 0:
        raise InputError("--count must be at least 1, --size at least 32, and --seed at least 0.")
    texts = SdasHyperparameters.parse_text(outputs.name_value_pairs(options.set))
    chosen = SdasHyperparameters.parse({**texts, "synthesis": options.kind})
    paths = _normal_images(options.folder)
    check_headers(paths)
    with outputs.filled_folder(options.out) as draft, ProgressLine("synthesize") as progress:
        made = _examples(ImageFiles(paths), chosen, options, progress)
        rows = []
        for number, (normal, one) in enumerate(made):
            name = f"{number:0{len(str(options.count - 1))}d}"
            Image.fromarray(one.image).save(draft / f"{name}.png")
            Image.fromarray(one.mask).save(draft / f"{name}{MASK_SUFFIX}.png")
            if number < _SHEET_ROWS:
                rows.append(gallery.row(normal, one))
            progress((number + 1) / options.count, f"{number + 1} of {options.count}")
        Image.fromarray(gallery.sheet(rows)).save(draft / CONTACT_SHEET)


def _examples(
    images: Sequence[ImageArray], chosen: SdasHyperparameters, options: argparse.Namespace, progress: Progress
) -> Iterator[tuple[RgbImage, Made]]:
    workers = os.cpu_count() or 1
    if chosen.synthesis != SDAS:
        settings, count = chosen.synthesis_settings(), options.count
        return gallery.examples(
            images, settings, count=count, size_px=options.size, seed=options.seed, workers=workers
        )
    # The other kinds need no torch.
    from detectors.devices import chosen_device
    from detectors.synthesis.diffusion.source import diffusion_defects

    normals = gallery.frames(images, len(images), options.size)
    with tempfile.TemporaryDirectory(prefix="synthesize-") as scratch:
        context = FitContext(progress, Path(scratch))
        synthesis = diffusion_defects(chosen, normals, options.seed, context, chosen_device("auto"))
    return many(synthesis, normals, options.count, options.seed, workers=workers)


def _normal_images(folder: Path) -> list[Path]:
    """The training images of a category, or the images in a plain folder."""
    if (folder / "train").is_dir() or not folder.is_dir():
        return list(read_categories(folder, with_test=False)[0].train)
    paths = image_paths(folder)
    if not paths:
        raise InputError(f"{folder} holds no images.")
    return paths
