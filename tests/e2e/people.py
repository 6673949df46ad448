"""A person at a browser: signs in through the page, and asks the API with the same session."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from live_stack import LiveStack
from playwright.sync_api import Browser, BrowserContext, Page

POLL_S = 0.5


@dataclass
class Person:
    """One browser profile with its session; `page` is its one tab."""

    context: BrowserContext
    page: Page
    url: str

    @classmethod
    def sign_in(cls, browser: Browser, stack: LiveStack, username: str, password: str) -> "Person":
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=stack.url)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.goto("/")
        page.get_by_label("User name").fill(username)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/datasets")
        return cls(context, page, stack.url)

    def leave(self) -> None:
        self.context.close()

    def get(self, path: str, **query: Any) -> Any:
        """What the API answers to a GET; it must succeed."""
        response = self.context.request.get(f"/api/v1/{path}", params=query)
        assert response.ok, f"{path}: {response.status} {response.text()}"
        return response.json()

    def status_of(self, path: str) -> int:
        return self.context.request.get(f"/api/v1/{path}").status

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        """What the API answers to a POST; it must succeed."""
        token = next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "csrftoken")
        headers = {"X-CSRFToken": token, "Referer": self.url, **headers}
        response = self.context.request.post(f"/api/v1/{path}", data=body, headers=headers)
        assert response.ok, f"{path}: {response.status} {response.text()}"
        return response.json()


def wait_until(
    holds: Callable[[], Any], what: str, *, timeout_s: float = 120.0, poll_s: float = POLL_S
) -> Any:
    """Ask again and again until the answer is true, and return it."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if answer := holds():
            return answer
        time.sleep(poll_s)
    raise AssertionError(f"After {timeout_s:.0f} s still not so: {what}")
