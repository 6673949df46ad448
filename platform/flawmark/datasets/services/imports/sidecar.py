"""`flawmark.json`: what folder names cannot say, as our own exports write it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flawmark.core.errors import InvalidInput
from flawmark.core.masks.rle import rle_decode
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Label, Origin, Split
from flawmark.datasets.services.images import CaptureFields

FORMAT = "flawmark-1"


@dataclass(frozen=True)
class SidecarImage:
    """What the sidecar says of one image."""

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
    return CaptureFields(
        part=str(given.get("part", "")),
        station=str(given.get("station", "")),
        view=str(given.get("view", "")),
        captured_at=datetime.fromisoformat(captured_at) if captured_at else None,
        metadata=dict(given.get("metadata", {})),
    )
