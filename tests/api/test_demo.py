"""The demonstration: asked for once, brought in by a job that may be interrupted."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from factories import make_cast
from training_builders import texture_png

from flawmark.api.demo import services
from flawmark.api.demo.services import DEMO, demo_execute, demo_request
from flawmark.api.demo.sources import DemoImage, DemoSource, made_surfaces
from flawmark.core.jobs.runtime import execute
from flawmark.core.models import Job
from flawmark.datasets.models import Dataset, Image, Label, Split
from flawmark.training.models import TrainingRun

pytestmark = pytest.mark.django_db


def small_source(folder: Path) -> DemoSource:
    for seed in range(6):
        (folder / f"{seed}.png").write_bytes(texture_png(seed))
    paths = sorted(folder.iterdir())
    normal = [DemoImage(path, Label.NORMAL, Split.TRAIN) for path in paths[:3]]
    return DemoSource(
        "Parts (demo)", "Made for a test.", "CC0", [*normal, *(DemoImage(path) for path in paths[3:])]
    )


def test_it_is_brought_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    monkeypatch.setattr(services, "solar_cells", lambda: small_source(tmp_path))
    call_command("demo")
    assert demo_request() is None  # it is on its way
    job = Job.objects.get(kind=DEMO)
    execute(str(job.id), demo_execute)
    job.refresh_from_db()
    assert job.state == "succeeded", job.log_tail
    assert "CC0" in job.log_tail
    dataset = Dataset.objects.get(team=cast.team)
    assert (dataset.licence, dataset.images.count()) == ("CC0", 6)
    assert Image.objects.filter(dataset=dataset, label=Label.UNLABELLED, split=Split.UNASSIGNED).count() == 3
    assert TrainingRun.objects.get(dataset=dataset).dataset_version.counts["total"] == 3
    assert demo_request() is None  # it is there


def test_an_interrupted_one_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_cast()
    source = small_source(tmp_path)
    broken = DemoSource(
        source.name, source.description, source.licence, [*source.images, DemoImage(tmp_path / "no")]
    )
    monkeypatch.setattr(services, "ANNOUNCED_AT_ONCE", 1)
    for offered, state in ((broken, "failed"), (source, "succeeded")):
        monkeypatch.setattr(services, "solar_cells", lambda offered=offered: offered)
        job = demo_request()
        assert job is not None
        execute(str(job.id), demo_execute)
        job.refresh_from_db()
        assert job.state == state
    assert (Dataset.objects.count(), Image.objects.count(), TrainingRun.objects.count()) == (1, 6, 1)


def test_without_a_team_it_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="start Flawmark first"):
        call_command("demo")


def test_made_surfaces_are_complete_and_the_stream_gives_no_answers(tmp_path: Path) -> None:
    source = made_surfaces(tmp_path)
    roles = [(image.label, image.split) for image in source.images]
    assert roles.count((Label.NORMAL, Split.TRAIN)) == 160
    assert roles.count((Label.NORMAL, Split.VALIDATION)) == 50
    assert roles.count((Label.NORMAL, Split.TEST)) == 20
    assert roles.count((Label.DEFECTIVE, Split.TEST)) == 40
    stream = [image for image in source.images if image.label == Label.UNLABELLED]
    assert len(stream) == 90
    assert all(image.mask_path is None for image in stream)
    defective = next(image for image in source.images if image.label == Label.DEFECTIVE)
    mask = defective.mask()
    assert mask is not None and 0 < mask.sum() < mask.size / 2
