"""The HTTP paths of training."""

from rest_framework.routers import DefaultRouter

from flawmark.training.api.detectors import DetectorViewSet
from flawmark.training.api.models import ModelVersionViewSet, PromotionViewSet
from flawmark.training.api.policies import RetrainingPolicyViewSet
from flawmark.training.api.runs import TrainingRunViewSet

router = DefaultRouter()
router.include_root_view = False
router.register("detectors", DetectorViewSet, basename="detector")
router.register("training-runs", TrainingRunViewSet, basename="training-run")
router.register("models", ModelVersionViewSet, basename="model-version")
router.register("promotions", PromotionViewSet, basename="promotion")
router.register("retraining-policies", RetrainingPolicyViewSet, basename="retraining-policy")
urlpatterns = router.urls
