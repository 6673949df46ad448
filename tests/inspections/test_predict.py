"""`POST /predict/`, answered by a real Celery worker over the real broker."""

import base64
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from celery.contrib.testing.worker import start_worker
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from factories import Cast, client_of, make_cast
from inspections_builders import Heard
from rest_framework.test import APIClient
from training_builders import SIDE_PX, defect_mask, make_dataset, make_model, make_pool, texture_png

from flawmark.accounts.services import token_create
from flawmark.config.celery import app
from flawmark.core.masks.rle import rle_decode
from flawmark.core.models import IdempotencyKey, Job
from flawmark.datasets.models import Capture, Image, Label
from flawmark.inspections.models import Inspection
from flawmark.inspections.selectors import SCORE
from flawmark.inspections.signals import images_scored

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/predict/"


@pytest.fixture
def scorer() -> Iterator[None]:
    app.loader.import_default_modules()
    with start_worker(app, pool="solo", queues=["score"], perform_ping_check=False, loglevel="ERROR"):
        yield


def upload(seed: int, *, defective: bool = False) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{seed}.png", texture_png(seed, defective=defective), "image/png")


def wait_for(condition: Callable[[], bool]) -> None:
    """The scorer answers first and tells the queue afterwards."""
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("It did not happen.")


def ask(cast: Cast, *, key: str | None = None, **fields: Any) -> Any:
    headers = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
    return client_of(cast.reviewer).post(URL, fields, format="multipart", **headers)


def test_a_stored_image_is_judged_and_enters_the_dataset(scorer: None) -> None:
    cast = make_cast()
    dataset = make_pool(cast, validation=20)
    model = make_model(dataset, cast)
    heard = Heard(images_scored)
    answer = ask(
        cast, image=upload(900, defective=True), dataset=dataset.id, part="A7", metadata='{"lot": "L1"}'
    )
    assert answer.status_code == 200, answer.json()
    said = answer.json()
    image = Image.objects.get(id=said["image"])
    assert (image.label, image.lot) == (Label.UNLABELLED, "L1")
    assert Capture.objects.get(image=image).part == "A7"
    inspection = Inspection.objects.get(id=said["inspection"])
    assert (said["image_score"], said["band"]) == (inspection.image_score, inspection.band)
    assert (said["model_version"], said["bank_revision"]) == (str(model.id), 0)
    assert said["map"]["url"] == f"/api/v1/inspections/{inspection.id}/map/"
    assert rle_decode(said["mask"])[defect_mask()].mean() > 0.9
    assert said["thresholds"]["t1"] is not None and said["thresholds"]["missing_normals"] == 79
    wait_for(lambda: [image.id] in [message["image_ids"] for message in heard.messages])


def test_a_cameras_retry_is_answered_and_records_one_capture(scorer: None) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    make_model(dataset, cast)
    scoring_jobs = Job.objects.filter(kind=SCORE).count()
    first, again = (
        ask(cast, key="shot-1", image=upload(900), dataset=dataset.id, part="A7").json() for _ in range(2)
    )
    assert (again["image"], again["image_score"]) == (first["image"], first["image_score"])
    assert again["inspection"] == first["inspection"]
    assert Capture.objects.filter(image=first["image"]).count() == 1
    assert IdempotencyKey.objects.get(key="shot-1").response == {"image": first["image"]}
    other = ask(cast, key="shot-1", image=upload(901), dataset=dataset.id, part="A7")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    ask(cast, key="shot-2", image=upload(900), dataset=dataset.id, part="A7")
    assert Capture.objects.filter(image=first["image"]).count() == 2
    # The prediction itself scores what it adds.
    assert Job.objects.filter(kind=SCORE).count() == scoring_jobs


def test_without_storing_nothing_is_kept_and_the_map_comes_along(scorer: None) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    model = make_model(dataset, cast)
    before = Image.objects.count()
    said = ask(cast, image=upload(900), model=model.id, store=False).json()
    assert (said["image"], said["inspection"], said["map"]["url"]) == (None, None, None)
    steps = np.frombuffer(base64.b64decode(said["map"]["steps_base64"]), "<u2")
    assert steps.size == said["map"]["height"] * said["map"]["width"]
    assert said["mask"]["size"] == [SIDE_PX, SIDE_PX]
    assert Image.objects.count() == before
    assert not Inspection.objects.filter(image__filename="900.png").exists()
    broken = SimpleUploadedFile("x.png", b"not an image", "image/png")
    refused = ask(cast, image=broken, model=model.id, store=False)
    assert (refused.status_code, refused.json()["field"]) == (400, "image")


def test_many_ask_at_once_and_each_gets_its_own_answer(scorer: None) -> None:
    cast = make_cast()
    dataset = make_pool(cast)
    make_model(dataset, cast)
    said: dict[int, Any] = {}

    def line(seed: int) -> None:
        try:
            said[seed] = ask(cast, image=upload(seed, defective=seed % 2 == 1), dataset=dataset.id).json()
        finally:
            connection.close()

    threads = [threading.Thread(target=line, args=(seed,)) for seed in range(900, 906)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    normal = [said[seed]["image_score"] for seed in (900, 902, 904)]
    odd = [said[seed]["image_score"] for seed in (901, 903, 905)]
    assert max(normal) < min(odd)
    assert len({one["image"] for one in said.values()}) == 6


def test_when_no_scorer_answers_it_says_so_and_keeps_the_image(settings: Any) -> None:
    settings.PREDICT_TIMEOUT_S = 1
    cast = make_cast()
    dataset = make_pool(cast)
    make_model(dataset, cast)
    answer = ask(cast, image=upload(900), dataset=dataset.id)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert Job.objects.filter(kind=SCORE, state="queued").exists()  # nobody waits, but it is not forgotten
    assert Image.objects.filter(dataset=dataset, filename="900.png").exists()


def test_a_retry_after_no_answer_asks_again_for_the_kept_image(settings: Any) -> None:
    settings.PREDICT_TIMEOUT_S = 1
    cast = make_cast()
    dataset = make_pool(cast)
    make_model(dataset, cast)
    for _ in range(2):
        assert ask(cast, key="shot-1", image=upload(900), dataset=dataset.id, part="A7").status_code == 503
    assert Capture.objects.filter(image__filename="900.png").count() == 1


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"metadata": "nonsense"}, 400, "invalid"),
        ({"image": ""}, 400, "invalid"),
        ({"model": "0198d2a0-0000-7000-8000-000000000000"}, 400, "invalid"),
        ({"dataset": "0198d2a0-0000-7000-8000-000000000000"}, 404, "not_found"),
        ({}, 409, "no_champion"),
    ],
)
def test_what_cannot_be_answered(fields: dict[str, Any], status: int, code: str) -> None:
    cast = make_cast()
    given = {"image": upload(1), "dataset": make_dataset(cast).id, **fields}
    answer = ask(cast, **given)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()


@pytest.mark.parametrize("content", [b"", b"not an image", texture_png(1)[:200]])
def test_an_unreadable_image_is_refused_before_it_is_kept(content: bytes) -> None:
    cast = make_cast()
    dataset = make_pool(cast, train=1, validation=0, test=0)
    make_model(dataset, cast)
    answer = ask(cast, image=SimpleUploadedFile("x.png", content, "image/png"), dataset=dataset.id)
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_image")
    assert Image.objects.filter(dataset=dataset).count() == 1


def test_a_file_that_is_too_large_is_never_read_into_memory(settings: Any) -> None:
    settings.IMPORT_MAX_FILE_BYTES = 100
    cast = make_cast()
    dataset = make_dataset(cast)
    answer = ask(cast, image=upload(1), dataset=dataset.id)
    assert (answer.status_code, answer.json()["field"]) == (400, "image")
    assert Image.objects.filter(dataset=dataset).count() == 0


def test_a_token_needs_the_scope_and_a_stranger_finds_no_dataset() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    assert client_of(cast.viewer).post(URL, {"dataset": dataset.id}, format="multipart").status_code == 403
    body = {"image": upload(1), "dataset": dataset.id}
    assert client_of(cast.stranger).post(URL, body, format="multipart").status_code == 404
    _, key = token_create(team=cast.team, user=cast.owner, name="Camera", scopes=["predict"])
    camera = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
    body = {"image": upload(1), "dataset": dataset.id}
    assert camera.post(URL, body, format="multipart").json()["code"] == "no_champion"
