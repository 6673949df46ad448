"""The HTTP paths of curation."""

from rest_framework.routers import SimpleRouter

from flawmark.curation.api.findings import FindingActionViewSet, FindingViewSet
from flawmark.curation.api.reports import PoolHealthViewSet

router = SimpleRouter(use_regex_path=False)
router.register("pool-health", PoolHealthViewSet, basename="pool-health")
router.register("findings", FindingViewSet, basename="finding")
router.register("finding-actions", FindingActionViewSet, basename="finding-action")
urlpatterns = router.urls
