"""What visitors asked in vain, kept so that somebody writes it down."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models import Article, Job, Tenant
from tenants.querysets import TenantQuerySet


class UnansweredQuestion(models.Model):
    """A question that was not answered well, kept for staff; the same words are counted, not repeated.

    Like ones are a group: one of them is its head, which is its own `group` and holds what is known of all of them. One
    that nobody has looked at yet has no group.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Answered since")
        IGNORED = "ignored", _("Not ours to answer")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="unanswered_questions")
    fingerprint = models.CharField(max_length=64, editable=False)  # SHA-256 of the folded text
    text = models.CharField(_("question"), max_length=500)
    conversation_reference = models.CharField(_("last conversation"), max_length=40)
    times = models.PositiveIntegerField(_("asked"), default=1)
    unknown_times = models.PositiveIntegerField(default=0, db_default=0)  # knowledge had no answer
    unsure_times = models.PositiveIntegerField(default=0, db_default=0)  # the model gave one it was not sure of
    unhelpful_times = models.PositiveIntegerField(default=0, db_default=0)  # the visitor said it didn't help
    first_asked_at = models.DateTimeField(_("first asked"))
    last_asked_at = models.DateTimeField(_("last asked"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    group = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="wordings")
    # Of a head: the article that is to answer the group, the draft being written, and the version of the index that was
    # last asked whether it does.
    article = models.ForeignKey(Article, models.SET_NULL, null=True, editable=False, related_name="answered_questions")
    draft_job = models.ForeignKey(Job, models.SET_NULL, null=True, editable=False, related_name="+")
    asked_again_version = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("unanswered question")
        verbose_name_plural = _("unanswered questions")
        constraints = [models.UniqueConstraint(fields=["tenant", "fingerprint"], name="unanswered_once")]
        indexes = [
            models.Index(fields=["tenant", "-last_asked_at"]),
            models.Index(fields=["tenant"], condition=Q(group=None), name="question_without_group"),
            models.Index(fields=["tenant"], condition=Q(article__isnull=False), name="question_with_article"),
        ]

    def __str__(self):
        return self.text
