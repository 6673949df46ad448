"""The command `suspects`: which training images least look like the others."""

import argparse
from pathlib import Path

import detectors
from detectors import outputs
from detectors.cli.options import Commands, add_detector_options, created, one_category
from detectors.folders import ImageFiles, check_headers
from detectors.outputs import ProgressLine


def add(commands: Commands) -> None:
    """Add the command to a parser's commands."""
    command = commands.add_parser("suspects", help="rank the images of DIR/train/good by suspicion")
    add_detector_options(command, is_required=False)
    command.add_argument("--model", type=Path, help="folder of a detector fitted on DIR, in place of fitting")
    command.add_argument(
        "--groups", type=Path, help="JSON [[file name, …], …]: near-duplicates, left out together"
    )
    command.add_argument("--json", type=Path, help="file for the ranking (default: standard output)")
    command.set_defaults(run=_suspects)


def _suspects(options: argparse.Namespace) -> None:
    # What only this command needs would cost the others memory.
    from detectors.suspects import duplicate_groups, ranking

    category = one_category(options.folder, "suspects")
    images = ImageFiles(category.train)
    check_headers(images.paths)
    groups = duplicate_groups(images, options.groups)
    with ProgressLine(category.name) as progress:
        if options.model is None:
            detector = created(options).fit(images, progress=progress)
        else:
            detector = detectors.load(options.model, device=options.device)
        outputs.write_json(options.json, ranking(detector, images, groups, progress))
