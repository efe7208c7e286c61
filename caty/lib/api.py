"""The API's envelope: every error under /api/ leaves in one shape, whoever raised it."""

import json
import logging

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer as DRFJSONRenderer
from rest_framework.utils.mediatypes import media_type_matches

from caty.lib.errors import CatyError, NotFound, Unavailable

log = logging.getLogger(__name__)
PREFIX = "/api/"


class MethodNotAllowed(CatyError):
    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = "This address does not take that method."


class PayloadTooLarge(CatyError):
    status = 413
    code = "PAYLOAD_TOO_LARGE"
    message = "The body is too large."


class UnsupportedMediaType(CatyError):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "Send JSON, with Content-Type: application/json."


class ServerError(CatyError):
    status = 500
    code = "SERVER_ERROR"
    message = "Something went wrong on our side. Try again shortly."


# What Django and DRF refuse by themselves, by the status they answer with.
BY_STATUS = {error.status: error for error in (NotFound, MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType)}


def error_answer(error: CatyError, request: HttpRequest) -> HttpResponse:
    """The error as `{success, error, code, request_id, details?}` with its status, and Retry-After where it has one."""
    body = {
        "success": False,
        "error": str(error.message),
        "code": error.code,
        "request_id": getattr(request, "id", ""),
    }
    if error.details:
        body["details"] = error.details
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, default=str), status=error.status, content_type="application/json"
    )
    if error.retry_after is not None:
        response["Retry-After"] = str(max(1, error.retry_after))
    return response


def handle_exception(error: Exception, context: dict) -> HttpResponse | None:
    """DRF's exception handler. None for what nobody expected: Django logs that and answers 500."""
    expected = as_expected(error)
    if expected is None:
        return None
    view, request = context["view"], context["request"]
    response = error_answer(expected, request)
    if expected.status == 401:
        response["WWW-Authenticate"] = view.get_authenticate_header(request) or "Api-Key"
    if expected.status == 405:
        response["Allow"] = ", ".join(view.allowed_methods)
    return response


def as_expected(error: Exception) -> CatyError | None:
    """The failure that callers are told of; None for what nobody expected."""
    if isinstance(error, CatyError):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, APIException):
        return _of_status(error.status_code)
    if isinstance(error, OperationalError | InterfaceError):
        # No connection to be had: the database is down, or the pool stayed empty for its whole time-out.
        log.warning("api.database_unavailable reason=%s", type(error).__name__)
        return Unavailable(retry_after=1)
    return None


def _of_status(status: int) -> CatyError:
    if status in BY_STATUS:
        return BY_STATUS[status]()
    return CatyError() if status < 500 else ServerError()


class EnvelopeMiddleware:
    """Under /api/: one trailing slash is tolerated, errors that Django renders as a page leave in the envelope, and
    nothing is cached that does not say so itself."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not f"{request.path_info}/".startswith(PREFIX):
            return self.get_response(request)
        request.path_info = request.path_info.removesuffix("/")
        response = self.get_response(request)
        if response.status_code >= 400 and response.headers.get("Content-Type") != "application/json":
            response = _in_envelope(response, request)
        response.headers.setdefault("Cache-Control", "no-store")
        _forget_language(response)
        return response


def _in_envelope(page: HttpResponse, request: HttpRequest) -> HttpResponse:
    response = error_answer(_of_status(page.status_code), request)
    if "Allow" in page.headers:
        response["Allow"] = page.headers["Allow"]
    response._has_been_logged = getattr(page, "_has_been_logged", False)  # Django's own mark: once is enough
    return response


def _forget_language(response: HttpResponse) -> None:
    """An answer of the API depends on the tenant's language, never on the browser's, as LocaleMiddleware supposes."""
    told = response.headers.get("Vary", "")
    if "Accept-Language" not in told:
        return
    others = [name for name in told.split(", ") if name != "Accept-Language"]
    if others:
        response.headers["Vary"] = ", ".join(others)
    else:
        del response.headers["Vary"]


class JSONRenderer(DRFJSONRenderer):
    charset = None


class OneRendererNegotiation(BaseContentNegotiation):
    """The view says what it answers; an Accept header that names something else is no error.

    A request without Content-Type is read as the view's first parser would.
    """

    def select_parser(self, request, parsers):
        if not request.content_type:
            return parsers[0]
        return next((one for one in parsers if media_type_matches(one.media_type, request.content_type)), None)

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type
