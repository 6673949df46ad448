"""Generate: read the sources, make pictures, say what speaks against them, keep them as candidates."""

import io
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from PIL import Image as PillowImage

from detectors.images import ImageArray
from flawmark.core.blobs import blob_store
from flawmark.core.jobs import JobRun
from flawmark.datasets.models import Image
from flawmark.datasets.services.pixels import image_facts
from flawmark.generation.models import CandidateNormal, GenerationRun
from flawmark.generation.services.judging import Nearest, champion_scores, nearest_real
from flawmark.generation.services.options import config_of
from flawmark.generation.services.sources import relatives_of
from flawmark.generation.services.watching import GenerationRunWatcher
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.selectors import champion_of
from flawmark.training.services.checkpoints import checkpoints_kept, checkpoints_of
from flawmark.training.services.compute import torch_threads_set
from flawmark.training.services.scored import Lazy

GENERATE_SHARE, JUDGE_SHARE, STORE_SHARE = 0.9, 0.95, 0.99


def generation_run_execute(job_run: JobRun) -> dict[str, Any]:
    """The work of a `generation.generate` job. A run that already has its candidates is not repeated."""
    run = GenerationRun.objects.select_related("dataset__team").get(job_id=job_run.job.id)
    if run.candidates.exists():
        return {"candidates": run.candidates.count()}
    with checkpoints_kept(run, refused="generator_refused", resumable=True):
        count = _generate(job_run, run)
    return {"candidates": count}


def _generate(job_run: JobRun, run: GenerationRun) -> int:
    torch_threads_set(settings.TRAINING_THREADS)
    from detectors.generation.run import generate_normals

    sources = list(run.sources.select_related("blob", "dataset").order_by("sha256"))
    relatives = relatives_of(run.dataset, sources)
    watcher = GenerationRunWatcher(run, job_run)
    made = generate_normals(
        Lazy(sources, image_pixels),
        config_of(run.options, seed=run.seed, count=run.count),
        keyword=run.keyword,
        # A prompt that came of words is found again with them, by a process that takes the run up.
        prompt=None if run.words else run.prompt or None,
        names=[source.filename for source in sources],
        relatives=Lazy(relatives, image_pixels),
        progress=lambda fraction, message: job_run.progress(GENERATE_SHARE * fraction, message),
        watcher=watcher,
        checkpoints=checkpoints_of(run),
    )
    watcher.write()
    pictures = [one.pixels for one in made.pictures]
    job_run.progress(GENERATE_SHARE, "Looking for the nearest real images")
    nearest, copy_distance = nearest_real(sources, pictures)
    job_run.progress(JUDGE_SHARE, "Asking the champion")
    champion = champion_of(run.dataset)
    scores = champion_scores(champion, pictures, job_run)
    run.copy_distance, run.judged_by = copy_distance, champion
    run.warnings = list(made.warnings)
    candidates = [
        _candidate(run, position, *parts)
        for position, parts in enumerate(
            zip(pictures, (_provenance(one.provenance, sources) for one in made.pictures), nearest, scores,
                strict=True)
        )
    ]  # fmt: skip
    job_run.progress(STORE_SHARE, f"Made {len(candidates)} candidates")
    _store(watcher, run, candidates)
    return len(candidates)


def _provenance(provenance: dict[str, Any], sources: Sequence[Image]) -> dict[str, Any]:
    """The library names a source by its number; here its image is named as well."""
    return provenance | {"source_image": str(sources[provenance["source"]["index"]].id)}


def _candidate(
    run: GenerationRun,
    position: int,
    picture: ImageArray,
    provenance: dict[str, Any],
    nearest: Nearest,
    image_score: float | None,
) -> CandidateNormal:
    team_id = run.dataset.team_id
    content = _png(picture)
    facts = image_facts(content, filename=f"{position}.png")
    return CandidateNormal(
        run=run,
        position=position,
        picture=blob_store(team_id=team_id, content=content, media_type="image/png"),
        thumbnail=blob_store(team_id=team_id, content=facts.thumbnail_jpeg, media_type="image/jpeg"),
        provenance=provenance,
        nearest_image_id=nearest.image_id,
        nearest_distance=nearest.distance,
        is_copy=nearest.is_within(run.copy_distance),
        image_score=image_score,
    )


@transaction.atomic
def _store(watcher: GenerationRunWatcher, run: GenerationRun, candidates: list[CandidateNormal]) -> None:
    """All candidates or none, and only while this process owns the run."""
    watcher.lock_owned()
    run.save(update_fields=["copy_distance", "judged_by", "warnings", "updated_at"])
    CandidateNormal.objects.bulk_create(candidates)


def _png(picture: ImageArray) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture).save(stream, "PNG")
    return stream.getvalue()
