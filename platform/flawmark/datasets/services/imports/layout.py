"""What each file of a delivery is, told by its place alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from flawmark.core.errors import InvalidInput
from flawmark.datasets.models import Label, Split

SIDECAR, TABLE = "flawmark.json", "metadata.csv"
GOOD, UNLABELLED = "good", "unlabelled"
GROUND_TRUTH = "ground_truth"
SPLIT_FOLDERS = frozenset(Split.values)
NORMAL_FOLDERS = frozenset({"good", "normal", "normals", "ok", "pass"})
DEFECTIVE_FOLDERS = frozenset(
    {"bad", "defect", "defective", "defects", "ng", "nok", "fail", "anomaly", "anomalous"}
)


class Role(StrEnum):
    IMAGE = "image"
    MASK = "mask"


@dataclass(frozen=True)
class PlannedFile:
    """A file and what its place says. `label` and `split` are None where it says nothing.

    `defect_type` is the kind of a defective image or mask; `image_path` is the image that a mask belongs to,
    None if there is none.
    """

    path: str
    role: Role
    label: str | None = None
    split: str | None = None
    defect_type: str | None = None
    image_path: str | None = None


@dataclass(frozen=True)
class Plan:
    """All files of a delivery, images before masks, and its sidecar if it has one."""

    files: list[PlannedFile]
    sidecar_path: str | None

    def place_of(self, file: PlannedFile) -> str:
        """The file's path below the sidecar's folder, which is how a sidecar names it."""
        folder = (self.sidecar_path or "").rpartition("/")[0]
        return file.path.removeprefix(f"{folder}/") if folder else file.path


def plan_delivery(paths: Iterable[str]) -> Plan:
    """Recognise the MVTec AD layout, else read folder names such as `good` and `ng`.

    Raises:
        InvalidInput: it holds several categories, each of which is a dataset of its own.
    """
    ordered = sorted(paths)
    by_name = {PurePosixPath(path).name: path for path in reversed(ordered)}
    sidecar = by_name.get(SIDECAR) or by_name.get(TABLE)
    images = [path for path in ordered if path != sidecar]
    roots = {root for path in images if (root := _mvtec_root(path)) is not None}
    if len(roots) > 1:
        names = ", ".join(sorted(root.name or "." for root in roots)[:5])
        raise InvalidInput(
            f"This delivery holds several categories ({names}). Import each into a dataset of its own.",
            code="several_categories",
            field="archive",
        )
    files = _mvtec_files(images, roots.pop()) if roots else [_flat_file(path) for path in images]
    return Plan(files, sidecar)


def _mvtec_root(path: str) -> PurePosixPath | None:
    """The category folder of `…/train/good/x.png` or `…/test/<kind>/x.png`; None for other places."""
    parts = PurePosixPath(path).parts
    if len(parts) >= 3 and (parts[-3] == "test" or parts[-3:-1] == ("train", GOOD)):
        return PurePosixPath(*parts[:-3])
    return None


def _mvtec_files(paths: list[str], root: PurePosixPath) -> list[PlannedFile]:
    images, masks = [], []
    for path in paths:
        parts = PurePosixPath(path).parts[len(root.parts) :]
        is_inside = PurePosixPath(path).is_relative_to(root)
        if is_inside and len(parts) == 3 and parts[0] in SPLIT_FOLDERS:
            images.append(_mvtec_image(path, parts))
        elif is_inside and len(parts) == 3 and parts[0] == GROUND_TRUTH:
            masks.append(path)
        else:
            images.append(_flat_file(path))
    owners = _owners(images)
    return images + [_mask(path, root, owners) for path in masks]


def _mvtec_image(path: str, parts: tuple[str, ...]) -> PlannedFile:
    split, kind, _name = parts
    labels = {GOOD: Label.NORMAL, UNLABELLED: Label.UNLABELLED}
    label = labels.get(kind, Label.DEFECTIVE)
    defect_type = kind if label == Label.DEFECTIVE else None
    return PlannedFile(path, Role.IMAGE, label, split, defect_type)


def _owners(images: list[PlannedFile]) -> dict[tuple[str | None, str], str]:
    """Which image a mask of (kind, stem) belongs to; the test split comes first, as in MVTec AD."""
    owners: dict[tuple[str | None, str], str] = {}
    for image in sorted(images, key=lambda file: file.split != Split.TEST):
        owners.setdefault((image.defect_type, PurePosixPath(image.path).stem), image.path)
    return owners


def _mask(path: str, root: PurePosixPath, owners: dict[tuple[str | None, str], str]) -> PlannedFile:
    place = PurePosixPath(path).relative_to(root)
    kind, stem = place.parts[1], place.stem
    image_path = owners.get((kind, stem.removesuffix("_mask"))) or owners.get((kind, stem))
    return PlannedFile(path, Role.MASK, defect_type=kind, image_path=image_path)


def _flat_file(path: str) -> PlannedFile:
    """The nearest telling folder decides: `line1/good/a.png` is normal, `a.png` says nothing."""
    place = PurePosixPath(path)
    for folder in reversed(place.parts[:-1]):
        if folder.lower() in NORMAL_FOLDERS:
            return PlannedFile(path, Role.IMAGE, Label.NORMAL)
        if folder.lower() in DEFECTIVE_FOLDERS:
            return PlannedFile(path, Role.IMAGE, Label.DEFECTIVE)
    return PlannedFile(path, Role.IMAGE)
