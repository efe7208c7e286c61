"""How far a new business has come with setting itself up, and the questions it tried its assistant with."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.jobs import Job
from tenants.models.sources import Source
from tenants.models.tenant import Tenant
from tenants.querysets import TenantQuerySet


class FirstHour(models.Model):
    """`reached` is the furthest step by now; earlier ones may be looked at again. `proposal` is what its website would
    make of its assistant's looks and words, of the shape that the widget's first hour gives it; None before."""

    class Step(models.IntegerChoices):
        WEBSITE = 1, _("Your website")
        LOOKS = 2, _("How it looks and speaks")
        QUESTIONS = 3, _("Five questions")
        SITE = 4, _("Put it on your site")

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="first_hour")
    reached = models.PositiveSmallIntegerField(choices=Step, default=Step.WEBSITE)
    source = models.ForeignKey(Source, models.SET_NULL, null=True, related_name="+")
    looks_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    questions_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    proposal = models.JSONField(null=True)
    finished_at = models.DateTimeField(null=True)
    put_away_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    def __str__(self):
        return f"{self.tenant_id} at {self.reached}"


class FirstQuestion(models.Model):
    """A question that visitors of such a business would ask, and what they would be told. `sources` are pairs of
    title and address, `buttons` labels; `draft` is the text that comes nearest where none is sure to be the answer,
    and `draft_title` where it stands; `answered_at` is None until it has been asked."""

    class Verdict(models.TextChoices):
        GOOD = "good", _("Good")
        WRITTEN = "written", _("Written anew")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="first_questions")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    answer = models.TextField(blank=True)
    sources = models.JSONField(default=list)
    buttons = models.JSONField(default=list)
    draft = models.TextField(blank=True)
    draft_title = models.CharField(max_length=300, blank=True)
    is_answered = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "position"], name="first_question_place")]

    def __str__(self):
        return self.text
