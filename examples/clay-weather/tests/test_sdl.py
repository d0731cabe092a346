"""The checked-in schema is what clients were promised."""

# ruff: noqa: D103  (the name of a test is its sentence)

from pathlib import Path

from clay_weather.schema import schema


def test_the_schema_is_as_checked_in() -> None:
    answer = schema.execute_sync("{ _service { sdl } }")
    assert answer.data is not None
    golden = Path(__file__).parents[1] / "schema.graphql"
    assert answer.data["_service"]["sdl"].strip() + "\n" == golden.read_text()
