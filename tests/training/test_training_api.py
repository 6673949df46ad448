"""`/detectors/`, `/training-runs/`, `/models/`, `/promotions/` over HTTP."""

import io
import tarfile
from typing import Any

import pytest
from factories import Cast, client_of, make_cast
from training_builders import SMALL, add_image, make_dataset, make_model, make_pool, make_run

from flawmark.accounts.models import AuditEntry
from flawmark.core.models import Job
from flawmark.datasets.models import Dataset, Label, Split
from flawmark.training.models import ModelVersion, Stage, TrainingRun

pytestmark = pytest.mark.django_db

RUNS, MODELS = "/api/v1/training-runs/", "/api/v1/models/"


def body(dataset: Dataset, /, **changes: Any) -> dict[str, Any]:
    return {"dataset": str(dataset.id), "detector": "patchcore", "hyperparameters": SMALL} | changes


def small_dataset(cast: Cast) -> Dataset:
    dataset = make_dataset(cast)
    add_image(dataset, 1, label=Label.NORMAL, split=Split.TRAIN)
    return dataset


def test_detectors_come_with_the_schema_of_their_form() -> None:
    cast = make_cast()
    answer = client_of(cast.viewer).get("/api/v1/detectors/")
    (patchcore,) = [one for one in answer.json() if one["name"] == "patchcore"]
    assert patchcore["title"] == "PatchCore"
    properties = patchcore["schema"]["properties"]
    assert properties["coreset_fraction"]["type"] == "number"
    assert properties["weights"]["enum"] == ["imagenet", "random"]
    assert not {"seed", "device"} & set(properties)


def test_a_curator_starts_a_training_and_reads_how_far_it_is() -> None:
    cast = make_cast()
    dataset = small_dataset(cast)
    client = client_of(cast.curator)
    answer = client.post(RUNS, body(dataset, seed=7))
    assert answer.status_code == 201, answer.json()
    run = TrainingRun.objects.get(id=answer.json()["id"])
    assert (run.seed, run.dataset_version.number, run.created_by) == (7, 1, cast.curator)
    assert run.hyperparameters["backbone"] == "efficientnet_lite0"  # defaults are written down
    assert answer.json()["job"]["state"] == "queued"
    assert Job.objects.get(id=run.job_id).subject_id == run.id
    assert client.get(f"{RUNS}{run.id}/").json()["curves"] == []
    assert [one["id"] for one in client.get(RUNS, {"dataset": dataset.id}).json()["results"]] == [str(run.id)]
    assert AuditEntry.objects.filter(action="training_run.create", object_id=run.id).exists()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"detector": "magic"}, "detector", "Unknown detector 'magic'"),
        ({"hyperparameters": {"image_size": "large"}}, "hyperparameters.image_size", "whole number"),
        ({"hyperparameters": {"coreset_fraction": 3}}, "hyperparameters.coreset_fraction", "at most 1.0"),
        ({"hyperparameters": {"colour": 1}}, "hyperparameters.colour", "Unknown hyperparameter"),
        ({"hyperparameters": {"seed": 1}}, "hyperparameters.seed", "set by the training run"),
        ({"hyperparameters": {"weights": "/etc/passwd"}}, "hyperparameters.weights", "imagenet or random"),
        ({"hyperparameters": [1]}, "hyperparameters", "dictionary"),
        ({"seed": -1}, "seed", "greater than or equal to 0"),
        ({"dataset": "nonsense"}, "dataset", "valid UUID"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_one_sentence(
    changes: dict[str, Any], field: str, sentence: str
) -> None:
    cast = make_cast()
    answer = client_of(cast.curator).post(RUNS, body(small_dataset(cast), **changes))
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert sentence in answer.json()["detail"]
    assert not TrainingRun.objects.exists()


def test_an_empty_dataset_cannot_train() -> None:
    cast = make_cast()
    answer = client_of(cast.curator).post(RUNS, body(make_dataset(cast)))
    assert (answer.status_code, answer.json()["code"]) == (400, "no_normals")


def test_a_repeated_idempotency_key_starts_one_training() -> None:
    cast = make_cast()
    dataset = small_dataset(cast)
    client = client_of(cast.curator)
    answers = [client.post(RUNS, body(dataset), HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    other = client.post(RUNS, body(dataset, seed=2), HTTP_IDEMPOTENCY_KEY="k1")
    assert other.status_code == 409
    assert TrainingRun.objects.count() == 1


def test_a_queued_training_is_cancelled_once() -> None:
    cast = make_cast()
    run = make_run(small_dataset(cast), cast)
    client = client_of(cast.curator)
    assert client.post(f"{RUNS}{run.id}/cancel/").json()["job"]["state"] == "cancelled"
    assert client.post(f"{RUNS}{run.id}/cancel/").json()["code"] == "job_ended"


def test_reviewers_may_look_but_not_train_and_strangers_see_nothing() -> None:
    cast = make_cast()
    dataset = small_dataset(cast)
    run = make_run(dataset, cast)
    assert client_of(cast.reviewer).post(RUNS, body(dataset)).status_code == 403
    assert client_of(cast.reviewer).get(f"{RUNS}{run.id}/").status_code == 200
    stranger = client_of(cast.stranger)
    assert stranger.get(f"{RUNS}{run.id}/").status_code == 404
    assert stranger.post(f"{RUNS}{run.id}/cancel/").status_code == 404
    assert stranger.get(RUNS).json()["results"] == []
    assert stranger.post(RUNS, body(dataset)).status_code == 404


def test_promotion_by_hand_and_back() -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    first, second = make_model(dataset, cast), make_model(dataset, cast, seed=1)
    client = client_of(cast.curator)
    url = f"{MODELS}{second.id}/promote/"
    assert client.post(url, {"reason": "Better"}).status_code == 428
    etag = client.get(f"{MODELS}{second.id}/")["ETag"]
    promoted = client.post(url, {"reason": "Better"}, HTTP_IF_MATCH=etag)
    assert promoted.json()["stage"] == "champion"
    stale = client.post(url, {}, HTTP_IF_MATCH=etag)
    now = client.get(f"{MODELS}{second.id}/").json()
    assert (stale.status_code, stale.json()["current"], now["stage"]) == (412, now, "champion")
    first.refresh_from_db()
    assert first.stage == Stage.RETIRED
    back = client.post(f"{MODELS}{second.id}/rollback/", {}, HTTP_IF_MATCH=promoted["ETag"])
    assert (back.json()["id"], back.json()["stage"]) == (str(first.id), "champion")
    history = client.get("/api/v1/promotions/", {"dataset": dataset.id}).json()["results"]
    assert [(one["number"], one["previous_number"]) for one in history] == [(1, 2), (2, 1), (1, None)]
    assert client_of(cast.reviewer).post(url, {}, HTTP_IF_MATCH="*").status_code == 403
    assert client_of(cast.stranger).post(url, {}, HTTP_IF_MATCH="*").status_code == 404


def test_the_first_champion_has_nobody_to_go_back_to() -> None:
    cast = make_cast()
    model = make_model(make_pool(cast), cast)
    answer = client_of(cast.owner).post(f"{MODELS}{model.id}/rollback/", {}, HTTP_IF_MATCH="*")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_previous")


def test_thresholds_are_set_by_hand_with_a_reason_and_kept_in_history() -> None:
    cast = make_cast()
    model = make_model(make_pool(cast), cast)
    client, url = client_of(cast.curator), f"{MODELS}{model.id}/thresholds/"
    assert client.post(url, {"t1": 1.0, "t2": 2.0, "reason": " "}).json()["field"] == "reason"
    assert client.post(url, {"t1": 3.0, "t2": 2.0, "reason": "x"}).json()["field"] == "t1"
    made = client.post(url, {"t1": 1.0, "t2": 2.0, "reason": "Line manager's wish"})
    assert made.status_code == 201
    history = client.get(url).json()
    assert [one["method"] for one in history] == ["person", "conformal"]
    assert history[0]["pixel_threshold"] == history[1]["pixel_threshold"]
    assert client.get(f"{MODELS}{model.id}/").json()["thresholds"]["t1"] == 1.0
    assert AuditEntry.objects.filter(action="thresholds.set", object_id=model.id).exists()
    assert client_of(cast.reviewer).post(url, {"t1": 1, "t2": 2, "reason": "x"}).status_code == 403


def test_the_artifact_is_a_tar_that_the_library_loads(tmp_path: Any) -> None:
    import detectors

    cast = make_cast()
    model: ModelVersion = make_model(make_pool(cast), cast)
    answer = client_of(cast.viewer).get(f"{MODELS}{model.id}/artifact/")
    content = b"".join(answer.streaming_content)
    assert len(content) == model.artifact.size_bytes
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "model", filter="data")
    assert detectors.load(tmp_path / "model", device="cpu").name == "patchcore"
