"""Jobs of datasets."""

from typing import Any

from flawmark.core.jobs import JobRun, job_task
from flawmark.datasets.models import Export, Import
from flawmark.datasets.services.exports import export_run
from flawmark.datasets.services.imports import import_run


@job_task("datasets.import", queue="io")
def import_images(run: JobRun) -> dict[str, Any]:
    """Import one delivery; resumes by itself."""
    delivery = Import.objects.select_related("dataset__team", "created_by").get(id=run.payload["import"])
    return dict(import_run(delivery=delivery, progress=run.progress))


@job_task("datasets.export", queue="io")
def export_version(run: JobRun) -> dict[str, Any]:
    """Write one dataset version out as a zip."""
    export = Export.objects.select_related("version__dataset__team").get(id=run.payload["export"])
    return export_run(export=export, progress=run.progress)
