"""Findings about a pool, worked out from its arrays; nothing is written here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np

from detectors.pool.coverage import find_gaps
from detectors.pool.duplicates import DuplicateGroup, Duplicates
from detectors.pool.modes import Modes, evenness_of
from detectors.pool.outliers import outliers_of
from flawmark.curation.models import FindingKind
from flawmark.curation.services.pools import PoolArrays

# The smallest deviations that count: 0.05 in log10 of a ratio, one grey value, 0.5 %.
QUALITY_FLOORS = {"sharpness": 0.05, "brightness": 1 / 255, "clipped_share": 0.005}
QUALITY_SIDES = {"sharpness": "low", "brightness": "both", "clipped_share": "high"}
# An attribute with more values than this share of the images says nothing about balance.
MOST_VALUES_SHARE = 0.25
UNEVEN_BELOW = 0.8
RARE_BELOW = 0.25
MAX_PICTURES = 1_000
MAX_GROUPS = 2_000


@dataclass(frozen=True)
class Draft:
    """A finding before it is stored; `pictures` are image ids with what was found about each, in order."""

    kind: FindingKind
    severity: float
    figures: dict[str, Any]
    pictures: list[tuple[UUID, dict[str, Any]]] = field(default_factory=list)


def captured_copies(pool: PoolArrays, found: Duplicates) -> list[tuple[DuplicateGroup, list[int]]]:
    """Groups with their captured members, where there are two of these or more.

    A generated image is like its source by intent: somebody approved it.
    """
    groups = [
        (group, [member for member in group.members if pool.is_captured[member]]) for group in found.groups
    ]
    return [(group, members) for group, members in groups if len(members) > 1]


def duplicate_findings(pool: PoolArrays, copies: list[tuple[DuplicateGroup, list[int]]]) -> list[Draft]:
    """One finding for each group, the largest first."""
    return [
        Draft(
            kind=FindingKind.NEAR_DUPLICATES,
            severity=min(1.0, (len(members) - 1) / max(len(pool), 1) * 10),
            figures={"exact": group.is_exact, "likeness": round(min(group.likeness, 1.0), 4)},
            pictures=[(pool.image_ids[member], {}) for member in members],
        )
        for group, members in copies[:MAX_GROUPS]
    ]


def mode_findings(pool: PoolArrays, modes: Modes) -> list[Draft]:
    """One finding for each small mode; modes are numbered from 1, the largest first."""
    assert pool.vectors is not None
    drafts = []
    for mode in modes.small:
        members = np.flatnonzero(modes.labels == mode)
        centre = pool.vectors[members].mean(axis=0)
        order = members[np.argsort(-(pool.vectors[members] @ centre), kind="stable")]
        size = len(members)
        drafts.append(
            Draft(
                kind=FindingKind.SMALL_MODE,
                severity=1 - size * len(modes.sizes) / len(pool),
                figures={"mode": mode + 1, "images": size, "pool": len(pool), "modes": len(modes.sizes)},
                pictures=[(pool.image_ids[place], {}) for place in order[:MAX_PICTURES]],
            )
        )
    return drafts


def quality_findings(pool: PoolArrays) -> list[Draft]:
    """One finding for each measurement that has outliers."""
    drafts = []
    for name, floor in QUALITY_FLOORS.items():
        values = getattr(pool, name)
        found = outliers_of(values, floor, QUALITY_SIDES[name])
        if found:
            drafts.append(
                Draft(
                    kind=FindingKind.QUALITY_OUTLIER,
                    severity=len(found) / len(pool),
                    figures={"measure": name, "median": round(float(np.median(values)), 4)},
                    pictures=[
                        (pool.image_ids[one.position], {"value": round(one.value, 4), "z": round(one.z, 1)})
                        for one in found[:MAX_PICTURES]
                    ],
                )
            )
    return drafts


def balance_figures(pool: PoolArrays) -> dict[str, dict[str, Any]]:
    """Of each attribute: evenness, its values with their images (the 20 commonest), how many are unknown."""
    figures = {}
    for name, values in pool.attributes.items():
        counts = Counter(value for value in values if value is not None)
        figures[name] = {
            "evenness": round(evenness_of(np.array(list(counts.values()))), 4),
            "values": len(counts),
            "counts": dict(counts.most_common(20)),
            "unknown": values.count(None),
        }
    return figures


def metadata_findings(pool: PoolArrays, figures: Mapping[str, Mapping[str, Any]]) -> list[Draft]:
    """Values of an uneven attribute that have less than a quarter of an even share."""
    drafts = []
    for name, values in pool.attributes.items():
        known = [value for value in values if value is not None]
        counts = Counter(known)
        if len(counts) < 2 or len(counts) > max(2, MOST_VALUES_SHARE * len(known)):
            continue
        rare = {
            value: count for value, count in counts.items() if count < RARE_BELOW * len(known) / len(counts)
        }
        if rare and figures[name]["evenness"] < UNEVEN_BELOW:
            places = [place for place, value in enumerate(values) if value in rare]
            drafts.append(
                Draft(
                    kind=FindingKind.UNEVEN_METADATA,
                    severity=1 - figures[name]["evenness"],
                    figures={"attribute": name, "evenness": figures[name]["evenness"], "rare": rare},
                    pictures=[
                        (pool.image_ids[place], {"value": values[place]}) for place in places[:MAX_PICTURES]
                    ],
                )
            )
    return drafts


def gap_findings(pool: PoolArrays) -> list[Draft]:
    """Stretches of time without a picture, with the pictures before and after."""
    drafts = []
    for gap in find_gaps(pool.taken_at)[:20]:
        before, after = pool.taken_at[gap.before], pool.taken_at[gap.after]
        assert before is not None and after is not None
        drafts.append(
            Draft(
                kind=FindingKind.COVERAGE_GAP,
                severity=min(1.0, gap.days / 365),
                figures={
                    "from": before.isoformat(), "until": after.isoformat(), "days": gap.days,
                    "typical_days": gap.typical_days,
                },
                pictures=[(pool.image_ids[gap.before], {}), (pool.image_ids[gap.after], {})],
            )
        )  # fmt: skip
    return drafts


def time_figures(pool: PoolArrays) -> dict[str, Any]:
    """Pictures by month, and how many have no known time."""
    known = [moment for moment in pool.taken_at if moment is not None]
    months = Counter(f"{moment:%Y-%m}" for moment in known)
    return {"by_month": dict(sorted(months.items())), "unknown": len(pool) - len(known)}
