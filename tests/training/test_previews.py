"""`/detectors/{name}/preview/`: made-up defects on a dataset's own images."""

import io
from typing import Any

import pytest
from factories import Cast, client_of, make_cast
from PIL import Image as PillowImage
from training_builders import add_image, make_dataset

from flawmark.core.jobs.runtime import execute
from flawmark.core.models import Job, JobState
from flawmark.datasets.models import Dataset, Label, Split
from flawmark.training.models import TrainingRun
from flawmark.training.services.previews import EXAMPLE_SIDE_PX, EXAMPLES, preview_execute

pytestmark = pytest.mark.django_db

DETECTORS = "/api/v1/detectors/"
ASK = f"{DETECTORS}draem/preview/"


def dataset_with_normals(cast: Cast, count: int = 2) -> Dataset:
    dataset = make_dataset(cast)
    for seed in range(count):
        add_image(dataset, seed, label=Label.NORMAL, split=Split.TRAIN)
    return dataset


def drawn(job_id: str) -> Job:
    execute(job_id, preview_execute)
    return Job.objects.get(id=job_id)


def test_a_curator_sees_what_a_detector_would_learn_from() -> None:
    cast = make_cast()
    client = client_of(cast.curator)
    body = {"dataset": str(dataset_with_normals(cast).id), "hyperparameters": {"synthesis": "marks"}}
    asked = client.post(ASK, body)
    assert asked.status_code == 202, asked.json()
    job_id = asked.json()["id"]
    assert client.get(f"{ASK}{job_id}/").status_code == 404  # not drawn yet
    assert drawn(job_id).state == JobState.SUCCEEDED
    picture = client.get(f"{ASK}{job_id}/")
    assert picture["Content-Type"] == "image/png"
    with PillowImage.open(io.BytesIO(picture.content)) as sheet:
        assert sheet.height >= EXAMPLES * EXAMPLE_SIDE_PX
        assert sheet.width >= 3 * EXAMPLE_SIDE_PX
    assert not TrainingRun.objects.exists()


def test_the_same_question_gives_the_same_picture_and_another_seed_another() -> None:
    cast = make_cast()
    body = {"dataset": str(dataset_with_normals(cast).id), "hyperparameters": {"synthesis": "marks"}}
    client = client_of(cast.curator)
    pictures = []
    for seed in (1, 1, 2):
        job = drawn(client.post(ASK, body | {"seed": seed}).json()["id"])
        pictures.append(job.result["picture"])
    assert pictures[0] == pictures[1] != pictures[2]


@pytest.mark.parametrize(
    ("detector", "hyperparameters", "code"),
    [
        ("patchcore", {}, "no_preview"),
        ("magic", {}, "unknown_detector"),
        ("realnet", {"synthesis": "sdas"}, "no_preview"),
        ("draem", {"synthesis": "nonsense"}, "invalid"),
        ("draem", {"texture_folder": "/etc"}, "invalid"),
    ],
)
def test_what_has_no_preview_is_refused(detector: str, hyperparameters: dict[str, Any], code: str) -> None:
    cast = make_cast()
    body = {"dataset": str(dataset_with_normals(cast).id), "hyperparameters": hyperparameters}
    answer = client_of(cast.curator).post(f"{DETECTORS}{detector}/preview/", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert not Job.objects.exists()


def test_a_dataset_without_normals_is_told_so() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    add_image(dataset, 1, label=Label.NORMAL, split=Split.TEST)
    answer = client_of(cast.curator).post(ASK, {"dataset": str(dataset.id)})
    assert (answer.status_code, answer.json()["code"]) == (400, "no_normals")


def test_previews_stay_within_the_team_and_need_the_right_to_write() -> None:
    cast = make_cast()
    dataset = dataset_with_normals(cast)
    assert client_of(cast.viewer).post(ASK, {"dataset": str(dataset.id)}).status_code == 403
    job_id = client_of(cast.curator).post(ASK, {"dataset": str(dataset.id)}).json()["id"]
    drawn(job_id)
    stranger = client_of(cast.stranger)
    assert stranger.get(f"{ASK}{job_id}/").status_code == 404
    assert stranger.post(ASK, {"dataset": str(dataset.id)}).status_code == 404


def test_a_form_never_offers_folders_of_the_server() -> None:
    cast = make_cast()
    for one in client_of(cast.viewer).get(DETECTORS).json():
        assert not {"texture_folder", "defect_folder"} & set(one["schema"]["properties"])
