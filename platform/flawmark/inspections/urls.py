"""The HTTP paths of inspections."""

from django.urls import path
from rest_framework.routers import DefaultRouter

from flawmark.inspections.api.bank_revisions import BankRevisionViewSet
from flawmark.inspections.api.explanations import ExplanationView
from flawmark.inspections.api.inspections import InspectionViewSet
from flawmark.inspections.api.models import ModelCompareView, ModelRecalibrateView
from flawmark.inspections.api.predict import PredictView

router = DefaultRouter()
router.include_root_view = False
router.register("inspections", InspectionViewSet, basename="inspection")
router.register("bank-revisions", BankRevisionViewSet, basename="bank-revision")
urlpatterns = [
    path("predict/", PredictView.as_view(), name="predict"),
    path(
        "inspections/<uuid:inspection_id>/explanation/",
        ExplanationView.as_view(),
        name="inspection-explanation",
    ),
    path("models/compare/", ModelCompareView.as_view(), name="models-compare"),
    path("models/<uuid:model_id>/recalibrate/", ModelRecalibrateView.as_view(), name="model-recalibrate"),
    *router.urls,
]
