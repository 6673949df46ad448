"""Which real normals a generation learns from."""

from collections.abc import Sequence
from uuid import UUID

from flawmark.core.errors import InvalidInput
from flawmark.curation.models import Finding
from flawmark.datasets.models import Dataset, Image
from flawmark.generation.selectors import real_normals

MOST_RELATIVES = 16
SIXTEEN_BIT_COLOUR = "Colour images of 16 bits a channel cannot be generated from; choose others."


def sources_choose(
    *, dataset: Dataset, image_ids: Sequence[UUID] | None = None, finding: Finding | None = None
) -> list[Image]:
    """The images named, else those of the finding, else all real normals of the training split.

    Raises:
        InvalidInput: a named image may not be learnt from, none is left, or some have 16 bits in colour.
    """
    chosen = real_normals(dataset)
    if image_ids is not None:
        chosen = chosen.filter(id__in=image_ids)
        refused = len(set(image_ids)) - chosen.count()
        if refused:
            raise InvalidInput(
                f"{refused} of these images cannot be generated from: only real normal images of the "
                "training split can, and none in quarantine.",
                field="images",
                code="not_real_normals",
            )
    elif finding is not None:
        chosen = chosen.filter(id__in=finding.pictures.values("image"))
    images = list(chosen.order_by("sha256"))
    if not images:
        raise InvalidInput(
            "There is no real normal image of the training split to generate from.",
            field="finding" if finding else "images",
            code="no_normals",
        )
    if any(image.bit_depth > 8 and image.channels > 1 for image in images):
        raise InvalidInput(SIXTEEN_BIT_COLOUR, field="images", code="sixteen_bit_colour")
    return images


def relatives_of(dataset: Dataset, sources: Sequence[Image]) -> list[Image]:
    """Some other real normals of the dataset, of the sources' size: they show what all its images share."""
    first = sources[0]
    others = real_normals(dataset).exclude(id__in=[source.id for source in sources])
    alike = others.filter(
        width_px=first.width_px, height_px=first.height_px, channels=first.channels, bit_depth=first.bit_depth
    )
    return list(alike.select_related("blob", "dataset").order_by("sha256")[:MOST_RELATIVES])
