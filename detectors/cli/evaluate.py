"""The command `evaluate`."""

import argparse
from pathlib import Path

from detectors import outputs
from detectors.cli.options import Commands, add_detector_options, created
from detectors.evaluation import evaluate
from detectors.folders import check_headers, read_categories


def add(commands: Commands) -> None:
    """Add the command to a parser's commands."""
    command = commands.add_parser("evaluate", help="fit on train/good, measure on test")
    add_detector_options(command)
    command.add_argument("--report", type=Path, help="file for the report (default: standard output)")
    command.add_argument("--maps", type=Path, help="folder for <category>/<n>.npy")
    command.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    categories = read_categories(options.folder, with_test=True)
    created(options)
    for category in categories:
        check_headers(category.train)
        category.check_test()
    with outputs.draft_folder(options.maps) as maps:
        report = evaluate(categories, lambda: created(options), maps, options.maps)
        outputs.write_json(options.report, report)
