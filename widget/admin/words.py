"""What the machine stores, in words for staff."""

from django.utils.translation import gettext_lazy as _

FALLBACKS = {
    "no_key": _("Claude isn't connected"),
    "no_budget": _("the AI budget was used up"),
    "resting": _("Claude had failed several times in a row"),
    "rate_limited": _("too many AI answers in this hour"),
    "timeout": _("Claude took too long"),
    "overloaded": _("Claude was overloaded"),
    "unreachable": _("Claude could not be reached"),
    "rejected": _("Claude refused the request"),
    "invalid_reply": _("Claude's answer was unusable"),
    "refused": _("Claude declined to answer"),
}
HANDOFFS = {
    "keyword": _("one of your words for it was written"),
    "user_request": _("the visitor asked for one"),
    "complaint": _("the visitor complained"),
    "low_confidence": _("two answers in a row were none"),
}
ANSWERED_BY = {
    "ai": _("Answered by Claude"),
    "knowledge": _("Answered from your articles"),
    "human": _("Answered by a colleague"),
}
