"""What several browser tests do first: a dataset by the button, and files through the import page."""

import re
from pathlib import Path

from e2e.people import Person
from playwright.sync_api import expect


def create_dataset(person: Person, name: str) -> str:
    page = person.page
    page.get_by_role("button", name="New dataset").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_url("**/import")
    found = re.search(r"/datasets/([0-9a-f-]{36})/import", page.url)
    assert found
    return found.group(1)


def upload(person: Person, files: list[Path], count: int) -> None:
    """Send files through the page and see all of them imported."""
    page = person.page
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("Choose files", exact=True).set_input_files(files)
    page.wait_for_url(re.compile(r"/import/[0-9a-f-]{36}$"))
    expect(page.get_by_text(f"{count} imported")).to_be_visible()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.get_by_text("0 refused")).to_be_visible()
