"""Pictures of every screen for the documentation: `make screenshots`.

Starts a stack of its own with code-made surfaces, walks through the screens in Debian's Chromium, and
writes `docs/screenshots/*.webp`.
"""

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from e2e.show_dataset import Api, dataset_import, queue_wait, run_start, wait_until
from live_stack import live_stack
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).parents[2] / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
VIEW = {"width": 1440, "height": 900}
QUALITY = 90
SETTLE_MS = 700


@dataclass(frozen=True)
class Camera:
    """Takes pictures of one tab."""

    page: Page
    url: str
    out: Path

    def visit(self, path: str, heading: str) -> None:
        """Open a page and wait until its heading stands and nothing loads any more."""
        self.page.goto(self.url + path)
        self.page.get_by_role("heading", level=1, name=heading).wait_for()
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_function("document.querySelectorAll('[aria-busy=true]').length === 0")
        self.page.wait_for_timeout(SETTLE_MS)

    def take(self, name: str) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        picture = Image.open(io.BytesIO(self.page.screenshot()))
        picture.convert("RGB").save(self.out / f"{name}.webp", quality=QUALITY)


def sign_in(camera: Camera, username: str, password: str) -> None:
    page = camera.page
    camera.visit("/sign-in", "Flawmark")
    camera.take("sign-in")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/datasets")


def team_pages(camera: Camera) -> None:
    camera.visit("/datasets", "Datasets")
    camera.take("datasets")
    camera.page.get_by_role("button", name="Signed in as").click()
    camera.page.get_by_role("menuitem", name="Light theme").click()
    camera.settle()
    camera.take("datasets-light")
    camera.page.get_by_role("button", name="Signed in as").click()
    camera.page.get_by_role("menuitem", name="Dark theme").click()
    camera.visit("/jobs", "Jobs")
    camera.take("jobs")
    camera.visit("/team", "")
    camera.take("team")
    camera.visit("/audit", "Audit")
    camera.take("audit")


def images_page(camera: Camera, base: str) -> None:
    page = camera.page
    camera.visit(f"{base}/images", "Images")
    grid = page.get_by_role("listbox", name="Images")
    grid.get_by_role("option").nth(3).click()
    grid.get_by_role("option").nth(8).click(modifiers=["Shift"])
    camera.settle()
    camera.take("images")


def import_pages(camera: Camera, base: str) -> None:
    camera.visit(f"{base}/import", "Import")
    camera.take("import")
    camera.page.get_by_role("link", name="Zip archive").last.click()
    camera.page.get_by_text("train/good/notes.txt").wait_for()
    camera.settle()
    camera.take("import-refused")


def model_pages(camera: Camera, base: str) -> None:
    page = camera.page
    camera.visit(f"{base}/models", "Models")
    for number in (1, 2):
        page.get_by_label(f"Choose model {number} for comparison").check()
    camera.take("models")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="Images that change band").wait_for()
    camera.settle()
    camera.take("compare")


def policy_page(camera: Camera, base: str) -> None:
    page = camera.page
    camera.visit(f"{base}/policies", "Policies")
    page.get_by_role("button", name="New policy").first.click()
    page.get_by_label("Name").fill("Every night")
    page.get_by_label("Schedule").fill("0 2 * * 1-5")
    page.get_by_role("dialog").get_by_text("Next:").wait_for()
    camera.settle()
    camera.take("policy-form")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("article", name="Every night").first.wait_for()
    camera.settle()
    camera.take("policies")


def review_page(camera: Camera, base: str) -> None:
    camera.page.goto(f"{camera.url}{base}/review")
    camera.page.get_by_test_id("canvas").wait_for()
    camera.page.wait_for_timeout(3 * SETTLE_MS)
    camera.take("review")


def tour(camera: Camera, api: Api) -> None:
    """Every screen, in the order in which a newcomer meets them."""
    with tempfile.TemporaryDirectory(prefix="flawmark-surfaces-") as folder:
        base = f"/datasets/{(dataset_id := dataset_import(api, Path(folder)))}"
    import_pages(camera, base)
    camera.visit(f"{base}/train", "Train")
    camera.take("train")
    first = run_start(api, dataset_id)
    camera.visit(f"{base}/train/{first['id']}", first["job"]["title"])
    wait_until(lambda: api.get(f"jobs/{first['job']['id']}/")["fraction"] > 0.1, "progress of the run")
    camera.settle()
    camera.take("run")
    api.wait_for_job(first["job"]["id"])
    second = run_start(api, dataset_id, image_size=160, coreset_fraction=0.02)
    api.wait_for_job(second["job"]["id"])
    queue_wait(api, dataset_id)
    camera.visit(base, "Gravel belt")
    camera.take("overview")
    for pages in (images_page, model_pages, policy_page, review_page):
        step: Callable[[Camera, str], None] = pages
        step(camera, base)
    team_pages(camera)


def photograph(browser: Browser, url: str, username: str, password: str, out: Path = OUT) -> None:
    """Sign in, fill the stack at `url`, and take every picture."""
    context = browser.new_context(viewport=VIEW)  # type: ignore[arg-type]
    camera = Camera(context.new_page(), url, out)
    sign_in(camera, username, password)
    tour(camera, Api(context, url))


def main() -> None:
    with sync_playwright() as playwright, live_stack() as stack:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        photograph(browser, stack.url, stack.admin_username, stack.admin_password)
        browser.close()


if __name__ == "__main__":
    main()
