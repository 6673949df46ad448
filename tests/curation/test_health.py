"""What a report finds in pools with known faults, and what it costs to make it again."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from curation_builders import add_part, encoded, make_health, part
from django.core.files.storage import default_storage
from factories import make_cast
from reviews_builders import make_inspection
from reviews_builders import make_model as make_champion
from scipy.ndimage import gaussian_filter
from training_builders import add_image, make_dataset, make_model, make_pool

from flawmark.core.jobs.runtime import JobRun
from flawmark.core.models import Blob, Job
from flawmark.curation.models import FindingKind, ImageLook
from flawmark.curation.services import measuring
from flawmark.curation.services.computing import health_execute
from flawmark.curation.services.mapping import map_points
from flawmark.datasets.models import Label, Origin, Split
from flawmark.datasets.services.images import CaptureFields
from flawmark.inspections.models import LeftOutScore
from flawmark.inspections.services import left_out

pytestmark = pytest.mark.django_db(transaction=True)


def named(report, kind: str) -> list[list[str]]:
    findings = report.findings.filter(kind=kind).order_by("-severity", "id")
    return [
        list(finding.pictures.order_by("rank").values_list("image__filename", flat=True))
        for finding in findings
    ]


def test_near_duplicates_the_small_mode_and_outliers_are_named() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    for seed in range(26):
        add_part(dataset, encoded(part(seed)), f"rough-{seed}.png")
    for seed in range(50, 53):
        add_part(dataset, encoded(part(seed, kind="stripes")), f"stripes-{seed}.png")
    add_part(dataset, encoded(part(3), compress_level=0), "copy-3.png")
    add_part(dataset, encoded(part(5), "JPEG", quality=80), "jpeg-5.jpg")
    dark = (part(60) * 0.2).astype(np.uint8)
    add_part(dataset, encoded(dark), "dark.png")
    blurred = np.rint(gaussian_filter(part(61).astype(float), 4)).astype(np.uint8)
    add_part(dataset, encoded(blurred), "blurred.png")
    report = make_health(dataset, cast)
    groups = {frozenset(names) for names in named(report, FindingKind.NEAR_DUPLICATES)}
    assert groups == {frozenset({"rough-3.png", "copy-3.png"}), frozenset({"rough-5.png", "jpeg-5.jpg"})}
    assert {frozenset(names) for names in named(report, FindingKind.SMALL_MODE)} == {
        frozenset({"stripes-50.png", "stripes-51.png", "stripes-52.png"})
    }
    brightness = report.findings.get(kind=FindingKind.QUALITY_OUTLIER, figures__measure="brightness")
    assert brightness.pictures.get(rank=0).image.filename == "dark.png"
    sharpness = report.findings.get(kind=FindingKind.QUALITY_OUTLIER, figures__measure="sharpness")
    blurred_ones = set(sharpness.pictures.values_list("image__filename", flat=True))
    assert "blurred.png" in blurred_ones and "dark.png" not in blurred_ones
    assert report.figures["duplicate_groups"] == 2
    assert report.figures["suspicion"]["basis"] == "embedding"


def test_metadata_and_gaps_in_time() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for seed in range(20):
        capture = CaptureFields(
            captured_at=start + timedelta(days=seed if seed < 15 else seed + 40),
            metadata={"camera": "left" if seed else "right"},
        )
        add_part(dataset, encoded(part(seed)), f"{seed}.png", capture)
    report = make_health(dataset, cast)
    assert named(report, FindingKind.UNEVEN_METADATA) == [["0.png"]]
    assert named(report, FindingKind.COVERAGE_GAP) == [["14.png", "15.png"]]
    assert report.figures["balance"]["camera"]["counts"] == {"left": 19, "right": 1}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_pool_of_hardly_any_image_has_a_report(count: int) -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    for seed in range(count):
        add_part(dataset, encoded(part(seed)), f"{seed}.png")
    report = make_health(dataset, cast)
    assert report.figures["images"] == count
    assert len(map_points(report)["ids"]) == count


def test_identical_images_are_one_group_and_one_mode() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    for level in range(8):
        add_part(dataset, encoded(part(1), compress_level=level), f"{level}.png")
    report = make_health(dataset, cast)
    assert [len(names) for names in named(report, FindingKind.NEAR_DUPLICATES)] == [8]
    assert report.figures["modes"]["sizes"] == [8]


def test_a_generated_image_is_no_superfluous_copy_of_its_source() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    for seed in range(6):
        add_part(dataset, encoded(part(seed)), f"{seed}.png")
    add_part(dataset, encoded(part(1), "JPEG", quality=85), "made.jpg", origin=Origin.GENERATED)
    add_part(dataset, encoded(part(2), "JPEG", quality=85), "made-too.jpg", origin=Origin.GENERATED)
    add_part(dataset, encoded(part(2), "JPEG", quality=80), "2-again.jpg")
    report = make_health(dataset, cast)
    assert {frozenset(names) for names in named(report, FindingKind.NEAR_DUPLICATES)} == {
        frozenset({"2.png", "2-again.jpg"})
    }
    assert (report.figures["images"], report.figures["duplicate_images"]) == (9, 1)


def test_a_mislabel_copied_twice_does_not_vouch_for_itself() -> None:
    cast = make_cast()
    dataset = make_pool(cast, train=8)
    mislabelled = add_image(dataset, 700, label=Label.NORMAL, split=Split.TRAIN, defective=True)
    copy = add_part(dataset, encoded(pixels_of(mislabelled), compress_level=0), "copy.png")
    model = make_model(dataset, cast)
    model.stage = "champion"
    model.save()
    report = make_health(dataset, cast)
    assert report.figures["suspicion"]["basis"] == "model"
    first_two = named(report, FindingKind.SUSPECTED_MISLABEL)[0][:2]
    assert set(first_two) == {mislabelled.filename, copy.filename}
    assert LeftOutScore.objects.exclude(group_key="").count() >= 2


def test_defects_that_the_champion_lets_pass_are_named_but_never_of_the_test_split() -> None:
    cast = make_cast()
    dataset = make_pool(cast, train=3)
    model = make_champion(dataset, t1=0.5, t2=0.8)
    splits = {Split.TRAIN: (0.3, 0.6), Split.VALIDATION: (0.2,), Split.TEST: (0.1,)}
    for split, scores in splits.items():
        for score in scores:
            image = add_image(dataset, int(800 + 10 * score), label=Label.DEFECTIVE, split=split)
            make_inspection(image, model, score)
    report = make_health(dataset, cast)
    assert named(report, FindingKind.NORMAL_LOOKING_DEFECT) == [["00802.png", "00803.png"]]


def test_only_new_images_are_measured_and_only_new_groups_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    dataset = make_pool(cast, train=5)
    model = make_model(dataset, cast)
    model.stage = "champion"
    model.save()
    first = make_health(dataset, cast)
    assert first.job.result["measured"] == 5
    add_image(dataset, 77, label=Label.NORMAL, split=Split.TRAIN)
    measured: list[int] = []
    look_of = measuring.look_of
    monkeypatch.setattr(measuring, "look_of", lambda pixels: measured.append(1) or look_of(pixels))
    monkeypatch.setattr(left_out.LOADED, "get", lambda _model: pytest.fail("nothing was to be scored"))
    assert make_health(dataset, cast).job.result["measured"] == 1
    assert (len(measured), ImageLook.objects.count()) == (1, 6)


def test_an_image_keeps_its_place_as_others_arrive() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    for seed in range(12):
        add_part(dataset, encoded(part(seed, kind="stripes" if seed % 2 else "rough")), f"{seed}.png")
    before = map_points(make_health(dataset, cast))
    add_part(dataset, encoded(part(99)), "new.png")
    after = map_points(make_health(dataset, cast))
    assert after["x"][:12] == before["x"] and after["y"][:12] == before["y"]
    assert len(after["ids"]) == 13


def test_a_map_that_was_replaced_leaves_nothing_behind() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    for seed in range(3):
        add_part(dataset, encoded(part(seed)), f"{seed}.png")
    first = make_health(dataset, cast)
    replaced = first.map
    add_part(dataset, encoded(part(3)), "3.png")
    second = make_health(dataset, cast)
    # A report that is filled again with the same content keeps its map.
    Job.objects.filter(id=second.job_id).update(state="running")
    second.job.refresh_from_db()
    health_execute(JobRun(second.job))
    assert not Blob.objects.filter(id=replaced.id).exists()
    assert not default_storage.exists(replaced.storage_key)
    first.refresh_from_db()
    assert map_points(first)["ids"] == [] and len(map_points(second)["ids"]) == 4


def pixels_of(image):
    from flawmark.inspections.services.pixels import image_pixels

    return image_pixels(image)[:, :, 0]
