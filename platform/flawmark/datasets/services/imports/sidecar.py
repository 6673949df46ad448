"""What folder names cannot say: `flawmark.json`, as exports write it, or a person's `metadata.csv`."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flawmark.core.errors import InvalidInput
from flawmark.core.masks.rle import rle_decode
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Label, Origin, Split
from flawmark.datasets.services.images import CaptureFields

FORMAT = "flawmark-1"
CAPTURE_COLUMNS = ("part", "station", "view", "captured_at")


@dataclass(frozen=True)
class SidecarImage:
    """What the sidecar says of one image; an empty label or split says nothing."""

    label: str
    split: str
    origin: str
    captures: list[CaptureFields]
    layers: list[dict[str, Any]]

    def masks(self) -> dict[tuple[str, str | None], Mask]:
        """Decode the layers, by (layer kind, name of the defect type). Raises InvalidInput for broken RLE."""
        return {
            (layer["kind"], layer.get("defect_type")): rle_decode(layer["mask_rle"]) for layer in self.layers
        }


def sidecar_read(content: bytes) -> dict[str, SidecarImage]:
    """Read a sidecar: what it says, by the image's place. Raises InvalidInput when it is not one."""
    try:
        document = json.loads(content)
        if document["format"] != FORMAT:
            raise InvalidInput(f"Its format is not {FORMAT}.")
        return {row["path"]: _image(row) for row in document["images"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"It is not a description of images in the format {FORMAT}.") from error


def table_read(content: bytes) -> dict[str, SidecarImage]:
    """Read `metadata.csv`: a column `file`, and any of label, split, part, station, view, captured_at.

    Every other column becomes metadata, such as `lot`. Raises InvalidInput naming the line that is wrong.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (ValueError, csv.Error) as error:
        raise InvalidInput("It is not a CSV table in UTF-8.") from error
    if not rows or "file" not in rows[0]:
        raise InvalidInput("It has no column called file.")
    return {row["file"]: _table_row(row, line) for line, row in enumerate(rows, start=2)}


def _table_row(row: dict[str, str], line: int) -> SidecarImage:
    given = {name: value for name, value in row.items() if name and value and name != "file"}
    try:
        label = str(Label(given.pop("label"))) if "label" in given else ""
        split = str(Split(given.pop("split"))) if "split" in given else ""
        known = {name: given.pop(name) for name in CAPTURE_COLUMNS if name in given}
        capture = _capture({**known, "metadata": given})
    except ValueError as error:
        raise InvalidInput(f"Line {line}: {error}.") from error
    return SidecarImage(label, split, str(Origin.CAPTURED), [capture], [])


def _image(row: dict[str, Any]) -> SidecarImage:
    return SidecarImage(
        label=str(Label(row["label"])),
        split=str(Split(row["split"])),
        origin=str(Origin(row.get("origin", Origin.CAPTURED))),
        captures=[_capture(given) for given in row.get("captures", [])],
        layers=list(row.get("layers", [])),
    )


def _capture(given: dict[str, Any]) -> CaptureFields:
    captured_at = given.get("captured_at")
    at = datetime.fromisoformat(captured_at) if captured_at else None
    return CaptureFields(
        part=str(given.get("part", ""))[:120],
        station=str(given.get("station", ""))[:120],
        view=str(given.get("view", ""))[:120],
        captured_at=at.replace(tzinfo=UTC) if at and at.tzinfo is None else at,
        metadata=dict(given.get("metadata", {})),
    )
