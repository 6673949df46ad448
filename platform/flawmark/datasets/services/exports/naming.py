"""Where each image of an export goes: safe, unique names that other tools understand."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from flawmark.datasets.models import Label, LayerKind
from flawmark.datasets.selectors.versions import VersionEntry
from flawmark.datasets.services.imports.layout import GOOD, UNLABELLED

_UNSAFE = re.compile(r"[^\w.\- ]")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}")
FALLBACK_TYPE = "defect"


@dataclass(frozen=True)
class ExportedImage:
    """An image of a version and its place in the archive; `kind` is its folder in MVTec AD's layout."""

    entry: VersionEntry
    kind: str
    stem: str
    suffix: str

    @property
    def mvtec_path(self) -> str:
        return f"{self.entry.split}/{self.kind}/{self.stem}{self.suffix}"

    @property
    def ground_truth_path(self) -> str:
        return f"ground_truth/{self.kind}/{self.stem}_mask.png"

    @property
    def flat_path(self) -> str:
        return f"images/{self.stem}{self.suffix}"


def name_images(entries: list[VersionEntry]) -> list[ExportedImage]:
    """Give every image a stem that is unique in the whole export, close to its own name."""
    taken: set[str] = set()
    named = []
    for entry in entries:
        own = PurePosixPath(_UNSAFE.sub("_", entry.filename))
        stem = own.stem.strip(". ") or "image"
        if stem.lower() in taken:
            stem = f"{stem}-{entry.sha256[:12]}"
        taken.add(stem.lower())
        suffix = own.suffix if _SUFFIX.fullmatch(own.suffix) else ""
        named.append(ExportedImage(entry, _kind(entry), stem, suffix))
    return named


def _kind(entry: VersionEntry) -> str:
    if entry.label == Label.NORMAL:
        return GOOD
    if entry.label == Label.UNLABELLED:
        return UNLABELLED
    types = [layer["defect_type"] for layer in entry.layers or [] if layer["kind"] == LayerKind.DEFECT]
    name = _UNSAFE.sub("_", types[0] if types and types[0] else FALLBACK_TYPE).strip(". ") or FALLBACK_TYPE
    return f"{name}_" if name in (GOOD, UNLABELLED) else name
