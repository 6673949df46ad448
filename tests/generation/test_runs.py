"""`/generation-runs/`: asking for a generation, its words, watching it, and what cannot be asked for."""

from typing import Any

import pytest
from factories import Cast, client_of, make_cast
from generation_builders import TINY, finish_generation, make_generation
from training_builders import add_image, make_dataset, make_model, make_pool

from flawmark.accounts.models import AuditEntry
from flawmark.core.jobs.runtime import execute
from flawmark.core.models import Job
from flawmark.curation.models import Finding, FindingImage, PoolHealthReport
from flawmark.datasets.models import Dataset, Label, Origin, Split
from flawmark.generation.models import CandidateNormal, GenerationRun
from flawmark.generation.selectors import real_normals
from flawmark.generation.services.proposing import words_execute
from flawmark.generation.services.sources import relatives_of
from flawmark.generation.services.watching import GenerationRunWatcher
from flawmark.training.services.checkpoints import checkpoints_of

pytestmark = pytest.mark.django_db

RUNS = "/api/v1/generation-runs/"


def body(dataset: Dataset, /, **changes: Any) -> dict[str, Any]:
    return {"dataset": str(dataset.id), "keyword": "bottle", "count": 3, "options": TINY} | changes


def small_dataset(cast: Cast, normals: int = 2) -> Dataset:
    dataset = make_dataset(cast)
    for seed in range(normals):
        add_image(dataset, seed, label=Label.NORMAL, split=Split.TRAIN)
    return dataset


def test_a_run_gives_candidates_with_their_nearest_image_and_the_champions_score() -> None:
    cast = make_cast()
    dataset = make_pool(cast, train=4)
    champion = make_model(dataset, cast)
    client = client_of(cast.curator)
    answer = client.post(RUNS, body(dataset, seed=5))
    assert answer.status_code == 201, answer.json()
    run = GenerationRun.objects.get(id=answer.json()["id"])
    job = finish_generation(run)
    assert job.state == "succeeded", job.error_detail + job.log_tail
    detail = client.get(f"{RUNS}{run.id}/").json()
    assert detail["prompt"] == f"a bottle with {detail['words'][0]['word']}"
    assert [word["status"] for word in detail["words"]].count("chosen") == 1
    assert [one["index"] for one in detail["iterations"]] == [0, 1] and detail["iterations"][0]["best"]
    assert [point["step"] for point in detail["curves"]] == list(range(1, 41))
    assert (detail["waiting"], detail["approved"], detail["judged_by"]) == (3, 0, str(champion.id))
    sheet = client.get(detail["sheets"][0]["picture_url"])
    assert sheet["Content-Type"] == "image/png" and sheet.content.startswith(b"\x89PNG")
    candidates = client.get("/api/v1/candidates/", {"run": run.id}).json()["results"]
    assert sorted(one["position"] for one in candidates) == [0, 1, 2]
    sources = {str(image.id) for image in run.sources.all()}
    for one in candidates:
        assert one["nearest_image"] in sources and one["nearest_distance"] >= 0
        assert one["provenance"]["source_image"] in sources and one["provenance"]["seed"] == 5
        assert one["image_score"] > 0 and one["band"] in ("pass", "review", "fail")
        picture = client.get(one["picture_url"])
        assert picture["Content-Type"] == "image/png"
    assert not checkpoints_of(run).folder.exists()
    assert AuditEntry.objects.filter(action="generation_run.create", object_id=run.id).exists()


def test_the_same_seed_gives_the_same_pictures_and_no_champion_gives_no_scores() -> None:
    cast = make_cast()
    dataset = small_dataset(cast)
    runs = [make_generation(dataset, cast, seed=seed) for seed in (1, 1, 2)]
    for run in runs:
        assert finish_generation(run).state == "succeeded", run.job.log_tail
    first, again, other = (
        [one.picture.sha256 for one in run.candidates.order_by("position")] for run in runs
    )
    assert first == again and first != other
    assert set(CandidateNormal.objects.values_list("image_score", flat=True)) == {None}


def test_other_normals_of_the_training_split_tell_what_few_sources_show() -> None:
    cast = make_cast()
    dataset = small_dataset(cast, normals=5)
    add_image(dataset, 50, label=Label.NORMAL, split=Split.TEST)
    add_image(dataset, 51, label=Label.DEFECTIVE, split=Split.TRAIN)
    sources = list(real_normals(dataset).order_by("filename")[:2])
    assert {image.filename for image in relatives_of(dataset, sources)} == {
        "00002.png",
        "00003.png",
        "00004.png",
    }


def test_a_run_that_has_its_candidates_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    run = make_generation(small_dataset(cast), cast)
    finish_generation(run)
    monkeypatch.setattr("detectors.generation.run.generate_normals", pytest.fail)
    Job.objects.filter(id=run.job_id).update(state="queued")
    assert finish_generation(run).state == "succeeded" and run.candidates.count() == 3


def test_a_cancelled_run_makes_nothing_and_goes_on_when_it_is_resumed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("django.conf.settings.TRAINING_CHECKPOINT_INTERVAL_S", 0.0)
    cast = make_cast()
    client = client_of(cast.curator)
    dataset = small_dataset(cast)
    whole, run = (make_generation(dataset, cast) for _ in range(2))
    finish_generation(whole)

    class CancelledAtASet(GenerationRunWatcher):
        def iteration(self, *given: Any) -> None:
            super().iteration(*given)
            assert client.post(f"{RUNS}{run.id}/cancel/").status_code == 200

    with monkeypatch.context() as patched:
        patched.setattr("flawmark.generation.services.running.GenerationRunWatcher", CancelledAtASet)
        patched.setattr("flawmark.core.jobs.runtime.PROGRESS_WRITE_S", 0.0)
        assert finish_generation(run).state == "cancelled"
    assert not run.candidates.exists()
    again = client.post(f"{RUNS}{run.id}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "job_ended")
    answer = client.post(f"{RUNS}{run.id}/resume/")
    assert answer.status_code == 200 and answer.json()["job"]["state"] == "queued"
    assert AuditEntry.objects.filter(action="generation_run.resume", object_id=run.id).exists()
    monkeypatch.setattr("detectors.generation.vqgan.learning._Lesson.step", pytest.fail)
    run.refresh_from_db()
    assert finish_generation(run).state == "succeeded", run.job.error_detail + run.job.log_tail
    pictures = [
        list(one.candidates.order_by("position").values_list("picture__sha256", flat=True))
        for one in (whole, run)
    ]
    assert pictures[0] == pictures[1] and len(pictures[0]) == 3
    run.refresh_from_db()
    assert [one["index"] for one in run.iterations] == [0, 1]
    whole.refresh_from_db()
    assert run.words == whole.words and len(run.words) == 4
    provenance = [one.candidates.get(position=0).provenance for one in (whole, run)]
    assert provenance[0]["word"] == provenance[1]["word"] == run.words[0]["word"]
    assert not checkpoints_of(run).folder.exists()
    again = client.post(f"{RUNS}{run.id}/resume/")
    assert (again.status_code, again.json()["code"]) == (409, "not_stopped")
    assert client_of(cast.viewer).post(f"{RUNS}{run.id}/resume/").status_code == 403


def test_words_are_shown_before_anything_is_generated() -> None:
    cast = make_cast()
    answer = client_of(cast.curator).post(f"{RUNS}words/", body(small_dataset(cast), keyword="screw"))
    assert answer.status_code == 202, answer.json()
    execute(answer.json()["id"], words_execute)
    job = client_of(cast.viewer).get(f"/api/v1/jobs/{answer.json()['id']}/").json()
    assert job["state"] == "succeeded", job["error_detail"] + job["log_tail"]
    assert [word["status"] for word in job["result"]["words"]].count("chosen") == 1
    assert not GenerationRun.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"keyword": "  "}, "keyword", "Say in a word what the images show"),
        ({"options": {"mode": "magic"}}, "options", "mode"),
        ({"options": {"seed": 1}}, "options.seed", "cannot be set"),
        ({"options": {"openclip_weights": "/etc/passwd"}}, "options.openclip_weights", "cannot be set"),
        ({"images": []}, "images", "empty"),
    ],
)
@pytest.mark.parametrize("path", [RUNS, f"{RUNS}words/"])
def test_what_cannot_be_generated_is_refused_with_one_sentence(
    path: str, changes: dict[str, Any], field: str, sentence: str
) -> None:
    cast = make_cast()
    answer = client_of(cast.curator).post(path, body(small_dataset(cast), **changes))
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert sentence in answer.json()["detail"]
    assert not GenerationRun.objects.exists() and not Job.objects.exists()


def test_a_run_makes_at_least_one_picture() -> None:
    cast = make_cast()
    answer = client_of(cast.curator).post(RUNS, body(small_dataset(cast), count=0))
    assert (answer.status_code, answer.json()["field"]) == (400, "count")


@pytest.mark.parametrize(
    ("label", "split"),
    [
        (Label.NORMAL, Split.TEST),
        (Label.NORMAL, Split.VALIDATION),
        (Label.DEFECTIVE, Split.TRAIN),
        (Label.UNLABELLED, Split.TRAIN),
    ],
)
def test_only_real_training_normals_are_generated_from(label: str, split: str) -> None:
    cast = make_cast()
    dataset = small_dataset(cast, normals=1)
    other = add_image(dataset, 99, label=label, split=split)
    answer = client_of(cast.curator).post(RUNS, body(dataset, images=[str(other.id)]))
    assert (answer.status_code, answer.json()["code"]) == (400, "not_real_normals")
    answer = client_of(cast.curator).post(RUNS, body(dataset))
    assert answer.json()["source_count"] == 1  # the other one is not taken along either


def test_generated_images_are_not_generated_from_again() -> None:
    cast = make_cast()
    dataset = small_dataset(cast, normals=1)
    image = dataset.images.get()
    image.origin = Origin.GENERATED
    image.save()
    answer = client_of(cast.curator).post(RUNS, body(dataset))
    assert (answer.status_code, answer.json()["code"]) == (400, "no_normals")


def test_a_finding_names_the_images() -> None:
    cast = make_cast()
    dataset = small_dataset(cast, normals=3)
    job = Job.objects.create(team_id=cast.team.id, kind="x", queue="io", title="Health")
    report = PoolHealthReport.objects.create(dataset=dataset, job=job)
    finding = Finding.objects.create(report=report, kind="small_mode", severity=1.0, image_count=2)
    for rank, image in enumerate(dataset.images.all()[:2]):
        FindingImage.objects.create(finding=finding, image=image, rank=rank)
    answer = client_of(cast.curator).post(RUNS, body(dataset, finding=str(finding.id)))
    assert (answer.status_code, answer.json()["source_count"]) == (201, 2)
    assert answer.json()["finding"] == str(finding.id)
    other = make_dataset(cast, "Other")
    add_image(other, 7, label=Label.NORMAL, split=Split.TRAIN)
    answer = client_of(cast.curator).post(RUNS, body(other, finding=str(finding.id)))
    assert answer.status_code == 404


def test_the_form_has_a_schema_without_what_is_the_servers() -> None:
    cast = make_cast()
    schema = client_of(cast.viewer).get(f"{RUNS}options/").json()["schema"]
    properties = schema["properties"]
    assert schema["x-presets"]["cpu"]["steps"] == properties["steps"]["default"]
    assert schema["x-presets"]["gpu"]["image_size"] > schema["x-presets"]["cpu"]["image_size"]
    assert set(schema["x-presets"]["paper"]) <= set(properties)
    assert {"mode", "encoder", "image_size", "iterations"} <= set(properties)
    assert not {"seed", "count", "device", "openclip_weights", "generator_checkpoint"} & set(properties)


def test_reviewers_watch_and_curators_start() -> None:
    cast = make_cast()
    dataset = small_dataset(cast)
    run = make_generation(dataset, cast)
    assert client_of(cast.reviewer).get(f"{RUNS}{run.id}/").status_code == 200
    assert client_of(cast.reviewer).post(RUNS, body(dataset)).status_code == 403
    assert client_of(cast.reviewer).post(f"{RUNS}{run.id}/cancel/").status_code == 403
    assert client_of(cast.stranger).get(f"{RUNS}{run.id}/").status_code == 404
    assert client_of(cast.stranger).post(RUNS, body(dataset)).status_code == 404
    headers = {"HTTP_IDEMPOTENCY_KEY": "once"}
    twice = [client_of(cast.curator).post(RUNS, body(dataset), **headers).json()["id"] for _ in range(2)]
    assert twice[0] == twice[1] and GenerationRun.objects.count() == 2
