"""Columns of the tenant that bound what visitors may do and what answers may cost, and that weigh scores."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def whole(default: int, label, *, most: int = 1_000_000, least: int = 0, help_text="") -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        label,
        default=default,
        help_text=help_text,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
    )


class Limits(models.Model):
    """How much one visitor address may ask for, and how much a tenant's answers may cost, in microdollars."""

    requests_per_minute = whole(100, _("requests a minute"), least=1)
    messages_per_minute = whole(20, _("messages a minute"), least=1)
    sessions_per_hour = whole(20, _("new conversations an hour"), least=1)
    answers_per_hour = whole(60, _("AI answers an hour"))
    leads_per_hour = whole(10, _("new leads an hour"))
    events_per_session = whole(2000, _("tracked events a conversation"))
    daily_budget_microusd = models.PositiveBigIntegerField(_("AI budget a day"), default=5_000_000)
    monthly_budget_microusd = models.PositiveBigIntegerField(_("AI budget a month"), default=50_000_000)

    class Meta:
        abstract = True


class Weights(models.Model):
    """Most points of each part of the engagement score, and points of each rule of the lead score."""

    engagement_time = whole(40, _("time on page"), most=100)
    engagement_scroll = whole(30, _("scrolling"), most=100)
    engagement_clicks = whole(20, _("clicks"), most=100)
    engagement_visits = whole(10, _("further pages and visits"), most=100)
    score_purchase_intent = whole(30, _("wants to buy"), most=100)
    score_several_pages = whole(10, _("looked at several pages"), most=100)
    score_proactive = whole(15, _("answered a proactive message"), most=100)
    score_email = whole(20, _("gave an e-mail address"), most=100)
    score_phone = whole(25, _("gave a phone number"), most=100)
    score_long_engagement = whole(10, _("stayed for long"), most=100)

    class Meta:
        abstract = True


# Rules of the lead score, as contracts and the ledger name them, and the columns that weigh them.
SCORE_COLUMNS = {
    "purchase_intent": "score_purchase_intent",
    "several_pages": "score_several_pages",
    "engaged_with_proactive": "score_proactive",
    "gave_email": "score_email",
    "gave_phone": "score_phone",
    "long_engagement": "score_long_engagement",
}
