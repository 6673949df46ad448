"""The HTTP paths of generation."""

from rest_framework.routers import DefaultRouter

from flawmark.generation.api.candidates import CandidateViewSet
from flawmark.generation.api.runs import GenerationRunViewSet

router = DefaultRouter()
router.include_root_view = False
router.register("generation-runs", GenerationRunViewSet, basename="generation-run")
router.register("candidates", CandidateViewSet, basename="candidate")
urlpatterns = router.urls
