"""Looking further once the queue is empty."""

from factories import Cast, client_of
from reviews_builders import make_dataset, make_image, make_inspection, make_model

from flawmark.datasets.models import Label, Split
from flawmark.reviews.models import QueueSettings, TaskReason
from flawmark.reviews.services.queue import queue_fill


def test_the_highest_passing_scores_are_offered_and_stay(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset, t1=0.4, t2=0.6)
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.0)
    images = [make_image(dataset) for _ in range(5)]
    for image, score in zip(images, (0.1, 0.39, 0.2, 0.38, 0.5), strict=True):
        make_inspection(image, model, score)
    images[3].split = Split.TEST
    images[3].save()
    queue_fill(model_version=model)
    client = client_of(cast.reviewer)
    given = {"dataset": str(dataset.id), "count": 2}
    found = client.post("/api/v1/review-tasks/further/", given, format="json")
    assert found.status_code == 201
    assert {task["image"] for task in found.json()} == {str(images[1].id), str(images[2].id)}
    assert {task["reason"] for task in found.json()} == {TaskReason.REQUESTED}
    queue_fill(model_version=model)
    again = client.post("/api/v1/review-tasks/further/", given, format="json")
    assert [task["image"] for task in again.json()] == [str(images[0].id)]
    assert images[0].label == Label.UNLABELLED


def test_without_a_champion_it_says_so(cast: Cast) -> None:
    dataset = make_dataset(cast.team)
    given = {"dataset": str(dataset.id)}
    answer = client_of(cast.reviewer).post("/api/v1/review-tasks/further/", given, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_champion")


def test_viewers_and_strangers_may_not_ask(cast: Cast) -> None:
    given = {"dataset": str(make_dataset(cast.team).id)}
    for person, status in ((cast.viewer, 403), (cast.stranger, 404)):
        answer = client_of(person).post("/api/v1/review-tasks/further/", given, format="json")
        assert answer.status_code == status
