"""Reading imports."""

from django.db.models import Count

from flawmark.datasets.models import Import, ItemOutcome


def outcome_counts(delivery: Import) -> dict[str, int]:
    """How many files were imported, duplicate and refused."""
    rows = delivery.items.order_by().values_list("outcome").annotate(Count("id"))
    return dict.fromkeys(ItemOutcome.values, 0) | dict(rows)
