"""The whole loop over HTTP: a verdict teaches the serving model at once, and taking it back restores it."""

from typing import Any

import pytest
from factories import Cast, client_of
from inspections_builders import learn, score_everything
from reviews_builders import judge, lease
from training_builders import add_image, make_model, make_pool

from flawmark.datasets.models import Split
from flawmark.inspections.models import BankRevision, Inspection
from flawmark.inspections.services.live import LIVE_JOB
from flawmark.reviews.services.queue import queue_fill
from flawmark.training.models import ModelVersion

pytestmark = pytest.mark.django_db


def scores_of(model: ModelVersion) -> dict[Any, float]:
    rows = Inspection.objects.filter(model_version=model).order_by("id")
    return {str(image_id): score for image_id, score in rows.values_list("image_id", "image_score")}


def test_a_verdict_teaches_the_model_and_taking_it_back_restores_every_score(cast: Cast) -> None:
    dataset = make_pool(cast)
    lookalikes = {
        str(add_image(dataset, seed, defective=True, split=Split.TRAIN).id) for seed in range(600, 604)
    }
    model = make_model(dataset, cast)
    score_everything(model)
    queue_fill(model_version=model)
    rita = client_of(cast.reviewer)
    before = scores_of(model)

    task = lease(rita, dataset)
    judged = judge(rita, task, "normal")
    assert judged.status_code == 200, judged.content
    job = learn()
    assert job.kind == LIVE_JOB
    revision = BankRevision.objects.get()
    assert revision.author == cast.reviewer
    after = scores_of(model)
    for image_id in lookalikes - {str(revision.source_image_id)}:
        assert after[image_id] < 0.7 * before[image_id]

    taken_back = rita.post(f"/api/v1/reviews/{judged.json()['id']}/undo/")
    assert taken_back.status_code == 200, taken_back.content
    learn()
    assert scores_of(model) == before
