"""Several people: a stranger sees nothing, and two browsers never work on one image."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from e2e.images import pictures
from e2e.people import Person, wait_until
from live_stack import LiveStack
from playwright.sync_api import Browser, expect

PASSWORD = "correct-horse-battery"


@pytest.fixture
def dataset(admin: Person) -> dict[str, Any]:
    """A dataset with one image that waits for a person."""
    made = admin.post("datasets/", {"name": f"Cells {id(admin)}"})
    (picture,), _ = pictures(1, 0, seed=1)
    image = send_picture(admin, made["id"], picture)
    admin.post("review-tasks/", {"dataset": made["id"], "images": [image]})
    return made


def send_picture(person: Person, dataset: str, picture: bytes) -> str:
    token = next(cookie["value"] for cookie in person.context.cookies() if cookie["name"] == "csrftoken")
    person.context.request.post(
        "/api/v1/imports/",
        multipart={
            "dataset": dataset,
            "files": {"name": "part.png", "mimeType": "image/png", "buffer": io.BytesIO(picture).getvalue()},
        },
        headers={"X-CSRFToken": token, "Referer": person.url},
    )
    (image,) = wait_until(lambda: person.get("images/", dataset=dataset)["results"], "the image is imported")
    return str(image["id"])


def join(admin: Person, username: str, role: str, team: str | None = None) -> None:
    headers = {"Flawmark-Team": team} if team else {}
    admin.post("members/", {"username": username, "role": role, "password": PASSWORD}, **headers)


@pytest.fixture
def stranger(browser: Browser, live_stack: LiveStack, admin: Person) -> Iterator[Person]:
    team = admin.post("teams/", {"name": "Another line"})
    join(admin, "stranger", "owner", team["id"])
    person = Person.sign_in(browser, live_stack, "stranger", PASSWORD)
    yield person
    person.leave()


def test_a_stranger_sees_nothing(stranger: Person, dataset: dict[str, Any]) -> None:
    expect(stranger.page.get_by_text("No datasets yet")).to_be_visible()
    stranger.page.goto(f"/datasets/{dataset['id']}")
    expect(stranger.page.get_by_text(dataset["name"])).to_have_count(0)
    assert stranger.status_of(f"datasets/{dataset['id']}/") == 404
    for path in ("images/", "review-tasks/", "reviews/", "jobs/", "imports/"):
        assert stranger.get(path)["results"] == [], path


@pytest.fixture
def reviewers(browser: Browser, live_stack: LiveStack, admin: Person) -> Iterator[list[Person]]:
    people = []
    for name in ("rita", "rolf"):
        join(admin, name, "reviewer")
        people.append(Person.sign_in(browser, live_stack, name, PASSWORD))
    yield people
    for person in people:
        person.leave()


def test_two_browsers_never_get_the_same_image(
    admin: Person, reviewers: list[Person], dataset: dict[str, Any]
) -> None:
    rita, rolf = reviewers
    rita.page.goto(f"/datasets/{dataset['id']}/review")
    expect(rita.page.get_by_test_id("filename")).to_have_text("part.png")
    rolf.page.goto(f"/datasets/{dataset['id']}/review")
    expect(rolf.page.get_by_text("The queue is empty")).to_be_visible()
    rita.page.keyboard.press("s")
    expect(rita.page.get_by_text("The queue is empty")).to_be_visible()
    rolf.page.get_by_role("button", name="Look again").click()
    expect(rolf.page.get_by_test_id("filename")).to_have_text("part.png")
    rolf.page.keyboard.press("n")
    expect(rolf.page.get_by_text("You judged 1 image")).to_be_visible()
    verdicts = [
        (line["reviewer"], line["verdict"])
        for line in admin.get("reviews/", dataset=dataset["id"])["results"]
    ]
    assert verdicts == [("rolf", "normal"), ("rita", "skip")]
