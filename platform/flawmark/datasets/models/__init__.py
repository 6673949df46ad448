"""Images of a dataset, what people say about them, and how they came in and go out."""

from flawmark.datasets.models.annotations import Draft, LayerKind, MaskRevision, MaskTile
from flawmark.datasets.models.images import (
    BulkChange,
    Capture,
    Dataset,
    DefectType,
    Image,
    Label,
    Origin,
    Split,
)
from flawmark.datasets.models.transfers import Export, Import, ImportItem, ImportSource, ItemOutcome
from flawmark.datasets.models.versions import DatasetVersion

__all__ = [
    "BulkChange",
    "Capture",
    "Dataset",
    "DatasetVersion",
    "DefectType",
    "Draft",
    "Export",
    "Image",
    "Import",
    "ImportItem",
    "ImportSource",
    "ItemOutcome",
    "Label",
    "LayerKind",
    "MaskRevision",
    "MaskTile",
    "Origin",
    "Split",
]
