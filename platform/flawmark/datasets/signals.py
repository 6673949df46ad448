"""What higher apps may listen to. All are sent after the commit, by keyword."""

from django.dispatch import Signal

# dataset: Dataset, image_ids: list[UUID]; new images, not yet scored by anything.
images_added = Signal()

# dataset: Dataset, image_ids: list[UUID]; label, split, quarantine or mask changed outside a review.
images_changed = Signal()
