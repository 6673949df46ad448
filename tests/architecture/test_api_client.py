"""The browser's API client is generated from the schema that the server really has."""

import json
from pathlib import Path

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

ROOT = Path(__file__).resolve().parents[2]


def test_the_front_end_knows_the_present_schema() -> None:
    schema = SchemaGenerator().get_schema(public=True)
    served = json.loads(OpenApiJsonRenderer().render(schema, renderer_context={}))
    kept = json.loads((ROOT / "frontend" / "openapi.json").read_text())
    assert kept == served, "run `make api-client`"
