"""The containers keep their promises: few, unprivileged, watched."""

from pathlib import Path
from typing import Any

import pytest
import yaml

_OWN_ROLES = {"web", "scorer", "worker", "beat"}


@pytest.fixture(scope="module")
def services(root: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((root / "docker" / "compose.yaml").read_text())["services"])


def test_at_most_six_services_each_with_a_health_check(services: dict[str, Any]) -> None:
    assert len(services) <= 6
    assert [name for name, service in services.items() if "healthcheck" not in service] == []


def test_own_services_have_no_privileges(root: Path, services: dict[str, Any]) -> None:
    assert set(services) >= _OWN_ROLES
    for role in _OWN_ROLES:
        assert services[role]["cap_drop"] == ["ALL"], role
        assert services[role]["read_only"] is True, role
    users = [
        line for line in (root / "docker" / "Dockerfile").read_text().splitlines() if line.startswith("USER ")
    ]
    assert users == ["USER 10001:10001"]


def test_every_role_can_be_started_and_asked(root: Path) -> None:
    for program in ("start", "healthy"):
        path = root / "docker" / program
        assert path.stat().st_mode & 0o111, program
        text = path.read_text()
        assert [role for role in _OWN_ROLES if role not in text] == [], program


def test_only_databases_and_public_images_are_named(services: dict[str, Any]) -> None:
    """No image comes from a particular registry: whoever runs it decides."""
    images = [service["image"] for service in services.values()]
    names = [image.split(":-", 1)[1] if ":-" in image else image for image in images]
    assert [name for name in names if "." in name.split("/")[0] and "/" in name] == []
