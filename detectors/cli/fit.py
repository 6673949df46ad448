"""The command `fit`."""

import argparse
import shutil
import sys
from pathlib import Path

from detectors import outputs
from detectors.cli.options import Commands, add_detector_options, created, one_category
from detectors.folders import ImageFiles, check_headers
from detectors.outputs import ProgressLine
from detectors.watching import Checkpoints


def add(commands: Commands) -> None:
    """Add the command to a parser's commands."""
    command = commands.add_parser("fit", help="learn from DIR/train/good")
    add_detector_options(command)
    command.add_argument("--out", type=Path, required=True, help="folder for the fitted detector")
    command.add_argument(
        "--checkpoints",
        type=Path,
        help="folder from which the same command goes on after a kill (default: OUT.checkpoints)",
    )
    command.add_argument(
        "--checkpoint-every", type=float, default=20.0, metavar="SECONDS", help="(default: 20)"
    )
    command.set_defaults(run=_fit)


def _fit(options: argparse.Namespace) -> None:
    category = one_category(options.folder, "fit")
    outputs.require_replaceable_model(options.out)
    detector = created(options)
    check_headers(category.train)
    folder = options.checkpoints or options.out.with_name(f"{options.out.name}.checkpoints")
    kept = Checkpoints(folder, options.checkpoint_every)
    with ProgressLine(category.name) as progress:
        detector.fit(ImageFiles(category.train), progress=progress, checkpoints=kept)
    detector.save(options.out)
    shutil.rmtree(kept.folder, ignore_errors=True)
    if detector.training_report is not None:
        print(detector.training_report.sentence(), file=sys.stderr)
