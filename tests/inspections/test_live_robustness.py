"""The live loop when things go on around it: restarts, large changes, two models, deletions, full disks."""

import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.db import connection
from factories import make_cast
from inspections_builders import learn, score_everything
from training_builders import add_image, make_model, make_pool

from detectors.memory import growth, live
from detectors.memory.live_scales import ONLY_SCALE
from flawmark.core.jobs.runtime import execute
from flawmark.core.models import Job, JobState
from flawmark.datasets.models import Dataset, Image, Label, Split
from flawmark.inspections.models import BankRevision, Inspection
from flawmark.inspections.services import live_changes, live_models, live_preview, live_work
from flawmark.inspections.services.live import LIVE_JOB, live_update_request
from flawmark.inspections.services.live_curation import bank_revision_undo
from flawmark.inspections.services.live_features import caches_prune
from flawmark.inspections.services.live_journal import bank_writer
from flawmark.inspections.services.live_work import live_execute
from flawmark.training.models import ModelVersion

pytestmark = pytest.mark.django_db


def world() -> tuple[Any, Dataset, ModelVersion, list[Image]]:
    cast = make_cast()
    dataset = make_pool(cast, validation=3)
    lookalikes = [add_image(dataset, seed, defective=True) for seed in range(600, 603)]
    model = make_model(dataset, cast)
    score_everything(model)
    return cast, dataset, model, lookalikes


def scores_of(model: ModelVersion) -> dict[Any, float]:
    return dict(Inspection.objects.filter(model_version=model).values_list("image_id", "image_score"))


def teach(model: ModelVersion, image: Image, label: Label = Label.NORMAL, split: Split = Split.TRAIN) -> Job:
    image.label, image.split = label, split
    image.save()
    live_update_request(model_version=model, image=image, operation="add")
    return learn()


@pytest.fixture
def small_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One change takes in 5 patches at most."""
    full = growth.uncovered
    monkeypatch.setattr(live, "uncovered", lambda bank, vectors: full(bank, vectors, limit=5))


def test_scoring_leaves_everything_at_hand_for_the_first_correction(monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, model, (alarm, *_) = world()
    found = live_models.LIVE.get(model)
    assert {str(image_id) for image_id in scores_of(model)} == set(found.memory.scores)
    monkeypatch.setattr(found.features, "keep", lambda readable: pytest.fail("nothing is left to extract"))
    assert teach(model, alarm).result["images_changed"] > 0


def test_a_scorer_that_starts_anew_takes_over_what_was_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, model, (alarm, second, *_) = world()
    teach(model, alarm)  # newer than what the end of the scoring kept
    before = live_models.LIVE.get(model).memory
    monkeypatch.setattr(live_models, "LIVE", live_models.LiveModels())
    monkeypatch.setattr(live.LiveMemory, "watch", lambda *_: pytest.fail("nothing is searched for again"))
    after = live_models.LIVE.get(model).memory
    assert {name: after.scores[name] for name in before.scores} == before.scores
    np.testing.assert_array_equal(
        after.distances(str(second.id))[ONLY_SCALE], before.distances(str(second.id))[ONLY_SCALE]
    )


@pytest.mark.usefixtures("small_changes")
def test_patches_beyond_one_changes_room_follow_and_all_are_taken_back() -> None:
    _, _, model, (alarm, *_) = world()
    before, vectors = scores_of(model), live_models.LIVE.get(model).memory.banks[ONLY_SCALE].vectors
    job = teach(model, alarm)
    parts = list(BankRevision.objects.order_by("sequence"))
    assert len(parts) > 1
    assert [part.summary["patches_added"] for part in parts[:-1]] == [5] * (len(parts) - 1)
    assert [part.summary["teaching_after"]["partial"] for part in parts] == [True] * (len(parts) - 1) + [
        False
    ]
    assert job.result["bank_revisions"] == [str(part.id) for part in parts]
    teach(model, alarm, Label.UNLABELLED, Split.UNASSIGNED)
    assert scores_of(model) == before
    np.testing.assert_array_equal(live_models.LIVE.get(model).memory.banks[ONLY_SCALE].vectors, vectors)


@pytest.mark.usefixtures("small_changes")
def test_a_curators_undo_takes_back_the_parts_that_followed() -> None:
    cast, _, model, (alarm, second, *_) = world()
    before = scores_of(model)
    teach(model, alarm)
    first = BankRevision.objects.order_by("sequence")[0]
    bank_revision_undo(revision=first, actor=cast.curator)
    assert learn().state == "succeeded"
    assert scores_of(model) == before
    assert len(teach(model, second).result["bank_revisions"]) > 0


def test_two_models_learn_apart() -> None:
    cast, dataset, first, (alarm, *_) = world()
    second = make_model(
        dataset, cast, hyperparameters={"image_size": 64, "coreset_rows": 60, "batch_size": 4}
    )
    score_everything(second)
    before = scores_of(second)
    teach(first, alarm)
    assert scores_of(second) == before
    live_update_request(model_version=second, image=alarm, operation="add")
    learn()
    assert scores_of(second) != before
    assert [row.model_version_id for row in BankRevision.objects.order_by("id")] == [first.id, second.id]


def test_a_dataset_deleted_before_the_update_ends_it() -> None:
    _, _, model, (alarm, *_) = world()
    live_update_request(model_version=model, image=alarm, operation="add")
    job = Job.objects.filter(kind=LIVE_JOB).latest("created_at")
    job.payload |= {"model_version": str(alarm.id)}  # as if the model were gone
    job.save()
    execute(str(job.id), live_execute)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_change_that_cannot_be_stored_leaves_the_memory_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, model, (alarm, *_) = world()
    before = scores_of(model)
    with monkeypatch.context() as broken:
        broken.setattr(live_changes, "thresholds_recalibrate", lambda **_: 1 / 0)
        alarm.label, alarm.split = Label.NORMAL, Split.TRAIN
        alarm.save()
        live_update_request(model_version=model, image=alarm, operation="add")
        job = Job.objects.filter(kind=LIVE_JOB).latest("created_at")
        execute(str(job.id), live_execute)
    assert (scores_of(model), BankRevision.objects.count()) == (before, 0)
    assert teach(model, alarm).result["images_changed"] > 0


def test_the_corrected_image_is_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, model, (alarm, *_) = world()
    told: list[dict[str, Any]] = []

    def hear(*, data: dict[str, Any], **_: Any) -> None:
        told.append(data)

    for module in (live_preview, live_changes):
        monkeypatch.setattr(module, "publish", hear)
    before = scores_of(model)[alarm.id]
    teach(model, alarm)
    preview, change = told
    assert (preview["what"], change["what"]) == ("live_preview", "bank_revision")
    assert preview["image"] == alarm.id
    assert preview["score_before"] == pytest.approx(before)
    assert preview["score_after"] < 0.7 * before


def test_caches_of_other_models_give_way(tmp_path: Path) -> None:
    for number, name in enumerate(("oldest", "older", "newest")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "features.npy").write_bytes(b"0" * 100)
        os.utime(folder, (number, number))
    caches_prune(tmp_path / "newest", limit_bytes=200)
    assert {folder.name for folder in tmp_path.iterdir()} == {"older", "newest"}
    caches_prune(tmp_path / "newest", limit_bytes=10)
    assert {folder.name for folder in tmp_path.iterdir()} == {"newest"}


def test_a_second_scorer_catches_up_before_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, model, (alarm, second, third) = world()
    other = live_models.LiveModels()
    other.get(model)  # loaded before the first change
    teach(model, alarm)
    with monkeypatch.context() as elsewhere:
        for module in (live_models, live_changes, live_work):
            elsewhere.setattr(module, "LIVE", other)
        teach(model, second)
    here, there = live_models.LIVE.get(model).memory, other.get(model).memory
    np.testing.assert_array_equal(here.banks[ONLY_SCALE].vectors, there.banks[ONLY_SCALE].vectors)
    np.testing.assert_array_equal(
        here.distances(str(third.id))[ONLY_SCALE], there.distances(str(third.id))[ONLY_SCALE]
    )
    assert list(BankRevision.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_bank_has_one_writer_at_a_time() -> None:
    model: Any = SimpleNamespace(id=uuid4())
    order: list[str] = []

    def write_second() -> None:
        with bank_writer(model):
            order.append("second")
        connection.close()

    thread = threading.Thread(target=write_second)
    with bank_writer(model):
        thread.start()
        thread.join(timeout=0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
