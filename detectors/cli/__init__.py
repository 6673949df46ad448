"""The command line: list, fit, score, evaluate, suspects, synthesize, generate; a module for each.

Bad input: one line on stderr, exit code 2, nothing half-written.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

import detectors
from detectors import registry
from detectors.cli import evaluate, fit, generate, score, suspects, synthesize
from detectors.errors import DetectorError, InputError

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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m detectors", description="Visual anomaly detection from normal images.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="name the detectors").set_defaults(run=_list)
    for command in (fit, score, evaluate, suspects, synthesize, generate):
        command.add(commands)
    return parser
