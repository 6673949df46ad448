"""The worker's side of the words: needs the encoders, so it runs in a process of its own."""

from dataclasses import asdict
from typing import Any

from django.conf import settings

from detectors.errors import DetectorError
from flawmark.core.errors import InvalidInput
from flawmark.core.jobs import JobRun
from flawmark.datasets.models import Image
from flawmark.generation.services.options import config_of
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.services.compute import torch_threads_set
from flawmark.training.services.scored import Lazy


def words_execute(run: JobRun) -> dict[str, Any]:
    """The work of a `generation.words` job: `{"words", "warnings"}`, best first."""
    torch_threads_set(settings.TRAINING_THREADS)
    from detectors.generation.prompts import candidate_words
    from detectors.generation.run import propose_words

    images = Image.objects.filter(id__in=run.payload["images"]).select_related("blob").order_by("sha256")
    config = config_of(run.payload["options"], seed=run.payload["seed"], count=1)
    run.progress(0.1, "Comparing words with the images")
    keyword = run.payload["keyword"]
    try:
        proposed = propose_words(keyword, Lazy(list(images), image_pixels), config)
        warnings = candidate_words(keyword, config).warnings
    except DetectorError as error:
        raise InvalidInput(str(error), code="generator_refused", field="keyword") from error
    return {"words": [asdict(word) for word in proposed], "warnings": list(warnings)}
