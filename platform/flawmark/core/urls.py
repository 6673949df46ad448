"""The HTTP paths of jobs."""

from rest_framework.routers import DefaultRouter

from flawmark.core.api import JobViewSet

router = DefaultRouter()
router.include_root_view = False
router.register("jobs", JobViewSet, basename="job")
urlpatterns = router.urls
