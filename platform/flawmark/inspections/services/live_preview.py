"""What a correction makes of its own image, told at once: the change of the whole queue takes longer."""

from flawmark.core.events import publish
from flawmark.datasets.models import Image
from flawmark.inspections.services.bands import band_of
from flawmark.inspections.services.live_models import LiveModel
from flawmark.inspections.services.live_teaching import addition_rows, is_addition
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.selectors import thresholds_of


def preview_announce(live: LiveModel, image: Image) -> None:
    """Tell the team's browsers the image's score with what it teaches, if it teaches the bank something new.

    Nothing is stored: the change itself follows, and may yet be held for a curator.
    """
    wanted = is_addition(live, image)
    if wanted is None:
        return
    name = str(image.id)
    if name not in live.memory.scores and not live.watch([(image, image_pixels(image))]):
        return
    preview = live.memory.preview_addition(name, addition_rows(live, image, wanted))
    thresholds = thresholds_of(live.model)
    publish(
        team_id=live.model.dataset.team_id,
        event="review",
        data={
            "what": "live_preview",
            "dataset": live.model.dataset_id,
            "model_version": live.model.id,
            "image": image.id,
            "score_before": live.memory.scores[name],
            "score_after": preview.score,
            "band_after": band_of(preview.score, thresholds),
        },
    )
