"""JSON Schemas of kinds: checked when they are set, compiled once, never fetched from elsewhere.

Draft 2020-12 unless `$schema` names another one (4, 6, 7, 2019-09). `format` is checked, and patterns are those of a
linear engine (no look-around, no back references), so that neither a pattern nor a value can hang us.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Any, cast

import jsonschema_rs
import orjson
from mediaclay_kernel.errors import BadUserInput, LimitExceeded

from mediaclay_structure.kinds.growth import EmbeddedResource, Multiplies, check_growth

SCHEMA_BYTES = 64 * 1024
VIOLATIONS = 20
"""How many violations of one node are named."""
MESSAGE_CHARACTERS = 200
COMPILED = 256

_PATTERNS = jsonschema_rs.RegexOptions()
Validator = jsonschema_rs.Validator
Violation = dict[str, str]


def check_schema(schema: Any) -> str:
    """The schema as JSON. Raises `BadUserInput` with the pointer to what is wrong, and `LimitExceeded`."""
    if not isinstance(schema, dict):
        raise BadUserInput("The schema must be a JSON object.", pointer="")
    try:
        text = orjson.dumps(schema)
    except TypeError as error:
        raise BadUserInput(f"The schema is not JSON: {error}", pointer="") from None
    if len(text) > SCHEMA_BYTES:
        raise LimitExceeded(f"A schema takes at most {SCHEMA_BYTES // 1024} KB.", limit=SCHEMA_BYTES)
    if b"\\u0000" in text:
        raise BadUserInput("The schema holds a NUL character, which PostgreSQL can't keep.", pointer="")
    _compile(cast("dict[str, Any]", schema))
    try:
        check_growth(orjson.loads(text))  # each part told apart, as it counts them by their identity
    except EmbeddedResource:
        raise BadUserInput("Only the schema as a whole may have an $id.", pointer="") from None
    except (Multiplies, RecursionError):
        raise BadUserInput("The schema's references multiply: a value would be looked at too often.",
                           pointer="") from None  # fmt: skip
    return text.decode()


@lru_cache(COMPILED)
def compiled(schema: str) -> Validator:
    """The validator of a schema that was checked when it was set, by its JSON."""
    return _compile(orjson.loads(schema))


def _compile(schema: dict[str, Any]) -> Validator:
    try:
        return jsonschema_rs.validator_for(schema, pattern_options=_PATTERNS, validate_formats=True, offline=True)
    except jsonschema_rs.ValidationError as error:
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Referencing):
            raise BadUserInput(
                f"The schema refers to what is not in it, and nothing is fetched: {_short(error.message)}", pointer=""
            ) from None
        at = pointer(error.instance_path)
        raise BadUserInput(f"The schema is not valid at {at or 'its top'}: {_short(error.message)}",
                           pointer=at) from None  # fmt: skip
    except ValueError as error:  # nested deeper than it can follow
        raise BadUserInput(f"The schema can't be used: {error}.", pointer="") from None


def violations(validator: Validator, properties: Any) -> list[Violation]:
    """What of the properties does not fit: `pointer` (RFC 6901) and `message`; the first 20, [] where all fits."""
    try:
        if validator.is_valid(properties):
            return []
        found = islice(validator.iter_errors(properties), VIOLATIONS)
        return [{"pointer": pointer(error.instance_path), "message": _short(error.message)} for error in found]
    except ValueError as error:  # nested deeper than it can follow
        return [{"pointer": "", "message": _short(str(error))}]


def pointer(path: list[str | int]) -> str:
    """A path as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _short(message: str) -> str:
    return message if len(message) <= MESSAGE_CHARACTERS else message[: MESSAGE_CHARACTERS - 1] + "…"
