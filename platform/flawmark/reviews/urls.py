"""The HTTP paths of reviews."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from flawmark.reviews.api.reviews import DisagreementViewSet, ReviewViewSet
from flawmark.reviews.api.settings import QueueSettingsViewSet
from flawmark.reviews.api.tasks import ReviewTaskViewSet
from flawmark.reviews.api.work import DraftView, VerdictView

router = SimpleRouter(use_regex_path=False)
router.register("review-tasks", ReviewTaskViewSet, basename="review-task")
router.register("queue-settings", QueueSettingsViewSet, basename="queue-settings")
router.register("reviews", ReviewViewSet, basename="review")
router.register("disagreements", DisagreementViewSet, basename="disagreement")
urlpatterns = [
    path("review-tasks/<uuid:id>/draft/", DraftView.as_view(), name="review-task-draft"),
    path("review-tasks/<uuid:id>/verdict/", VerdictView.as_view(), name="review-task-verdict"),
    *router.urls,
]
