"""The columns behind the what-if screen."""

from typing import Any

import numpy as np
import pytest
from factories import Cast, client_of
from reviews_builders import (
    SIDE_PX,
    box,
    judge,
    lease,
    make_dataset,
    make_image,
    make_inspection,
    make_model,
    make_task,
    paint,
    tile,
)

from flawmark.datasets.models import Dataset, Label, Split
from flawmark.reviews.selectors.pixel_curves import BINS, pixel_curves_of
from flawmark.training.models import ModelVersion
from flawmark.training.services.weights import calibration_weight_set


@pytest.fixture
def scene(cast: Cast) -> tuple[Dataset, ModelVersion]:
    dataset = make_dataset(cast.team)
    return dataset, make_model(dataset)


def test_every_known_answer_and_no_other(cast: Cast, scene: tuple[Dataset, ModelVersion]) -> None:
    dataset, model = scene
    normal = make_image(dataset, label=Label.NORMAL, split=Split.VALIDATION)
    defective = make_image(dataset, label=Label.DEFECTIVE, split=Split.TRAIN)
    make_inspection(normal, model, 0.2)
    make_inspection(defective, model, 0.8)
    calibration_weight_set(image=normal, weight=50.0)
    left_out: list[dict[str, Any]] = [
        {"label": Label.UNLABELLED},
        {"label": Label.NORMAL, "split": Split.TRAIN},
        {"label": Label.DEFECTIVE, "split": Split.TEST},
        {"label": Label.DEFECTIVE, "quarantined_at": "2026-01-01T00:00Z"},
    ]
    for fields in left_out:
        make_inspection(make_image(dataset, **fields), model, 0.5)
    make_task(dataset, model)
    path = f"/api/v1/reviewed-scores/?model={model.id}"
    shown = client_of(cast.viewer).get(path).json()
    assert shown == {
        "images": [str(defective.id), str(normal.id)],
        "filenames": [defective.filename, normal.filename],
        "scores": [0.8, 0.2],
        "defective": [1, 0],
        "weights": [1.0, 50.0],
        "waiting": 1,
    }
    for query in (path, f"/api/v1/reviewed-pixels/?model={model.id}"):
        assert client_of(cast.stranger).get(query).status_code == 404
    assert client_of(cast.viewer).get("/api/v1/reviewed-scores/").json()["field"] == "model"
    assert client_of(cast.viewer).get("/api/v1/reviewed-scores/?model=x").status_code == 400


def test_pixels_are_counted_by_score_and_ignored_ones_are_not(
    cast: Cast, scene: tuple[Dataset, ModelVersion]
) -> None:
    dataset, model = scene
    make_task(dataset, model)
    rita = client_of(cast.reviewer)
    task = lease(rita, dataset)
    paint(rita, task, tile((0, 0, 16, 16), (40, 40, 44, 44)))
    paint(rita, task, tile((0, 0, 8, 64)), version=1, kind="ignore")
    assert judge(rita, task, "corrected", draft_version=2).status_code == 200
    normal = make_image(dataset, label=Label.NORMAL, split=Split.VALIDATION)
    make_inspection(normal, model, 0.3)
    curves = pixel_curves_of(model)
    assert curves.top == pytest.approx(0.9, rel=1e-3)
    drawn, clean = curves.images
    ignored = box(0, 0, 8, 64)
    defect = box(0, 0, 16, 16) | box(40, 40, 44, 44)
    assert sum(drawn.defect) == (defect & ~ignored).sum()
    assert sum(drawn.normal) == (~defect & ~ignored).sum()
    assert drawn.regions == pytest.approx(2.0)
    assert sum(drawn.overlap) == pytest.approx(2.0, abs=1e-3)
    # The region at the top left lies where the map is high, the other one where it is 0.
    assert drawn.defect[0] == 16
    assert sum(drawn.overlap[BINS // 2 :]) == pytest.approx(1.0, abs=1e-3)
    assert (sum(clean.defect), sum(clean.normal), clean.regions) == (0, SIDE_PX * SIDE_PX, 0.0)
    assert np.flatnonzero(clean.normal).max() == pytest.approx(BINS / 3, abs=1)


def test_pixels_are_measured_again_when_an_answer_changes(
    cast: Cast, scene: tuple[Dataset, ModelVersion]
) -> None:
    dataset, model = scene
    normal = make_image(dataset, label=Label.NORMAL, split=Split.VALIDATION)
    make_inspection(normal, model, 0.3)
    assert len(pixel_curves_of(model).images) == 1
    normal.label = Label.DEFECTIVE
    normal.save()
    assert pixel_curves_of(model).images == []
