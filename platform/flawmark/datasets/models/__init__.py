"""Images of a dataset, what people say about them, and how they came in and go out."""

from flawmark.datasets.models.annotations import Draft, MaskRevision, MaskTile
from flawmark.datasets.models.images import (
    Capture,
    Dataset,
    DefectType,
    Image,
    Label,
    Origin,
    Split,
)
from flawmark.datasets.models.transfers import Export, Import, ImportItem
from flawmark.datasets.models.versions import DatasetVersion

__all__ = [
    "Capture",
    "Dataset",
    "DatasetVersion",
    "DefectType",
    "Draft",
    "Export",
    "Image",
    "Import",
    "ImportItem",
    "Label",
    "MaskRevision",
    "MaskTile",
    "Origin",
    "Split",
]
