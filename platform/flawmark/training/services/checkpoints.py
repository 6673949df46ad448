"""What a long run keeps on this machine's disk to go on after its process was killed.

A run that another machine takes up finds nothing there and starts anew.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError

from detectors.errors import DetectorError
from detectors.watching import Checkpoints
from flawmark.core.errors import InvalidInput
from flawmark.core.jobs.runtime import JobCancelled, JobLost
from flawmark.core.models import Job, JobState, Record

RESUMABLE_FOR_S = 24 * 3600.0
"""So long the folder of a run that somebody stopped is left for whoever resumes it."""

_RESUMABLE = "resumable"


def checkpoints_of(run: Record) -> Checkpoints:
    """The run's own folder."""
    return Checkpoints(_folder(run), settings.TRAINING_CHECKPOINT_INTERVAL_S)


@contextmanager
def checkpoints_kept(run: Record, *, refused: str, resumable: bool = False) -> Iterator[None]:
    """Keep what a killed process leaves for the next one to go on from; throw it away once the run has ended.

    Args:
        run: whose folder it is.
        refused: code of the error where a detector or generator refuses what it was given.
        resumable: whether a cancelled run may be resumed, and so keeps its folder for a day.

    Raises:
        InvalidInput: in place of a `DetectorError`.
    """
    checkpoints_sweep()
    try:
        yield
    except (JobLost, OperationalError, InterfaceError):
        raise  # The run has not ended: another process takes it up.
    except DetectorError as error:
        checkpoints_discard(run)
        raise InvalidInput(str(error), code=refused) from error
    except BaseException as error:
        end = checkpoints_leave if resumable and isinstance(error, JobCancelled) else checkpoints_discard
        end(run)
        raise
    checkpoints_discard(run)


def checkpoints_discard(run: Record) -> None:
    """Throw the run's folder away."""
    shutil.rmtree(_folder(run), ignore_errors=True)


def checkpoints_leave(run: Record) -> None:
    """Keep the folder of a run that was stopped, for a day: it may be resumed."""
    if (folder := _folder(run)).is_dir():
        (folder / _RESUMABLE).touch()


def checkpoints_sweep() -> None:
    """Throw away what runs left that ended without a process of their own, as by a cancel in the queue."""
    folders = {path.name: path for path in Path(settings.TRAINING_CHECKPOINT_DIR).glob("*")}
    # A run is the subject of its job, whatever kind of run it is.
    alive = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING], subject_id__isnull=False)
    for name in set(folders) - {str(run_id) for run_id in alive.values_list("subject_id", flat=True)}:
        if not _is_resumable(folders[name]):
            shutil.rmtree(folders[name], ignore_errors=True)


def _is_resumable(folder: Path) -> bool:
    try:
        return time.time() - (folder / _RESUMABLE).stat().st_mtime < RESUMABLE_FOR_S
    except FileNotFoundError:
        return False


def _folder(run: Record) -> Path:
    return Path(settings.TRAINING_CHECKPOINT_DIR) / str(run.id)
