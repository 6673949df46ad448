"""Loading champions before anybody asks, so that the first prediction is as fast as the next."""

import numpy as np
import structlog

from flawmark.core.errors import FlawmarkError
from flawmark.inspections.services.live import learns_live
from flawmark.inspections.services.scoring import pixels_score
from flawmark.training.models import ModelVersion, Stage

log = structlog.get_logger(__name__)

WARM_MODELS = 4


def champions_load() -> int:
    """Load the newest champions and what they follow, and score a blank image. Returns how many answered."""
    from flawmark.inspections.services.live_models import (  # only scorers need what it imports
        HELD_MODELS,
        LIVE,
    )

    champions = ModelVersion.objects.filter(stage=Stage.CHAMPION).select_related(
        "dataset__team", "artifact", "dataset_version"
    )
    warm = 0
    for number, model in enumerate(champions.order_by("-updated_at")[:WARM_MODELS]):
        try:
            pixels_score(model, [np.zeros((256, 256, 3), np.uint8)])
            if learns_live(model) and number < HELD_MODELS:
                LIVE.prepare(model)
            warm += 1
        except (FlawmarkError, ValueError) as error:
            log.warning("champion not loaded ahead", model=str(model.id), reason=str(error))
    return warm
