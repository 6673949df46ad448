"""The reviewer's desk in a real browser: by keyboard alone, blind, and settled by a lead."""

from typing import Any

import pytest
from e2e.images import pictures
from e2e.people import Person, wait_until
from live_stack import LiveStack
from playwright.sync_api import Browser, expect

PASSWORD = "correct-horse-battery"
IMAGES = 4


@pytest.fixture
def dataset(admin: Person, request: pytest.FixtureRequest) -> str:
    """A dataset whose images all wait for a person; no model is needed for that."""
    made = admin.post("datasets/", {"name": f"Desk {request.node.name}"})
    good, bad = pictures(IMAGES - 1, 1, seed=1)
    token = next(cookie["value"] for cookie in admin.context.cookies() if cookie["name"] == "csrftoken")
    for number, picture in enumerate([*good, *bad]):
        file = {"name": f"part-{number}.png", "mimeType": "image/png", "buffer": picture}
        admin.context.request.post(
            "/api/v1/imports/",
            multipart={"dataset": made["id"], "files": file},
            headers={"X-CSRFToken": token, "Referer": admin.url},
        )

    def imported() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = admin.get("images/", dataset=made["id"])["results"]
        return found if len(found) == IMAGES else []

    images = wait_until(imported, "the images are imported")
    admin.post("review-tasks/", {"dataset": made["id"], "images": [image["id"] for image in images]})
    return str(made["id"])


def open_queue(person: Person, dataset: str) -> str:
    """Go to the workspace and wait for its first image; returns its name."""
    person.page.goto(f"/datasets/{dataset}/review")
    return person.page.get_by_test_id("filename").inner_text()


def judge(person: Person, key: str) -> None:
    """Press a verdict's key and wait until another image, or the empty queue, is there."""
    page = person.page
    filename = page.get_by_test_id("filename").inner_text()
    page.keyboard.press(key)
    gone = page.get_by_test_id("filename").filter(has_not_text=filename)
    expect(page.get_by_text("The queue is empty").or_(gone)).to_be_visible()


def join(browser: Browser, stack: LiveStack, admin: Person, username: str) -> Person:
    admin.post("members/", {"username": username, "role": "reviewer", "password": PASSWORD})
    return Person.sign_in(browser, stack, username, PASSWORD)


def test_a_whole_review_by_keyboard_alone(admin: Person, dataset: str) -> None:
    page = admin.page
    page.goto(f"/datasets/{dataset}")
    page.get_by_role("link", name="Review", exact=True).focus()
    page.keyboard.press("Enter")
    first = page.get_by_test_id("filename").inner_text()
    walk_the_tour(admin)
    page.keyboard.press("Shift+Digit2")
    expect(page.get_by_role("checkbox", name="Reflection")).to_be_checked()
    page.keyboard.press("Shift+N")
    page.keyboard.type("Only a lamp")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+P")
    page.keyboard.type("Here it shines")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("pin")).to_have_text("1")
    judge(admin, "n")
    expect(page.get_by_test_id("queue-length")).to_contain_text("3 images in the queue · 1 judged")
    expect(page.get_by_test_id("pin")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.get_by_test_id("filename")).to_have_text(first)
    expect(page.get_by_test_id("queue-length")).not_to_contain_text("judged")
    for key in ("d", "n", "s", "n"):
        judge(admin, key)
    expect(page.get_by_text("You judged 3 images")).to_be_visible()
    reviews = admin.get("reviews/", dataset=dataset)["results"]
    said = [(review["verdict"], review["reason"], review["comment"]) for review in reversed(reviews)]
    assert said[:2] == [("normal", "Reflection", "Only a lamp"), ("defective", "", "")]
    assert [verdict for verdict, _, _ in said[2:]] == ["normal", "skip", "normal"]
    (pin,) = admin.get("pins/", dataset=dataset)["results"]
    assert (pin["text"], pin["author"]) == ("Here it shines", "admin")


def walk_the_tour(person: Person) -> None:
    """Newcomers are asked once; what a step names can be tried at once."""
    page = person.page
    expect(page.get_by_role("button", name="Take the tour")).to_be_visible()
    page.keyboard.press("Shift+T")
    tour = page.get_by_role("dialog", name="Tour")
    expect(tour).to_contain_text("1 of 7")
    page.keyboard.press("h")
    expect(tour).to_contain_text("That is it")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    expect(tour).to_contain_text("3 of 7")
    page.keyboard.press("ArrowLeft")
    expect(tour).to_contain_text("2 of 7")
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    expect(page.get_by_role("button", name="Take the tour")).to_have_count(0)


def test_a_second_opinion_is_blind_and_a_lead_settles(
    browser: Browser, live_stack: LiveStack, admin: Person, dataset: str
) -> None:
    settings = admin.context.request.get(f"/api/v1/queue-settings/{dataset}/")
    token = next(cookie["value"] for cookie in admin.context.cookies() if cookie["name"] == "csrftoken")
    changed = admin.context.request.patch(
        f"/api/v1/queue-settings/{dataset}/",
        data={"second_opinion_probability": 1.0},
        headers={"X-CSRFToken": token, "Referer": admin.url, "If-Match": settings.headers["etag"]},
    )
    assert changed.ok, changed.text()
    first, second = (join(browser, live_stack, admin, f"desk-{name}") for name in ("rita", "rolf"))
    judged = open_queue(first, dataset)
    first.page.keyboard.press("Shift+P")
    first.page.keyboard.type("Clean, I say")
    first.page.keyboard.press("Enter")
    expect(first.page.get_by_test_id("pin")).to_have_count(1)
    judge(first, "n")
    assert first.page.get_by_test_id("filename").inner_text() != judged
    give_blind_opinion(second, dataset, judged)
    settle(admin, dataset, judged)
    for person in (first, second):
        person.leave()


def give_blind_opinion(person: Person, dataset: str, filename: str) -> None:
    """Ask for second opinions only, see nothing of the first one, and say something else."""
    page = person.page
    open_queue(person, dataset)
    page.get_by_role("button", name="Which images to review").press("Enter")
    page.get_by_role("menuitemcheckbox", name="second opinion").press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Chosen because second opinion")).to_be_visible()
    expect(page.get_by_test_id("filename")).to_have_text(filename)
    expect(page.get_by_text("Unlabelled")).to_be_visible()
    expect(page.get_by_test_id("pin")).to_have_count(0)
    (image,) = (
        row for row in person.get("images/", dataset=dataset)["results"] if row["filename"] == filename
    )
    assert person.get("reviews/", image=image["id"])["results"] == []
    page.keyboard.press("d")
    expect(page.get_by_text("The queue is empty")).to_be_visible()


def settle(lead: Person, dataset: str, filename: str) -> None:
    """A lead sees both verdicts and decides for the second with one key."""
    page = lead.page
    page.goto(f"/datasets/{dataset}/disagreements")
    expect(page.get_by_role("heading", name=filename)).to_be_visible()
    expect(page.get_by_text("desk-rita", exact=False).first).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_text("Everybody agrees")).to_be_visible()
    (image,) = (row for row in lead.get("images/", dataset=dataset)["results"] if row["filename"] == filename)
    assert image["label"] == "defective"
    page.goto(f"/datasets/{dataset}/images/{image['id']}/history")
    expect(page.get_by_text("Judged normal", exact=True)).to_be_visible()
    expect(page.get_by_text("second opinion", exact=True)).to_be_visible()
    page.goto(f"/datasets/{dataset}/disagreements?tab=people")
    expect(page.get_by_role("table").get_by_text("desk-rolf")).to_be_visible()
