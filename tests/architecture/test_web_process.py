"""The web process stays small and quick to start: it never imports the machine learning libraries."""

import os
import subprocess
import sys
from pathlib import Path

_HEAVY = ("torch", "torchvision", "timm", "faiss", "open_clip")

_PROGRAM = """
import sys
import flawmark.config.asgi
from django.urls import URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

def visit(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            visit(pattern.url_patterns)
        else:
            pattern.callback

visit(get_resolver().url_patterns)
SchemaGenerator().get_schema(request=None, public=True)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_the_web_process_never_imports_torch(root: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "flawmark.config.settings.prod",
        "FLAWMARK_SECRET_KEY": "only for this test",
    }
    finished = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    loaded = set(finished.stdout.splitlines()[-1].split())
    assert "django" in loaded
    assert loaded.intersection(_HEAVY) == set()
