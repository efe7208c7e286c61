"""What CRMs with access tokens have in common: asking for a token, and carrying it until it is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from leads.connectors.api import Api, Reply
from leads.connectors.base import Failed, Form, Misconfigured, Outcome, Rejected, TryLater
from leads.connectors.tokens import Token

BUSY_SECONDS = 600
BUSY = ("too many requests", "rate exceeded")


class SharedAccess:
    """What `Api` takes as `authorise`: a token that workers share, and a newer one once it was refused.

    `take` gives the token; called with `refused=` a token's value it gives another one. Raises what `take` raises.
    """

    def __init__(self, scheme: str, take: Callable[..., Token]):
        self._scheme, self._take = scheme, take
        self.token = take()

    def __call__(self, *, is_renewed: bool = False) -> dict[str, str]:
        if is_renewed:
            self.token = self._take(refused=self.token.value)
        return {"Authorization": f"{self._scheme} {self.token.value}"}


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """What a token endpoint (RFC 6749) of the CRM `name` is sent.

    `meanings` says in words what its error codes mean for whoever entered the credentials.
    """

    name: str
    address: str
    form: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)


def ask_for_token(request: TokenRequest, *, settings: Form, now: datetime) -> Reply:
    """The answer, with an `access_token` in it; some endpoints refuse with status 200.

    Raises Failed, whose outcome has no part of the answer, since tokens may stand in that.
    """

    def judge(reply: Reply) -> Outcome | None:
        return _refusal(reply, request)

    url, _slash, last = request.address.rpartition("/")
    api = Api(url, name=request.name, settings=settings, now=now, authorise=lambda: dict(request.headers), judge=judge)
    try:
        reply = api.call("POST", last, body=request.form, is_repeatable=True)
        if reply.pick("access_token"):
            return reply
        raise Failed(judge(reply) or TryLater(reason=_("%s gave no access token.") % request.name, status=reply.status))
    except Failed as failure:
        outcome = failure.outcome
        if isinstance(outcome, Rejected):
            # What is refused here is no lead, but all of them.
            outcome = Misconfigured(reason=outcome.reason, status=outcome.status)
        raise Failed(replace(outcome, answer="")) from None


def _refusal(reply: Reply, request: TokenRequest) -> Outcome | None:
    code, told = str(reply.pick("error", default="")), str(reply.pick("error_description", default=""))
    if not code or reply.status >= 500:
        return None
    if any(words in told.lower() for words in BUSY):
        reason = _("%s asks us to wait before we sign in again.") % request.name
        return TryLater(reason=reason, retry_after_seconds=BUSY_SECONDS, status=reply.status)
    meaning = request.meanings.get(code) or (told or code).rstrip(".")
    reason = _("%(name)s does not accept our credentials: %(meaning)s.") % {"name": request.name, "meaning": meaning}
    return Misconfigured(reason=reason, status=reply.status)
