"""The command line: list, fit, score, evaluate, suspects, synthesize.

Bad input: one line on stderr, exit code 2, nothing half-written.
"""

import argparse
import shutil
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

import detectors
from detectors import commands_synthesize, outputs, registry
from detectors.errors import DetectorError, InputError
from detectors.evaluation import evaluate
from detectors.folders import ImageFiles, check_headers, image_paths, read_categories
from detectors.maps import upsample
from detectors.outputs import ProgressLine
from detectors.watching import Checkpoints

if TYPE_CHECKING:
    from detectors.base import Detector

BAD_INPUT, INTERRUPTED = 2, 130


class _Parser(argparse.ArgumentParser):
    """Argument errors as one line; argparse would print the usage before it."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    # Odd metadata in a readable image is no news for the one who runs the command.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        options = _parser().parse_args(arguments)
        options.run(options)
    except DetectorError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"error: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    return 0


def _list(options: argparse.Namespace) -> None:
    for name in detectors.names():
        print(f"{name}  {registry.entry(name).description}")


def _fit(options: argparse.Namespace) -> None:
    categories = read_categories(options.folder, with_test=False)
    if len(categories) > 1:
        raise InputError(f"{options.folder} holds {len(categories)} categories; fit takes one.")
    outputs.require_replaceable_model(options.out)
    detector = _create(options)
    check_headers(categories[0].train)
    folder = options.checkpoints or options.out.with_name(f"{options.out.name}.checkpoints")
    kept = Checkpoints(folder, options.checkpoint_every)
    with ProgressLine(categories[0].name) as progress:
        detector.fit(ImageFiles(categories[0].train), progress=progress, checkpoints=kept)
    detector.save(options.out)
    shutil.rmtree(kept.folder, ignore_errors=True)
    if detector.training_report is not None:
        print(detector.training_report.sentence(), file=sys.stderr)


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


def _evaluate(options: argparse.Namespace) -> None:
    categories = read_categories(options.folder, with_test=True)
    _create(options)
    for category in categories:
        check_headers(category.train)
        category.check_test()
    with outputs.draft_folder(options.maps) as maps:
        report = evaluate(categories, lambda: _create(options), maps, options.maps)
        outputs.write_json(options.report, report)


def _suspects(options: argparse.Namespace) -> None:
    # What only this command needs would cost the others memory.
    from detectors.suspects import duplicate_groups, ranking

    categories = read_categories(options.folder, with_test=False)
    if len(categories) > 1:
        raise InputError(f"{options.folder} holds {len(categories)} categories; suspects takes one.")
    images = ImageFiles(categories[0].train)
    check_headers(images.paths)
    groups = duplicate_groups(images, options.groups)
    with ProgressLine(categories[0].name) as progress:
        if options.model is None:
            detector = _create(options).fit(images, progress=progress)
        else:
            detector = detectors.load(options.model, device=options.device)
        outputs.write_json(options.json, ranking(detector, images, groups, progress))


def _create(options: argparse.Namespace) -> "Detector":
    texts = outputs.name_value_pairs(options.set)
    values = registry.hyperparameters_class(options.detector).parse_text(texts)
    values |= {"device": options.device}
    if options.seed is not None:
        values["seed"] = options.seed
    return detectors.create(options.detector, **values)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m detectors", description="Visual anomaly detection from normal images.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="name the detectors")
    command.set_defaults(run=_list)

    command = commands.add_parser("fit", help="learn from DIR/train/good")
    _add_detector_options(command)
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

    command = commands.add_parser("score", help="score images with a fitted detector")
    command.add_argument("model", type=Path, help="folder of a fitted detector")
    command.add_argument("images", type=Path, nargs="+", help="images, or folders of images")
    command.add_argument("--maps", type=Path, help="folder for <n>.npy, float32 at each image's own size")
    command.add_argument("--json", type=Path, help="file for the scores (default: standard output)")
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")
    command.set_defaults(run=_score)

    command = commands.add_parser("evaluate", help="fit on train/good, measure on test")
    _add_detector_options(command)
    command.add_argument("--report", type=Path, help="file for the report (default: standard output)")
    command.add_argument("--maps", type=Path, help="folder for <category>/<n>.npy")
    command.set_defaults(run=_evaluate)

    _add_suspects(commands)

    commands_synthesize.add(commands)
    return parser


def _add_suspects(commands: "argparse._SubParsersAction[_Parser]") -> None:
    command = commands.add_parser("suspects", help="rank the images of DIR/train/good by suspicion")
    _add_detector_options(command, is_required=False)
    command.add_argument("--model", type=Path, help="folder of a detector fitted on DIR, in place of fitting")
    command.add_argument(
        "--groups",
        type=Path,
        help="JSON [[file name, …], …]: near-duplicates, left out together",
    )
    command.add_argument("--json", type=Path, help="file for the ranking (default: standard output)")
    command.set_defaults(run=_suspects)


def _add_detector_options(command: argparse.ArgumentParser, *, is_required: bool = True) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="a category in the MVTec AD layout")
    default = None if is_required else "patchcore"
    command.add_argument("--detector", required=is_required, default=default, help="one of `list`")
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a hyperparameter")
    command.add_argument("--seed", type=int, help="same seed, same model (default 0)")
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")
