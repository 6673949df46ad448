"""All HTTP paths: the API, health, metrics, and the browser application for everything else."""

from django.urls import include, path, re_path

from flawmark.config.frontend import frontend
from flawmark.core.http.health import healthz

handler500 = "flawmark.core.http.problems.unexpected"

urlpatterns = [
    path("api/v1/", include("flawmark.api.urls")),
    path("healthz", healthz),
    path("", include("django_prometheus.urls")),
    re_path(r"^(?!api/|static/|metrics).*$", frontend),
]
