"""Where a key may stand besides the header: a page view costs no preflight, and a closing page can still speak."""

from caty.lib.bodies import BoundedRequest
from tenants.authentication import ApiKeyAuthentication


class KeyInQuery(ApiKeyAuthentication):
    """`?key=`, where X-API-Key is missing."""

    def find_key(self, request: BoundedRequest) -> str:
        return super().find_key(request) or request.query_params.get("key", "")


class KeyInBody(ApiKeyAuthentication):
    """`api_key` in the JSON body, where X-API-Key is missing. Raises MalformedBody and PayloadTooLarge."""

    def find_key(self, request: BoundedRequest) -> str:
        sent = super().find_key(request) or request.data.get("api_key")
        return sent if isinstance(sent, str) else ""
