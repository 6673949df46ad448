"""Words, losses and best sets of a running generation, kept where people can see them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.generation.watching import GenerationWatcher
from flawmark.core.blobs import blob_store
from flawmark.core.jobs.runtime import JobLost, JobRun
from flawmark.generation.models import GenerationRun, GenerationSheet
from flawmark.training.services.curves import RunCurves

if TYPE_CHECKING:
    from detectors.generation.prompts import ScoredWord

STAGE = "generator"
SHEET_PICTURES, SHEET_COLUMNS, SHEET_SIDE_PX = 12, 6, 128

Pixels = npt.NDArray[np.uint8]


class GenerationRunWatcher(GenerationWatcher):
    """Writes what a generation tells into its run. Every write counts only while the attempt owns the job.

    A generation that was killed tells some iterations again: what was told of them before is replaced.
    """

    def __init__(self, run: GenerationRun, job_run: JobRun) -> None:
        self._run, self._curves = run, RunCurves(run, job_run)
        self._iterations: list[dict[str, object]] = list(run.iterations)

    def words(self, scored: Sequence["ScoredWord"], warnings: Sequence[str]) -> None:
        """Keep the candidate words and what a person should know of the keyword."""
        chosen = [word.prompt for word in scored if word.status == "chosen"]
        self._curves.write(
            words=[asdict(word) for word in scored],
            warnings=list(warnings),
            prompt=chosen[0] if chosen else self._run.prompt,
        )

    def losses(self, step: int, steps: int, losses: Mapping[str, float]) -> None:
        """Append a point of the generator's training."""
        self._curves.add(STAGE, step, losses)

    def iteration(self, index: int, score: float, best: bool, pictures: Sequence[Pixels]) -> None:
        """Keep a set's score, and where it is the best until now, how it looks."""
        self._iterations = [one for one in self._iterations if int(str(one["index"])) < index]
        self._iterations.append({"index": index, "score": score, "best": best})
        self._curves.write(iterations=self._iterations)
        sheets = GenerationSheet.objects.filter(run=self._run)
        sheets.filter(iteration__gte=index).delete()
        if best:
            team_id = self._run.dataset.team_id
            picture = blob_store(team_id=team_id, content=_sheet_png(pictures), media_type="image/png")
            GenerationSheet.objects.create(run=self._run, iteration=index, picture=picture)

    def write(self) -> None:
        """Write the points that are still unwritten. Raises JobLost if another process owns the run."""
        self._curves.write()

    def lock_owned(self) -> None:
        """Keep the run this attempt's until the transaction ends. Raises JobLost if it is not any more."""
        if not self._curves.owned().select_for_update().exists():
            raise JobLost


def _sheet_png(pictures: Sequence[Pixels]) -> bytes:
    """The first pictures in rows, each within a square."""
    shown = pictures[:SHEET_PICTURES]
    columns = min(len(shown), SHEET_COLUMNS)
    rows = -(-len(shown) // SHEET_COLUMNS)
    # What the last row leaves free shows the page behind it.
    sheet = Image.new("RGBA", (max(columns, 1) * SHEET_SIDE_PX, max(rows, 1) * SHEET_SIDE_PX), (0, 0, 0, 0))
    for number, pixels in enumerate(shown):
        picture = Image.fromarray(pixels).convert("RGB")
        picture.thumbnail((SHEET_SIDE_PX, SHEET_SIDE_PX))
        row, column = divmod(number, SHEET_COLUMNS)
        sheet.paste(picture, (column * SHEET_SIDE_PX, row * SHEET_SIDE_PX))
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    return stream.getvalue()
