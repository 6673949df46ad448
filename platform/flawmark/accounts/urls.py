"""The HTTP paths of accounts."""

from django.urls import path
from rest_framework.routers import DefaultRouter

from flawmark.accounts.api.session import SessionView
from flawmark.accounts.api.teams import AuditViewSet, MemberViewSet, TeamViewSet, TokenViewSet

router = DefaultRouter()
router.include_root_view = False
router.register("teams", TeamViewSet, basename="team")
router.register("members", MemberViewSet, basename="member")
router.register("tokens", TokenViewSet, basename="token")
router.register("audit", AuditViewSet, basename="audit")
urlpatterns = [path("session/", SessionView.as_view(), name="session"), *router.urls]
