"""`/datasets/` and defect types."""

import pytest
from datasets_builders import make_dataset, make_image
from factories import Cast, client_of

from flawmark.accounts.models import AuditEntry
from flawmark.datasets.models import Dataset

URL = "/api/v1/datasets/"


def test_a_new_dataset_has_one_defect_type_and_no_images(cast: Cast) -> None:
    answer = client_of(cast.curator).post(URL, {"name": "Screws", "licence": "CC0"})
    assert answer.status_code == 201, answer.data
    assert [kind["name"] for kind in answer.data["defect_types"]] == ["defect"]
    assert answer.data["counts"]["total"] == 0
    assert answer["ETag"] == '"1"'
    assert AuditEntry.objects.filter(action="dataset.create", object_id=answer.data["id"]).count() == 1


def test_two_datasets_of_a_team_cannot_have_one_name(cast: Cast, dataset: Dataset) -> None:
    answer = client_of(cast.curator).post(URL, {"name": dataset.name})
    assert (answer.status_code, answer.data["code"], answer.data["field"]) == (409, "name_taken", "name")
    assert client_of(cast.stranger).post(URL, {"name": dataset.name}).status_code == 201


@pytest.mark.parametrize("who", ["viewer", "reviewer"])
def test_only_curators_and_owners_change_datasets(cast: Cast, dataset: Dataset, who: str) -> None:
    client = client_of(getattr(cast, who))
    assert client.get(URL).status_code == 200
    assert client.post(URL, {"name": "Nuts"}).status_code == 403
    assert client.patch(f"{URL}{dataset.id}/", {"name": "Nuts"}, HTTP_IF_MATCH="*").status_code == 403
    assert client.post(f"{URL}{dataset.id}/defect-types/", {"name": "dent"}).status_code == 403


def test_another_teams_dataset_does_not_exist(cast: Cast, dataset: Dataset) -> None:
    client = client_of(cast.stranger)
    assert client.get(URL).data["results"] == []
    for path in (f"{dataset.id}/", f"{dataset.id}/stats/", f"{dataset.id}/defect-types/"):
        assert client.get(f"{URL}{path}").status_code == 404, path
    assert client.patch(f"{URL}{dataset.id}/", {"name": "Mine"}, HTTP_IF_MATCH="*").status_code == 404
    assert client.post(f"{URL}{dataset.id}/defect-types/", {"name": "dent"}).status_code == 404


def test_counts_are_those_of_each_dataset(cast: Cast, dataset: Dataset) -> None:
    other = make_dataset(cast.team, "Nuts")
    make_image(dataset, 1, label="normal", split="train")
    make_image(dataset, 2, label="defective", split="test")
    make_image(other, 1)
    rows = {row["name"]: row["counts"] for row in client_of(cast.viewer).get(URL).data["results"]}
    assert rows["Screws"]["total"] == 2
    assert rows["Screws"]["label"] == {"unlabelled": 0, "normal": 1, "defective": 1}
    assert rows["Screws"]["split"] == {"unassigned": 0, "train": 1, "validation": 0, "test": 1}
    assert rows["Nuts"]["label"]["unlabelled"] == 1


def test_a_stale_change_is_refused_and_overwrites_nothing(cast: Cast, dataset: Dataset) -> None:
    client, url = client_of(cast.curator), f"{URL}{dataset.id}/"
    assert client.patch(url, {"name": "First"}).status_code == 428
    first = client.patch(url, {"name": "First"}, HTTP_IF_MATCH='"1"')
    assert (first.status_code, first["ETag"]) == (200, '"2"')
    second = client.patch(url, {"name": "Second"}, HTTP_IF_MATCH='"1"')
    assert (second.status_code, second.json()["current"]) == (412, client.get(url).json())
    assert second.json()["current"]["name"] == "First"


def test_archiving_hides_nothing_for_good(cast: Cast, dataset: Dataset) -> None:
    client, url = client_of(cast.curator), f"{URL}{dataset.id}/"
    assert client.patch(url, {"archived": True}, HTTP_IF_MATCH="*").data["archived_at"] is not None
    assert client.get(URL, {"archived": "false"}).data["results"] == []
    assert len(client.get(URL, {"archived": "true"}).data["results"]) == 1
    assert client.patch(url, {"archived": False}, HTTP_IF_MATCH="*").data["archived_at"] is None


@pytest.mark.parametrize("region", [{"polygons": []}, {"polygons": [[[0, 0], [1, 1]]]}, {"boxes": []}, "all"])
def test_a_region_of_interest_is_made_of_polygons(cast: Cast, region: object) -> None:
    client = client_of(cast.curator)
    answer = client.post(URL, {"name": "Nuts", "region_of_interest": region})
    assert answer.status_code == 400
    assert answer.data["field"].startswith("region_of_interest")
    triangle = {"polygons": [[[0, 0], [9, 0], [0, 9]]]}
    good = client.post(URL, {"name": "Nuts", "region_of_interest": triangle})
    assert good.data["region_of_interest"] == triangle


def test_stats_name_the_next_step(cast: Cast, dataset: Dataset) -> None:
    client, url = client_of(cast.viewer), f"{URL}{dataset.id}/stats/"
    empty = client.get(url).data
    assert [lack["code"] for lack in empty["lacks"]] == ["no_images"]
    assert empty["trainable"] is False
    make_image(dataset, 1, label="normal")
    spare = client.get(url).data["lacks"][0]
    assert (spare["code"], spare["step"]) == ("no_train_normals", "split")
    make_image(dataset, 2, label="normal", split="train")
    make_image(dataset, 3, label="defective", split="test")
    stats = client.get(url).data
    codes = {lack["code"]: lack["detail"] for lack in stats["lacks"]}
    assert set(codes) == {"one_train_normal", "few_validation_normals", "no_test_normals", "no_masks"}
    assert codes["few_validation_normals"].startswith("19 more")
    assert (stats["trainable"], stats["pool"], stats["masks"]) == (True, 1, 0)


def test_quarantined_images_are_not_in_the_pool(cast: Cast, dataset: Dataset) -> None:
    image = make_image(dataset, 1, label="normal", split="train")
    client = client_of(cast.curator)
    answer = client.patch(f"/api/v1/images/{image.id}/", {"quarantined": True}, HTTP_IF_MATCH="*")
    assert answer.status_code == 200
    stats = client.get(f"{URL}{dataset.id}/stats/").data
    assert (stats["pool"], stats["counts"]["quarantined"]) == (0, 1)


def test_defect_types_get_a_colour_and_keep_their_id_when_renamed(cast: Cast, dataset: Dataset) -> None:
    client, url = client_of(cast.curator), f"{URL}{dataset.id}/defect-types/"
    dent = client.post(url, {"name": "dent", "hotkey": "2"}).data
    assert dent["colour"] != client.get(url).data[0]["colour"]
    assert client.post(url, {"name": "dent"}).data["code"] == "name_taken"
    renamed = client.patch(f"{url}{dent['id']}/", {"name": "bump"}, HTTP_IF_MATCH='"1"')
    assert (renamed.data["id"], renamed.data["name"]) == (dent["id"], "bump")
    assert client.patch(f"{url}{dent['id']}/", {"name": "x"}, HTTP_IF_MATCH='"1"').status_code == 412
    assert client.post(url, {"name": "x", "colour": "red"}).data["field"] == "colour"


def test_a_create_is_not_repeated_for_one_key(cast: Cast) -> None:
    client = client_of(cast.curator)
    first = client.post(URL, {"name": "Nuts"}, HTTP_IDEMPOTENCY_KEY="k1")
    again = client.post(URL, {"name": "Nuts"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.status_code, again.data["id"]) == (201, str(first.data["id"]))
    assert Dataset.objects.filter(name="Nuts").count() == 1
    other = client.post(URL, {"name": "Bolts"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (other.status_code, other.data["code"]) == (409, "idempotency_key_reused")
