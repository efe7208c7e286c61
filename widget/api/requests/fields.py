"""Fields that several requests have, and what is made of what comes in them."""

from typing import Annotated, Any

from django.core.files.uploadedfile import UploadedFile
from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from widget.pages import LONGEST, without_secrets

LONGEST_SCALAR = 1000
BIGGEST = 2**31 - 1


def at_most(longest: int) -> AfterValidator:
    """Cut what is only noted: a page with a very long address may still chat."""
    return AfterValidator(lambda text: text[:longest] if text is not None else None)


def capped(most: int) -> AfterValidator:
    return AfterValidator(lambda number: None if number is None else int(min(number, most)))


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise PydanticCustomError("scalar", "Must be text, a number, true or false.")
    if isinstance(value, str) and len(value) > LONGEST_SCALAR:
        raise PydanticCustomError("scalar_too_long", "Must have at most 1000 characters.")
    return value


def upload(value: Any) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise PydanticCustomError("file", "Must be a file.")
    return value


def _harmless(url: str | None) -> str | None:
    """Addresses of pages may hold what opens a door or names a person: nothing of that is kept."""
    return None if url is None else without_secrets(url)


SessionId = Annotated[str, Field(max_length=100, description="The id that `session` gave.")]
Url = Annotated[str | None, Field(max_length=8000), AfterValidator(_harmless), at_most(LONGEST)]
Title = Annotated[str | None, Field(max_length=2000), at_most(300)]
AttachmentId = Annotated[str, Field(max_length=100)]
ApiKey = Annotated[
    str | None,
    Field(max_length=200, description="The API key, where the body is sent as text/plain and no header can be set."),
]
Scalar = Annotated[Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
Total = Annotated[float | None, Field(ge=0), capped(BIGGEST)]
