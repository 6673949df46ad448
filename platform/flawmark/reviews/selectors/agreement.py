"""How often people agree with one another, week by week."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone

from flawmark.datasets.models import Dataset
from flawmark.reviews.models import Disagreement, Review


@dataclass
class WeekOfReviewer:
    """What one person's verdicts of one week (from Monday, UTC) came to when somebody judged again.

    Attributes:
        reviewer: their user name.
        week: the Monday.
        compared: pairs of verdicts on one image of which one is theirs.
        agreed: those that fit together.
        mask_agreement: the mean overlap of the pairs of masks, 0 to 1; None without any.
        upheld: disagreements that a lead settled in their favour.
        overruled: and those settled against them.
    """

    reviewer: str
    week: date
    compared: int = 0
    agreed: int = 0
    upheld: int = 0
    overruled: int = 0
    overlaps: list[float] = field(default_factory=list)

    @property
    def mask_agreement(self) -> float | None:
        return sum(self.overlaps) / len(self.overlaps) if self.overlaps else None


def agreement_of(dataset: Dataset, *, weeks: int) -> list[WeekOfReviewer]:
    """Everybody's agreement in the last weeks, oldest week first. People who were deleted are left out."""
    since = _monday(timezone.now()) - timedelta(weeks=weeks - 1)
    found = _Weeks()
    pairs = Review.objects.filter(
        image__dataset=dataset,
        compared_with__isnull=False,
        undone_at__isnull=True,
        created_at__date__gte=since,
    )
    for review in pairs.select_related("reviewer", "compared_with__reviewer"):
        for side in (review, review.compared_with):
            _count_pair(found.of(side, review.created_at), review)
    settled = Disagreement.objects.filter(image__dataset=dataset, settled_at__date__gte=since)
    for row in settled.select_related("first__reviewer", "second__reviewer"):
        for side in (row.first, row.second):
            _count_settled(found.of(side, row.created_at), side, row)
    return sorted(found.values(), key=lambda week: (week.week, week.reviewer))


class _Weeks(defaultdict[tuple[str, date], WeekOfReviewer]):
    def __missing__(self, key: tuple[str, date]) -> WeekOfReviewer:
        self[key] = WeekOfReviewer(*key)
        return self[key]

    def of(self, review: Review | None, at: datetime) -> WeekOfReviewer | None:
        if review is None or review.reviewer is None:
            return None
        return self[(review.reviewer.username, _monday(at))]


def _count_pair(week: WeekOfReviewer | None, second: Review) -> None:
    if week is None:
        return
    week.compared += 1
    week.agreed += bool(second.agrees)
    if second.mask_agreement is not None:
        week.overlaps.append(second.mask_agreement)


def _count_settled(week: WeekOfReviewer | None, side: Review | None, row: Disagreement) -> None:
    if week is None or side is None:
        return
    if row.settled_in_favour_of_id == side.id:
        week.upheld += 1
    else:
        week.overruled += 1


def _monday(at: datetime) -> date:
    day = at.astimezone(timezone.get_default_timezone()).date()
    return day - timedelta(days=day.weekday())
