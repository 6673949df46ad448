"""Health of large pools: the product's own job on a database of its own, with everything already measured.

`python tests/bench/health_growth.py COUNT` is one size in a process of its own; it prints JSON.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__)
SIDE_PX, DIMENSION = 128, 224
COPIES, SMALL_MODE, TEXTURES = 0.1, 0.03, 64


@contextmanager
def own_servers() -> Iterator[dict[str, str]]:
    """The environment of a database and a Valkey that live as long as this."""
    from flawmark.embedded.accounts import service_account
    from flawmark.embedded.folders import DataFolder
    from flawmark.embedded.postgres import Postgres
    from flawmark.embedded.valkey import Valkey

    path = Path(tempfile.mkdtemp(prefix="flawmark-bench-"))
    path.chmod(0o711)
    folder = DataFolder(path, service_account())
    services = [Postgres(folder, durable=False), Valkey(folder, durable=False)]
    try:
        for service in services:
            service.start()
        yield os.environ | {
            "DATABASE_URL": services[0].url,
            "REDIS_URL": services[1].url,
            "FLAWMARK_DATA_DIR": str(path),
            "FLAWMARK_SECRET_KEY": folder.secret_key(),
            "DJANGO_SETTINGS_MODULE": "flawmark.config.settings.test",
            "PYTHONPATH": str(HERE.parents[2] / "platform") + os.pathsep + str(HERE.parents[2]),
        }
    finally:
        for service in reversed(services):
            service.stop()
        folder.remove_run_folder()
        shutil.rmtree(path, ignore_errors=True)


def measured(count: int, environment: dict[str, str]) -> dict[str, Any]:
    """Make a pool of `count` images, untimed, then its report in a fresh process."""
    made = _python("make", count, environment)
    return _python("look", count, environment | {"BENCH_DATASET": made["dataset"]})


def migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=environment, check=True
    )


def _python(step: str, count: int, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, str(HERE), step, str(count)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def vectors_of(count: int, random: np.random.Generator) -> np.ndarray:
    """Embeddings of one broad mode, a small one, and copies at the end."""
    base = random.normal(0, 1, DIMENSION)
    vectors = base + random.normal(0, 0.25, (count, DIMENSION))
    vectors[: int(SMALL_MODE * count)] += random.normal(0, 0.5, DIMENSION)
    copies = int(COPIES * count)
    vectors[-copies:] = vectors[:copies] + random.normal(0, 0.002, (copies, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def pictures_of(count: int, random: np.random.Generator) -> np.ndarray:
    """Pictures of one product: a few patterns that all share, details of their own, copies at the end."""
    shared = random.integers(60, 180, (TEXTURES, SIDE_PX, SIDE_PX), dtype=np.uint8)
    own = random.integers(0, 60, (count, SIDE_PX // 4, SIDE_PX // 4), dtype=np.uint8)
    pictures = np.repeat(np.repeat(own, 4, axis=1), 4, axis=2)
    pictures += shared[np.arange(count) % TEXTURES] // 2
    copies = int(COPIES * count)
    pictures[-copies:] = np.clip(pictures[:copies].astype(np.int16) + 10, 0, 255)
    return pictures


def make(count: int) -> dict[str, Any]:
    """Store everything that measuring and scoring leave behind."""
    import django

    django.setup()
    from health_pool import store_pool

    random = np.random.default_rng(count)
    return {"dataset": store_pool(count, vectors_of(count, random), pictures_of(count, random), random)}


def look(_count: int) -> dict[str, Any]:
    """Make the report and time it."""
    import django

    django.setup()
    from health_pool import run_report

    started, cpu_started = time.perf_counter(), time.process_time()
    figures = run_report(os.environ["BENCH_DATASET"])
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mb": peak_mb, **figures}


if __name__ == "__main__":
    print(json.dumps({"make": make, "look": look}[sys.argv[1]](int(sys.argv[2]))))
