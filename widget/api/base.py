"""What all endpoints share: who calls, from where, how often, and in what shape."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.views import APIView

from caty.lib import throttling
from caty.lib.bodies import BoundedRequest, StrictJSONParser
from caty.lib.shapes import ShapeType, read_shape
from tenants.authentication import ApiKeyAuthentication
from widget.api.answers import Answer
from widget.api.permissions import OriginAllowed
from widget.contracts import Caller
from widget.limits import MINUTE, address_window


def answer(body: Answer) -> HttpResponse:
    """A success: status 200 and the answer as JSON."""
    return HttpResponse(body.model_dump_json(), content_type="application/json")


class WidgetView(APIView):
    """An endpoint of the widget: key, origin and number of requests are checked before the method runs.

    `max_body_bytes` bounds the body before it is parsed.
    """

    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [OriginAllowed]
    parser_classes = [StrictJSONParser]
    max_body_bytes = settings.MAX_BODY_BYTES
    default_response_headers = {}
    allowance = None

    def initialize_request(self, request: HttpRequest, *args, **kwargs) -> BoundedRequest:
        return BoundedRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def check_throttles(self, request: BoundedRequest) -> None:
        """Spend one request of this tenant and address; raises RateLimited."""
        config = request.user.config
        self.caller = Caller(address=request.user.address, is_server=not request.user.has_origin)
        self.allowance = throttling.spend(
            address_window(
                config, self.caller, scope="requests", limit=config.limits.requests_per_minute, seconds=MINUTE
            )
        )
        if not self.allowance.is_allowed:
            raise throttling.RateLimited(retry_after=self.allowance.reset_seconds)

    def finalize_response(self, request, response: HttpResponse, *args, **kwargs) -> HttpResponse:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.allowance is not None:
            response.headers["RateLimit-Limit"] = str(self.allowance.limit)
            response.headers["RateLimit-Remaining"] = str(self.allowance.remaining)
            response.headers["RateLimit-Reset"] = str(self.allowance.reset_seconds)
        return response

    def read(self, shape: type[ShapeType]) -> ShapeType:
        """The body as a `shape`; raises MalformedBody and ValidationFailed."""
        return read_shape(shape, self.request.data)

    @property
    def circumstances(self) -> dict:
        """What every use case wants to know: whose visitor this is, and when."""
        return {"tenant": self.request.user.tenant, "now": timezone.now()}
