"""Losses and example pictures of a running fit, kept where people can see them."""

import io
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.watching import FitWatcher
from flawmark.core.blobs import blob_store
from flawmark.core.jobs.runtime import JobRun
from flawmark.training.models import TrainingRun, TrainingStrip
from flawmark.training.services.curves import RunCurves, every_second

MOST_STRIPS = 12
"""Kept of each stage; beyond it every second one goes, so that the whole course stays visible."""


class RunWatcher(FitWatcher):
    """Writes what a fit tells into its run. Every write counts only while the attempt owns the job."""

    def __init__(self, run: TrainingRun, job_run: JobRun) -> None:
        self._run, self._curves = run, RunCurves(run, job_run)

    def losses(self, stage: str, step: int, values: Mapping[str, float]) -> None:
        """Append a point; written about once a second, and by `write`."""
        self._curves.add(stage, step, values)

    def pictures(self, stage: str, step: int, strip: npt.NDArray[np.uint8]) -> None:
        """Keep a strip as a PNG."""
        self._curves.check_owned()
        stream = io.BytesIO()
        Image.fromarray(strip).save(stream, "PNG")
        team_id = self._run.dataset.team_id
        picture = blob_store(team_id=team_id, content=stream.getvalue(), media_type="image/png")
        strips = TrainingStrip.objects.filter(run=self._run, stage=stage)
        strips.filter(step__gte=step).delete()
        TrainingStrip.objects.create(run=self._run, stage=stage, step=step, picture=picture)
        kept = list(strips.order_by("step"))
        if len(kept) > MOST_STRIPS:
            spared = {one.id for one in every_second(kept)}
            strips.exclude(id__in=spared).delete()

    def write(self) -> None:
        """Write the points that are still unwritten. Raises JobLost if another process owns the run."""
        self._curves.write()
