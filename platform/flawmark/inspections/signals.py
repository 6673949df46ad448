"""What the inspections app tells the apps above it, once the transaction has committed, by keyword."""

from django.dispatch import Signal

# model_version: ModelVersion, image_ids: list[UUID]; scored for the first time, or their band changed.
images_scored = Signal()

# model_version: ModelVersion, scores: dict[UUID, float]; training normals that would not pass, leave-one-out.
pool_suspected = Signal()
