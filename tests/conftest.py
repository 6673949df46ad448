"""Real PostgreSQL and Valkey for the whole test run; none for runs of only the pure library's tests.

The addresses are put into the environment here, while pytest loads this file: before Django reads its
settings, which is why `DJANGO_SETTINGS_MODULE` is set here and not in pyproject.toml.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
from hypothesis import settings
from live_stack import LiveStack, live_stack

from flawmark.embedded.accounts import service_account
from flawmark.embedded.folders import DataFolder
from flawmark.embedded.postgres import Postgres
from flawmark.embedded.valkey import Valkey

_TESTS = Path(__file__).parent
_WITHOUT_SERVERS = {"architecture", "detectors", "e2e", "embedded"}

_data_dir = Path(tempfile.mkdtemp(prefix="flawmark-tests-"))
_data_dir.chmod(0o711)  # PostgreSQL's account walks through it when the tests run as root
(_data_dir / "static").mkdir()  # whitenoise warns without it
_folder = DataFolder(_data_dir, service_account())
_services: list[Postgres | Valkey] = []


def _prepare_environment() -> None:
    if "DATABASE_URL" not in os.environ:
        postgres = Postgres(_folder, durable=False)
        _services.append(postgres)
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        valkey = Valkey(_folder, durable=False)
        _services.append(valkey)
        os.environ["REDIS_URL"] = valkey.url
    os.environ["FLAWMARK_DATA_DIR"] = str(_data_dir)
    os.environ["FLAWMARK_SECRET_KEY"] = _folder.secret_key()
    os.environ["DJANGO_SETTINGS_MODULE"] = "flawmark.config.settings.test"


settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

_prepare_environment()
django.setup()  # before the conftests of sub-folders, which import models


def pytest_unconfigure() -> None:
    """Leave nothing behind, after Ctrl-C too."""
    _folder.remove_run_folder()
    shutil.rmtree(_data_dir, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser tests come last: Playwright's event loop would stay and make Django refuse the database."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)


def _may_need_servers(item: pytest.Item) -> bool:
    relative = item.path.relative_to(_TESTS) if item.path.is_relative_to(_TESTS) else item.path
    return relative.parts[0] not in _WITHOUT_SERVERS


@pytest.fixture(scope="session", autouse=True)
def embedded_services(request: pytest.FixtureRequest) -> Iterator[None]:
    """The servers behind `DATABASE_URL` and `REDIS_URL`; those given from outside are used as they are."""
    with ExitStack() as stack:
        if any(_may_need_servers(item) for item in request.session.items):
            for service in _services:
                stack.callback(service.stop)
                service.start()
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(embedded_services: None) -> None:
    """Order only: Django's test database is made after the server has started."""


@pytest.fixture(scope="session", name="live_stack")
def running_live_stack() -> Iterator[LiveStack]:
    """One whole stack for all tests that ask: supervisor, servers, web, scorer, worker, scheduler."""
    with live_stack() as stack:
        yield stack
