"""The job behind a report: measure what is new, work out the findings, store them all at once."""

from typing import Any

from django.db import transaction

from detectors.pool.duplicates import find_duplicates
from detectors.pool.modes import Modes, find_modes
from flawmark.core.errors import NotFound
from flawmark.core.jobs import JobRun
from flawmark.curation.models import Finding, FindingImage, PoolHealthReport
from flawmark.curation.selectors import pool_images
from flawmark.curation.services import judging
from flawmark.curation.services.judging import Draft
from flawmark.curation.services.mapping import map_store, maps_discard
from flawmark.curation.services.measuring import Report, images_measure
from flawmark.curation.services.pools import PoolArrays, pool_arrays
from flawmark.curation.services.suspecting import defect_drafts, suspect_draft

BATCH = 1_000
# How much of a report each step takes, where all images are new: (from, to).
MEASURING, SUSPECTING = (0.0, 0.7), (0.8, 0.95)


def health_execute(run: JobRun) -> dict[str, Any]:
    """Fill a report. Running it again replaces what it held.

    Raises:
        NotFound: the report is gone.
    """
    reports = PoolHealthReport.objects.select_related(
        "dataset__team", "model_version__dataset_version__dataset"
    )
    report = reports.filter(id=run.payload["report"]).first()
    if report is None:
        raise NotFound("The report that was to be filled is gone.")
    measured = images_measure(images=pool_images(report.dataset), progress=_part(run, *MEASURING))
    run.progress(MEASURING[1], "Looking for near-duplicates")
    pool = pool_arrays(report.dataset)
    duplicates = find_duplicates(pool.pixel_hashes, pool.perceptual_hashes, pool.fingerprints, pool.vectors)
    run.progress(0.75, "Looking for modes")
    modes = None if pool.vectors is None else find_modes(pool.vectors, duplicates.labels)
    run.progress(SUSPECTING[0], "Looking for mislabelled images")
    suspected, suspicion = suspect_draft(
        pool=pool, duplicates=duplicates, model=report.model_version, progress=_part(run, *SUSPECTING)
    )
    run.progress(SUSPECTING[1], "Writing the report")
    balance = judging.balance_figures(pool)
    copies = judging.captured_copies(pool, duplicates)
    drafts = [
        *([suspected] if suspected else []),
        *defect_drafts(report.model_version),
        *judging.duplicate_findings(pool, copies),
        *(judging.mode_findings(pool, modes) if modes else []),
        *judging.quality_findings(pool),
        *judging.metadata_findings(pool, balance),
        *judging.gap_findings(pool),
    ]
    report.figures = _figures(report, pool, [len(members) for _, members in copies], modes) | {
        "balance": balance, "time": judging.time_figures(pool), "suspicion": suspicion, "measured": measured,
    }  # fmt: skip
    _store(report, pool, modes, drafts)
    return {"findings": len(drafts), "images": len(pool), "measured": measured}


def _part(run: JobRun, start: float, end: float) -> Report:
    return lambda fraction, message: run.progress(start + (end - start) * fraction, message)


def _figures(
    report: PoolHealthReport, pool: PoolArrays, copies: list[int], modes: Modes | None
) -> dict[str, Any]:
    asked = pool_images(report.dataset).count()
    return {
        "images": len(pool),
        "unreadable": max(asked - len(pool), 0),
        "duplicate_groups": len(copies),
        "duplicate_images": sum(count - 1 for count in copies),
        "modes": None
        if modes is None
        else {"sizes": modes.sizes.tolist(), "evenness": round(modes.evenness, 4)},
    }


@transaction.atomic
def _store(report: PoolHealthReport, pool: PoolArrays, modes: Modes | None, drafts: list[Draft]) -> None:
    report.findings.all().delete()
    replaced = report.map
    report.map = map_store(report=report, pool=pool, modes=modes)
    report.save(update_fields=["figures", "map", "updated_at"])
    maps_discard(report=report, replaced=replaced)
    findings = [
        Finding(
            report=report,
            kind=draft.kind,
            severity=max(0.0, min(1.0, draft.severity)),
            figures=draft.figures,
            image_count=len(draft.pictures),
        )
        for draft in drafts
    ]
    Finding.objects.bulk_create(findings, batch_size=BATCH)
    FindingImage.objects.bulk_create(
        [
            FindingImage(finding=finding, image_id=image_id, rank=rank, figures=figures)
            for finding, draft in zip(findings, drafts, strict=True)
            for rank, (image_id, figures) in enumerate(draft.pictures)
        ],
        batch_size=BATCH,
    )
