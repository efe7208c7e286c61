"""Every request gets an id of ours."""

from django.http import HttpRequest, HttpResponse

from caty.lib import logs
from caty.lib.ids import new_public_id


class RequestIdMiddleware:
    """Sets `request.id`, the log's context and `X-Request-Id`. A caller's own id is not taken over."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = new_public_id("req")
        token = logs.request_id.set(request.id)
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-Id"] = request.id
        return response
