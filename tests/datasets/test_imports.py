"""Imports: layouts, resuming, and what they leave behind."""

from pathlib import Path
from typing import Any

import pytest
from datasets_builders import make_dataset, mask_png, png, run_import, zip_bytes
from datasets_imports import URL, deliver, refusals, send
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import Cast, client_of

from flawmark.core.jobs import JobCancelled
from flawmark.core.models import Job
from flawmark.datasets.models import Capture, Dataset, Image, Import
from flawmark.datasets.selectors.layers import revision_masks
from flawmark.datasets.services.imports import import_run
from flawmark.datasets.signals import images_added

MVTEC = {
    "screw/train/good/000.png": png(1),
    "screw/train/good/001.png": png(2),
    "screw/test/good/000.png": png(3),
    "screw/test/scratch/000.png": png(4),
    "screw/test/bent/000.png": png(5),
    "screw/ground_truth/scratch/000_mask.png": mask_png((2, 3, 10, 9)),
}


def test_mvtec_folders_say_label_split_kind_and_mask(cast: Cast, dataset: Dataset) -> None:
    delivery = deliver(cast, dataset, MVTEC)
    found = {(image.label, image.split) for image in Image.objects.all()}
    assert found == {("normal", "train"), ("normal", "test"), ("defective", "test")}
    assert Image.objects.count() == 5
    assert set(dataset.defect_types.values_list("name", flat=True)) == {"defect", "scratch", "bent"}
    masked = Image.objects.get(current_revision__isnull=False)
    ((key, mask),) = revision_masks(masked.current_revision).items()  # type: ignore[arg-type]
    assert key.defect_type == dataset.defect_types.get(name="scratch").id
    assert mask.sum() == 8 * 6
    assert mask[3:9, 2:10].all()
    answer = client_of(cast.viewer).get(f"{URL}{delivery.id}/").data
    assert answer["counts"] == {"imported": 6, "duplicate": 0, "refused": 0}
    assert answer["job"]["state"] == "succeeded"


def test_flat_folders_say_the_label_and_defaults_the_rest(cast: Cast, dataset: Dataset) -> None:
    files = {"day1/OK/a.png": png(1), "day1/NG/b.png": png(2), "day1/c.png": png(3)}
    defaults = '{"label": "unlabelled", "split": "train", "part": "P1", "metadata": {"shift": 2}}'
    deliver(cast, dataset, files, defaults=defaults)
    labels = dict(Image.objects.values_list("filename", "label"))
    assert labels == {"a.png": "normal", "b.png": "defective", "c.png": "unlabelled"}
    assert set(Image.objects.values_list("split", "lot")) == {("train", "P1")}
    assert Capture.objects.filter(part="P1", metadata={"shift": 2}).count() == 3


def test_bad_defaults_name_the_field(cast: Cast, dataset: Dataset) -> None:
    file = SimpleUploadedFile("a.png", png(1))
    answer = send(cast, dataset, files=[file], defaults='{"label": "fine"}')
    assert (answer.status_code, answer.data["field"]) == (400, "defaults.label")


def test_single_files_and_dropped_folders(cast: Cast, dataset: Dataset) -> None:
    files = [SimpleUploadedFile(name, png(seed)) for seed, name in enumerate(["a.png", "b.png"])]
    answer = send(cast, dataset, files=files, paths='["good/a.png", "../b.png"]')
    delivery = Import.objects.get(id=answer.data["id"])
    run_import(delivery)
    assert list(Image.objects.values_list("filename", "label")) == [("a.png", "normal")]
    assert "outside" in refusals(delivery)["../b.png"]


def test_uploads_are_forgotten_once_their_images_are_kept(
    cast: Cast, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    file = SimpleUploadedFile("a.png", png(1))
    delivery = Import.objects.get(id=send(cast, dataset, files=[file]).data["id"])
    key = delivery.uploads[0]["key"]
    assert default_storage.exists(key)
    with django_capture_on_commit_callbacks(execute=True):
        run_import(delivery)
    assert not default_storage.exists(key)


def test_exactly_one_source(cast: Cast, dataset: Dataset) -> None:
    file = SimpleUploadedFile("a.png", png(1))
    both = send(cast, dataset, files=[file], folder="/tmp")
    assert both.status_code == 400
    assert send(cast, dataset).status_code == 400


class Stop(Exception):
    """The worker dies here."""


def test_an_import_goes_on_where_it_stopped(cast: Cast, dataset: Dataset) -> None:
    archive = SimpleUploadedFile("images.zip", zip_bytes({f"{n}.png": png(n) for n in range(6)}))
    delivery = Import.objects.get(id=send(cast, dataset, archive=archive).data["id"])

    def die_at_half(fraction: float, _message: str) -> None:
        if fraction >= 0.5:
            raise Stop

    with pytest.raises(Stop):
        import_run(delivery=delivery, progress=die_at_half)
    first = dict(delivery.items.values_list("path", "id"))
    assert len(first) == 3
    assert import_run(delivery=delivery, progress=lambda *_: None)["imported"] == 6
    assert Image.objects.count() == 6
    assert first.items() <= dict(delivery.items.values_list("path", "id")).items()


def test_new_images_are_announced_once_even_after_a_cancel(
    cast: Cast, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    archive = SimpleUploadedFile("images.zip", zip_bytes({f"{n}.png": png(n) for n in range(4)}))
    delivery = Import.objects.get(id=send(cast, dataset, archive=archive).data["id"])
    heard: list[Any] = []

    def hear(image_ids: list[Any], **_others: Any) -> None:
        heard.append(image_ids)

    def cancel(fraction: float, _message: str) -> None:
        if fraction >= 0.5:
            raise JobCancelled

    images_added.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(JobCancelled):
            import_run(delivery=delivery, progress=cancel)
    finally:
        images_added.disconnect(hear)
    assert heard == [list(Image.objects.order_by("id").values_list("id", flat=True))]
    assert len(heard[0]) == 2


def test_folders_are_imported_only_below_the_roots(
    cast: Cast, dataset: Dataset, settings: Any, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    (root / "good").mkdir(parents=True)
    (root / "good" / "a.png").write_bytes(png(1))
    (tmp_path / "secret.png").write_bytes(png(2))
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    (root / "linked").symlink_to(tmp_path)
    settings.IMPORT_ROOTS = []
    assert send(cast, dataset, folder=str(root)).data["code"] == "folder_not_allowed"
    settings.IMPORT_ROOTS = [root]
    for outside in (tmp_path, root / "..", root / "linked", root / "absent"):
        assert send(cast, dataset, folder=str(outside)).data["code"] == "folder_not_allowed", outside
    delivery = Import.objects.get(id=send(cast, dataset, folder=str(root)).data["id"])
    run_import(delivery)
    assert list(Image.objects.values_list("filename", "label")) == [("a.png", "normal")]
    assert {path: "symbolic" in why for path, why in refusals(delivery).items()} == {
        "link.png": True,
        "linked": True,
    }


def test_another_teams_dataset_takes_no_images(cast: Cast, dataset: Dataset) -> None:
    delivery = deliver(cast, dataset, {"a.png": png(1), "b.txt": b"x"})
    stranger = client_of(cast.stranger)
    body = {"dataset": str(dataset.id), "files": [SimpleUploadedFile("a.png", png(9))]}
    assert stranger.post(URL, body, format="multipart").status_code == 404
    assert stranger.get(URL).data["results"] == []
    assert stranger.get(f"{URL}{delivery.id}/").status_code == 404
    assert stranger.get(f"{URL}{delivery.id}/items/").status_code == 404
    refused = client_of(cast.viewer).get(f"{URL}{delivery.id}/items/", {"outcome": "refused"}).data
    assert [row["path"] for row in refused["results"]] == ["b.txt"]


def test_viewers_and_archived_datasets_import_nothing(cast: Cast, dataset: Dataset) -> None:
    body = {"dataset": str(dataset.id), "files": [SimpleUploadedFile("a.png", png(9))]}
    assert client_of(cast.viewer).post(URL, body, format="multipart").status_code == 403
    patch = {"archived": True}
    client_of(cast.curator).patch(f"/api/v1/datasets/{dataset.id}/", patch, HTTP_IF_MATCH="*")
    answer = send(cast, dataset, files=[SimpleUploadedFile("a.png", png(9))])
    assert (answer.status_code, answer.data["code"]) == (409, "archived")
    assert Job.objects.count() == 0


def test_the_same_upload_twice_with_one_key_is_one_import(cast: Cast, dataset: Dataset) -> None:
    client = client_of(cast.curator)

    def post(content: bytes) -> Any:
        body = {"dataset": str(dataset.id), "files": [SimpleUploadedFile("a.png", content)]}
        return client.post(URL, body, format="multipart", HTTP_IDEMPOTENCY_KEY="once")

    first, again, other = post(png(1)), post(png(1)), post(png(2))
    assert (first.status_code, again.data["id"]) == (202, str(first.data["id"]))
    assert other.status_code == 409
    assert Import.objects.count() == 1


def test_a_file_that_was_imported_before_is_a_duplicate_there_only(cast: Cast, dataset: Dataset) -> None:
    deliver(cast, dataset, {"a.png": png(1)})
    again = deliver(cast, dataset, {"b.png": png(1)})
    item = again.items.get()
    assert (item.outcome, item.image_id) == ("duplicate", Image.objects.get().id)
    assert "a.png" in item.reason
    elsewhere = deliver(cast, make_dataset(cast.team, "Nuts"), {"a.png": png(1)})
    assert elsewhere.items.get().outcome == "imported"


def test_a_table_says_what_folders_cannot(cast: Cast, dataset: Dataset) -> None:
    table = (
        "\ufefffile,label,split,part,captured_at,lot\n"
        "a.png,normal,validation,P1,2026-01-02T03:04:05,L7\n"
        "ng/b.png,,train,,,\n"
    )
    files = {"day/a.png": png(1), "day/ng/b.png": png(2), "day/c.png": png(3)}
    deliver(cast, dataset, {**files, "day/metadata.csv": table.encode()}, defaults='{"part": "P9"}')
    found = {image.filename: image for image in Image.objects.all()}
    rows = {name: (image.label, image.split, image.lot) for name, image in found.items()}
    assert rows["a.png"] == ("normal", "validation", "L7")
    assert rows["b.png"][:2] == ("defective", "train")
    assert rows["c.png"] == ("unlabelled", "unassigned", "P9")
    capture = Capture.objects.get(image=found["a.png"])
    assert (capture.part, capture.metadata) == ("P1", {"lot": "L7"})
    assert capture.captured_at is not None
    assert capture.captured_at.isoformat() == "2026-01-02T03:04:05+00:00"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"file,label\na.png,fine\n", "Line 2"),
        (b"name\na.png\n", "no column called file"),
        (b"file,captured_at\na.png,yesterday\n", "Line 2"),
        (b"\xff\xfe\x00", "not a CSV"),
        (b"", "zero bytes"),
    ],
)
def test_a_broken_table_is_refused_and_the_images_are_kept(
    cast: Cast, dataset: Dataset, table: bytes, words: str
) -> None:
    delivery = deliver(cast, dataset, {"a.png": png(1), "metadata.csv": table})
    assert words in refusals(delivery)["metadata.csv"]
    assert Image.objects.get().filename == "a.png"
