"""What the machine stores, in words for staff."""

from django.utils.translation import gettext_lazy as _

from widget.models import Handoff

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
    "hot_lead": _("the visitor is a hot lead"),
    "lapsed": _("the colleague who had it was gone"),
    "taken": _("a colleague came by themselves"),
}
RESOLVED_BY = {  # of widget.services.resolution
    "person": _("By a colleague"),
    "assistant": _("By the assistant alone"),
    "neither": _("By neither"),
}
OUTCOMES = {**dict(Handoff.Outcome.choices), "open": _("Not closed yet")}
ANSWERED_BY = {
    "ai": _("Answered by Claude"),
    "knowledge": _("Answered from your articles"),
    "human": _("Answered by a colleague"),
}
WHY_SILENT = {  # reasons of widget.engine.proactive, and of its replay
    "disabled": _("Speaking first is switched off under “Business and looks”."),
    "mobile_disabled": _("On phones, speaking first is switched off under “Business and looks”."),
    "unknown_trigger": _("There is no such rule."),
    "handed_over": _("They had asked for a person, and are left to that."),
    "conversation": _("They had written within the last five minutes."),
    "dismissed": _("They had waved this message away, or two others lately."),
    "cap": _("They had heard as many messages in this visit as you allow."),
    "weekly_cap": _("They had heard as many messages in a week as you allow."),
    "ignored": _("They had ignored three messages in a row, and hear one a week at most."),
    "already_shown": _("It had been said already, as often as it may be."),
    "not_now": _("It is not between the dates of the rule."),
    "delay": _("The visit had only just begun: nothing is said so early."),
    "cooldown": _("Another message had been said only a moment before."),
    "not_yet": _("Not all that is asked held at the same time."),
    "held_out": _("This visitor is among those who are left alone, to find out whether the message helps."),
    "outdone": _("Another rule with a higher priority spoke at that moment."),
}
