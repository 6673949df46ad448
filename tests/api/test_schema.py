"""What the schema says of headers and errors is what the handlers do."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator


@pytest.fixture(scope="module")
def paths() -> Any:
    return SchemaGenerator().get_schema(public=True)["paths"]


def names(operation: dict[str, Any], place: str) -> set[str]:
    return {one["name"] for one in operation.get("parameters", []) if one["in"] == place}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("patch", "datasets/{id}/", {"If-Match"}),
        ("post", "models/{id}/promote/", {"If-Match"}),
        ("post", "annotations/", {"If-Match", "Idempotency-Key"}),
        ("post", "predict/", {"Idempotency-Key"}),
        ("post", "training-runs/", {"Idempotency-Key"}),
        ("post", "review-tasks/lease/", set()),
        ("get", "datasets/", set()),
    ],
)
def test_an_operation_declares_the_headers_it_reads(
    paths: Any, method: str, path: str, headers: set[str]
) -> None:
    assert names(paths[f"/api/v1/{path}"][method], "header") == headers


def test_every_operation_may_answer_with_a_problem(paths: Any) -> None:
    for operations in paths.values():
        for operation in operations.values():
            (schema,) = operation["responses"]["default"]["content"].values()
            assert schema == {"schema": {"$ref": "#/components/schemas/Problem"}}


def test_only_reads_are_filtered_and_paged(paths: Any) -> None:
    tasks = paths["/api/v1/review-tasks/"]
    assert {"dataset", "band", "cursor"} <= names(tasks["get"], "query")
    assert names(tasks["post"], "query") == set()
