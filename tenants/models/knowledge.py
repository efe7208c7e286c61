"""What a business wrote down: articles, the passages they are cut into, and the index built of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.tenant import Tenant
from tenants.querysets import TenantQuerySet


class Article(models.Model):
    """A question with its answer, or a page of text."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question and answer")
        PAGE = "page", _("Page of text")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="articles", verbose_name=_("business"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.QUESTION)
    title = models.CharField(_("question or title"), max_length=300)
    body = models.TextField(_("text"), max_length=100_000)
    url = models.CharField(
        _("address"),
        max_length=1000,
        blank=True,
        help_text=_("The page where visitors can read more. Shown as the source of an answer."),
    )
    category = models.CharField(_("category"), max_length=80, blank=True)
    variants = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("other ways to ask"),
        default=list,
        blank=True,
        size=9,
        help_text=_("Up to nine, one a line."),
    )
    # By language, what a model wrote; what a colleague threw away of it, folded; and the digests of what it was written
    # for (variants.py): wordings of another title are not used.
    written_variants = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), editable=False)
    unwanted_variants = ArrayField(models.CharField(max_length=300), default=list, db_default=[], editable=False)
    variants_digest = models.CharField(max_length=65, blank=True, db_default="", editable=False)
    is_published = models.BooleanField(_("used in answers"), default=True)
    # Where it was read, and what it said there: other words by now are a colleague's, which a later reading keeps.
    page = models.ForeignKey(
        "tenants.SourcePage", models.CASCADE, null=True, editable=False, related_name="articles", verbose_name=_("page")
    )
    part = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    read_digest = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    # What waits for a colleague's word: the article itself, or the text it would get.
    needs_review = models.BooleanField(_("waits for your word"), default=False, db_default=False, editable=False)
    proposed = models.JSONField(null=True, editable=False)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints = [
            models.UniqueConstraint(fields=["page", "part"], name="article_of_page_once", nulls_distinct=True),
            models.CheckConstraint(
                condition=models.Q(proposed__isnull=True) | models.Q(needs_review=True), name="article_proposed_is_told"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-updated_at"]),
            models.Index(fields=["tenant"], condition=models.Q(needs_review=True), name="article_to_review"),
        ]

    def __str__(self):
        return self.title


class VariantProgress(models.Model):
    """How far a model has come with writing other ways to ask for one tenant, up to which `version` of the knowledge.

    `unread` counts articles with wordings that the index has not been told of; `failures` those in a row; before
    `due_at` nothing is tried.
    """

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="variant_progress")
    version = models.PositiveBigIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    def __str__(self):
        return f"{self.tenant_id}@{self.version}"


class Passage(models.Model):
    """A piece of an article that is found and quoted as one. Its primary key gives its reference, p<id>."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="passages")
    article = models.ForeignKey(Article, models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=[("question", "question"), ("chunk", "chunk")])
    question = models.CharField(max_length=300, blank=True)
    variants = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    heading = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=300)
    body = models.TextField()
    url = models.CharField(max_length=1000, blank=True)
    category = models.CharField(max_length=80, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "position"], name="passage_place")]
        indexes = [models.Index(fields=["tenant", "id"])]

    def __str__(self):
        return f"p{self.pk}"


class KnowledgeVectors(models.Model):
    """The meaning of a tenant's passages as vectors, where the installation makes them; written by the worker only.

    `version` is that of the index all of whose passages have one, 0 where some are still missing.
    """

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="knowledge_vectors")
    version = models.PositiveBigIntegerField()
    blob = models.BinaryField(default=bytes)
    made_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    def __str__(self):
        return f"{self.tenant_id}@{self.version}"


class KnowledgeIndex(models.Model):
    """The built index of one tenant's knowledge at `version`, as a blob of arrays; written by the worker only."""

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="knowledge_index")
    version = models.PositiveBigIntegerField()
    blob = models.BinaryField()
    calibration = models.JSONField(default=dict)
    passage_count = models.PositiveIntegerField()
    token_count = models.PositiveIntegerField()
    built_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    def __str__(self):
        return f"{self.tenant_id}@{self.version}"
