"""`/api/v1/`: composition only; every app owns its own paths."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from flawmark.api.events import events
from flawmark.core.http.problems import no_such_path

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("", include("flawmark.accounts.urls")),
    path("", include("flawmark.core.urls")),
    path("events/", events, name="events"),
    path("", include("flawmark.datasets.urls")),
    path("", include("flawmark.training.urls")),
    path("", include("flawmark.inspections.urls")),
    path("", include("flawmark.reviews.urls")),
    path("", include("flawmark.curation.urls")),
    path("", include("flawmark.generation.urls")),
    path("<path:rest>", no_such_path),
]
