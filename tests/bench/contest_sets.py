"""The image sets of `bench_patchcore.py`, made once in the MVTec AD layout.

`elpv` has 200 training images, as the times and memory are stated for; the others have 60, so that five
seeds of the slower side can be had in an hour.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

from elpv import lay_out

from detectors.synthesis.surfaces import SURFACES, write_surfaces

SETS = ("elpv", "elpv-60", *SURFACES)


def available() -> tuple[str, ...]:
    """Without the package elpv-dataset only the made surfaces are there."""
    return SETS if find_spec("elpv_dataset") else SURFACES


def set_folder(root: Path, name: str) -> Path:
    """The folder of one set, made if it is not there whole."""
    folder = root / name
    done = root / f".{name}"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    if name in SURFACES:
        write_surfaces(root, train=60, test=40, names=[name])
    else:
        lay_out(folder, "mono", train=200 if name == "elpv" else 60, validation=0, test=100, seed=0)
    done.touch()
    return folder
