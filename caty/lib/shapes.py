"""Shapes of requests: strict types, unknown fields ignored, failures told with the dotted path of their field."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from caty.lib.errors import CatyError

MOST_DETAILS = 20
SENTENCES = {
    "missing": "This field is required.",
    "string_type": "Must be text.",
    "string_too_short": "Must have at least {min_length} character(s).",
    "string_too_long": "Must have at most {max_length} characters.",
    "int_type": "Must be a whole number.",
    "float_type": "Must be a number.",
    "bool_type": "Must be true or false.",
    "list_type": "Must be a list.",
    "dict_type": "Must be an object.",
    "model_type": "Must be an object.",
    "too_long": "Must have at most {max_length} entries.",
    "greater_than_equal": "Must be at least {ge}.",
    "less_than_equal": "Must be at most {le}.",
}


class ValidationFailed(CatyError):
    message = "Some fields are not as expected."


class Shape(BaseModel):
    """A request, or an object in one. A number is no text here, and text is no number."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


ShapeType = TypeVar("ShapeType", bound=Shape)


def read_shape(shape: type[ShapeType], body: dict) -> ShapeType:
    """The body as a `shape`; raises ValidationFailed with at most 20 details."""
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        failures = error.errors(include_url=False, include_input=False)[:MOST_DETAILS]
        raise ValidationFailed(details=[_detail(failure) for failure in failures]) from None


def _detail(failure: dict) -> dict:
    sentence = SENTENCES.get(failure["type"])
    return {
        "field": ".".join(str(step) for step in failure["loc"]),
        "error": sentence.format(**failure.get("ctx", {})) if sentence else failure["msg"],
    }
