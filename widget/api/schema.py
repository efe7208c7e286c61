"""The API described as OpenAPI 3.1: what drf-spectacular can't read off the views."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from pydantic.json_schema import model_json_schema

from caty.lib.shapes import Shape
from widget.api import answers, examples, requests, streaming
from widget.api.config_answer import ConfigAnswer

ERRORS = {
    400: "VALIDATION_ERROR: the body is not as described; `details` say where.",
    401: "MISSING_API_KEY, or INVALID_API_KEY where it is unknown or revoked.",
    403: "ORIGIN_NOT_ALLOWED: the key may not be used on this site.",
    404: "NOT_FOUND: the conversation has ended, is unknown, or is somebody else's. Start one and send again.",
    405: "METHOD_NOT_ALLOWED: this address takes another method.",
    409: "IDEMPOTENCY_CONFLICT: the same key came before with something else.",
    413: "PAYLOAD_TOO_LARGE: more than 256 kB, or 64 kB for `track`, or 5 MB for `attachment`.",
    415: "UNSUPPORTED_MEDIA_TYPE: the body is not sent as JSON, or, for `attachment`, as a form.",
    429: "RATE_LIMITED: too many requests; `Retry-After` says how many seconds to wait.",
    500: "SERVER_ERROR: something went wrong on our side.",
    503: "UNAVAILABLE: try again after `Retry-After` seconds.",
}
ALWAYS = (401, 403, 405, 429, 500, 503)
WITH_BODY = (400, 413, 415)
KEY_IN_BODY = "Also taken as `text/plain`, with the key as `api_key` in the JSON, which spares browsers a preflight."
EVENTS = (
    "With `Accept: text/event-stream` the answer comes while it is being written: `delta` events with "
    '`{"content": "…"}`, then `done` with the plain answer, which replaces them, or `error`. Lines that begin with a '
    "colon keep the connection awake."
)
KEY_IN_HEADER = [{"ApiKey": []}]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a reader should know of one endpoint. `errors` are statuses beyond those every endpoint has."""

    summary: str
    answer: type[answers.Answer]
    asked: type[Shape] | None = None
    errors: tuple[int, ...] = ()
    parameters: tuple[OpenApiParameter, ...] = ()
    others: dict = field(default_factory=dict)
    key_elsewhere: str = ""
    is_form: bool = False  # sent as a form with a file
    stream: str = ""  # what the event stream tells, where one may be asked for

    @property
    def description(self) -> str:
        """The shape's own sentence, where else the key may stand, and what comes as a stream."""
        sentences = ((self.asked or self.answer).__doc__, self.key_elsewhere, self.stream)
        return " ".join(text for text in sentences if text)


def header(name: str, description: str, **kwargs) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, **kwargs)


def counter(name: str, description: str, response) -> OpenApiParameter:
    return OpenApiParameter(name, int, OpenApiParameter.HEADER, description=description, response=response)


EVERYWHERE = (
    header("X-Request-Id", "Our name for this request.", response=True),
    counter("RateLimit-Limit", "Requests a minute.", [200]),
    counter("RateLimit-Remaining", "How many are left.", [200]),
    counter("RateLimit-Reset", "Seconds until all are there again.", [200]),
    counter("Retry-After", "Seconds to wait before the next try.", [429, 503]),
)
OPERATIONS = {
    "config": Operation(
        summary="Get the widget's configuration",
        answer=ConfigAnswer,
        parameters=(
            OpenApiParameter("key", str, description="The API key, in place of the header; spares a preflight."),
            OpenApiParameter("lang", str, description="The visitor's language, BCP 47; see `texts`."),
            header("If-None-Match", "The ETag of the configuration at hand."),
            header("ETag", "Names this version of the configuration.", response=[200, 304]),
        ),
        others={304: OpenApiResponse(description="The configuration at hand is still the current one.")},
        key_elsewhere="The key may also stand in the address, as `?key=`.",
    ),
    "session": Operation(
        summary="Start or find the conversation",
        asked=requests.SessionRequest,
        answer=answers.SessionAnswer,
        key_elsewhere=KEY_IN_BODY,
    ),
    "message": Operation(
        summary="Send a message and get the answer",
        asked=requests.MessageRequest,
        answer=answers.MessageAnswer,
        errors=(404, 409),
        stream=EVENTS,
    ),
    "messages": Operation(
        summary="Get the conversation so far, or wait for what comes next",
        asked=requests.MessagesRequest,
        answer=answers.MessagesAnswer,
        errors=(404,),
    ),
    "track": Operation(
        summary="Tell what the visitor does",
        asked=requests.TrackRequest,
        answer=answers.TrackAnswer,
        errors=(404,),
        key_elsewhere=KEY_IN_BODY,
    ),
    "proactive": Operation(
        summary="Get a proactive message",
        asked=requests.ProactiveRequest,
        answer=answers.ProactiveAnswer,
        errors=(404,),
    ),
    "dismiss": Operation(
        summary="Tell that a proactive message was closed",
        asked=requests.DismissRequest,
        answer=answers.DoneAnswer,
        errors=(404,),
    ),
    "lead": Operation(
        summary="Leave contact details",
        asked=requests.LeadRequest,
        answer=answers.LeadAnswer,
        errors=(404, 409),
        parameters=(
            header("Idempotency-Key", "Up to 200 characters; a repeat under the same key gets the first answer."),
        ),
    ),
    "handoff": Operation(
        summary="Ask for a person", asked=requests.HandoffRequest, answer=answers.HandoffAnswer, errors=(404,)
    ),
    "feedback": Operation(
        summary="Tell whether an answer helped",
        asked=requests.FeedbackRequest,
        answer=answers.DoneAnswer,
        errors=(404,),
    ),
    "consent": Operation(
        summary="Tell whether the visitor agrees to be tracked",
        asked=requests.ConsentRequest,
        answer=answers.DoneAnswer,
        errors=(404,),
    ),
    "typing": Operation(
        summary="Tell that the visitor is writing",
        asked=requests.TypingRequest,
        answer=answers.DoneAnswer,
        errors=(404,),
    ),
    "attachment": Operation(
        summary="Upload a picture or PDF",
        asked=requests.AttachmentRequest,
        answer=answers.AttachmentAnswer,
        errors=(404,),
        is_form=True,
    ),
    "satisfaction": Operation(
        summary="Tell how a talk with a person was",
        asked=requests.SatisfactionRequest,
        answer=answers.DoneAnswer,
        errors=(404,),
    ),
    "transcript": Operation(
        summary="Have the conversation sent by mail",
        asked=requests.TranscriptRequest,
        answer=answers.DoneAnswer,
        errors=(404,),
    ),
    "resume": Operation(
        summary="Go on with a conversation from a mail",
        asked=requests.ResumeRequest,
        answer=answers.SessionAnswer,
        errors=(404,),
    ),
    "end": Operation(
        summary="End the conversation", asked=requests.EndRequest, answer=answers.DoneAnswer, errors=(404,)
    ),
}


def describes(name: str) -> Callable:
    """Decorates a view's method with the description of OPERATIONS under this name."""
    operation = OPERATIONS[name]
    statuses = sorted({*ALWAYS, *operation.errors, *(WITH_BODY if operation.asked else ())})
    errors = {status: OpenApiResponse(answers.ErrorAnswer, description=ERRORS[status]) for status in statuses}
    success = {200: OpenApiResponse(operation.answer, description=operation.answer.__doc__)}
    if operation.stream:
        success |= {(200, streaming.MEDIA_TYPE): OpenApiResponse(str)}
    return extend_schema(
        operation_id=name,
        summary=operation.summary,
        description=operation.description,
        auth=KEY_IN_HEADER if operation.key_elsewhere else None,
        tags=["Widget"],
        request=operation.asked,
        responses={**success, **operation.others, **errors},
        parameters=[*operation.parameters, *EVERYWHERE],
        examples=_examples(name),
    )


def _examples(name: str) -> list[OpenApiExample]:
    asked, answered = examples.REQUESTS.get(name), examples.ANSWERS.get(name)
    found = []
    if asked is not None:
        media_type = "multipart/form-data" if OPERATIONS[name].is_form else "application/json"
        found.append(OpenApiExample(f"{name} request", asked, media_type=media_type, request_only=True))
    if answered is not None:
        told = {"response_only": True, "status_codes": ["200"]}
        found.append(OpenApiExample(f"{name} answer", answered, media_type="application/json", **told))
        if name in examples.STREAMS:
            stream = examples.STREAMS[name]
            found.append(OpenApiExample(f"{name} stream", stream, media_type=streaming.MEDIA_TYPE, **told))
    return found


class ShapeExtension(PydanticExtension):
    """Requests are described as they are read (what has a default may be left out), answers as they are written."""

    priority = 1

    def map_serializer(self, auto_schema, direction):
        mode = "validation" if direction == "request" else "serialization"
        schema = model_json_schema(self.target, ref_template="#/components/schemas/{model}", mode=mode)
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part)
            auto_schema.registry.register_on_missing(component)
        return schema


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "tenants.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "The business's key, `caty_` and 32 characters. It names the business and allows chatting.",
        }


@cache
def rendered_schema() -> bytes:
    """The whole description as JSON; made once a process, since it takes a good part of a second."""
    return json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str).encode()


@require_GET
def schema(request: HttpRequest) -> HttpResponse:
    """The description itself, for programs."""
    return HttpResponse(
        rendered_schema(), content_type="application/json", headers={"Cache-Control": "public, max-age=300"}
    )
