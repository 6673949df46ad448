"""The HTTP paths of reviews."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from flawmark.reviews.api.agreement import ReviewerAgreementView
from flawmark.reviews.api.lookalikes import LookAlikesView
from flawmark.reviews.api.pins import PinViewSet
from flawmark.reviews.api.reviews import DisagreementViewSet, ReviewViewSet
from flawmark.reviews.api.settings import QueueSettingsViewSet
from flawmark.reviews.api.tasks import ReviewTaskViewSet
from flawmark.reviews.api.thresholds import ReviewedPixelsView, ReviewedScoresView
from flawmark.reviews.api.work import DraftView, VerdictView

router = SimpleRouter(use_regex_path=False)
router.register("review-tasks", ReviewTaskViewSet, basename="review-task")
router.register("queue-settings", QueueSettingsViewSet, basename="queue-settings")
router.register("reviews", ReviewViewSet, basename="review")
router.register("disagreements", DisagreementViewSet, basename="disagreement")
router.register("pins", PinViewSet, basename="pin")
urlpatterns = [
    path("reviewed-scores/", ReviewedScoresView.as_view(), name="reviewed-scores"),
    path("reviewed-pixels/", ReviewedPixelsView.as_view(), name="reviewed-pixels"),
    path("reviewer-agreement/", ReviewerAgreementView.as_view(), name="reviewer-agreement"),
    path("review-tasks/<uuid:id>/look-alikes/", LookAlikesView.as_view(), name="review-task-look-alikes"),
    path("review-tasks/<uuid:id>/draft/", DraftView.as_view(), name="review-task-draft"),
    path("review-tasks/<uuid:id>/verdict/", VerdictView.as_view(), name="review-task-verdict"),
    *router.urls,
]
