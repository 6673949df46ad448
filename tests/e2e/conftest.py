"""Debian's Chromium before the real stack: supervisor, servers, web, scorer, worker, scheduler."""

from typing import Any

import pytest
from e2e.people import Person
from live_stack import LiveStack
from playwright.sync_api import Browser, expect

CHROMIUM = "/usr/bin/chromium"
# WebGL2 in software: the machine that tests may have no graphics card.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(autouse=True)
def patience() -> None:
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def admin(browser: Browser, live_stack: LiveStack) -> Any:
    """The owner of the first team, signed in through the page."""
    person = Person.sign_in(browser, live_stack, live_stack.admin_username, live_stack.admin_password)
    yield person
    person.leave()
