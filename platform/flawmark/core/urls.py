"""The HTTP paths of jobs and signed files."""

from django.urls import path
from rest_framework.routers import DefaultRouter

from flawmark.core.api import JobViewSet
from flawmark.core.http.files import signed_file

router = DefaultRouter()
router.include_root_view = False
router.register("jobs", JobViewSet, basename="job")
urlpatterns = [path("files/<str:token>/", signed_file, name="signed-file"), *router.urls]
