"""The HTTP paths of datasets."""

from rest_framework.routers import DefaultRouter

from flawmark.datasets.api.annotations import AnnotationViewSet
from flawmark.datasets.api.captures import CaptureViewSet
from flawmark.datasets.api.datasets import DatasetViewSet, DefectTypeViewSet
from flawmark.datasets.api.exports import ExportViewSet
from flawmark.datasets.api.images import ImageViewSet
from flawmark.datasets.api.imports import ImportItemViewSet, ImportViewSet
from flawmark.datasets.api.versions import VersionViewSet

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

router = DefaultRouter()
router.include_root_view = False
router.register("datasets", DatasetViewSet, basename="dataset")
router.register(rf"datasets/(?P<dataset_id>{UUID})/defect-types", DefectTypeViewSet, basename="defect-type")
router.register("images", ImageViewSet, basename="image")
router.register("captures", CaptureViewSet, basename="capture")
router.register("annotations", AnnotationViewSet, basename="annotation")
router.register("imports", ImportViewSet, basename="import")
router.register(rf"imports/(?P<import_id>{UUID})/items", ImportItemViewSet, basename="import-item")
router.register("versions", VersionViewSet, basename="version")
router.register("exports", ExportViewSet, basename="export")
urlpatterns = router.urls
