"""Where knowledge is read from: sites, pages, files, pasted texts; the pages found there, and what they said last."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from tenants.models.tenant import Tenant
from tenants.querysets import TenantQuerySet

MOST_FILE_BYTES = 10 * 1024 * 1024
MOST_PAGES = 2_000
MOST_CHARACTERS = 100_000  # of a pasted text


class Source(models.Model):
    """Something that articles are made from, and made from again when it has changed.

    `round` counts the readings; a page of an older round than its source's was not met in the last one.
    """

    class Kind(models.TextChoices):
        SITE = "site", _("A whole site")
        SITEMAP = "sitemap", _("The pages of a sitemap")
        PAGE = "page", _("One page")
        FILE = "file", _("A file")
        TEXT = "text", _("A text that I paste")

    class State(models.TextChoices):
        NEW = "new", _("Not read yet")
        READING = "reading", _("Being read")
        READ = "read", _("Read")
        FAILED = "failed", _("Could not be read")

    class Every(models.IntegerChoices):
        NEVER = 0, _("Only when I say so")
        DAY = 1, _("Every day")
        WEEK = 7, _("Every week")
        MONTH = 30, _("Every month")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="sources", verbose_name=_("business"))
    kind = models.CharField(_("what to read"), max_length=10, choices=Kind, default=Kind.SITE)
    name = models.CharField(_("name"), max_length=200, blank=True)
    address = models.CharField(
        _("address"), max_length=1000, blank=True, help_text=_("Such as https://www.example.com/help.")
    )
    include = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("only pages that begin with"),
        default=list,
        blank=True,
        size=20,
        help_text=_("One a line, such as /help. Leave empty for all pages."),
    )
    exclude = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("not pages that begin with"),
        default=list,
        blank=True,
        size=20,
        help_text=_("One a line, such as /blog."),
    )
    most_pages = models.PositiveIntegerField(
        _("most pages"), default=200, validators=[MinValueValidator(1), MaxValueValidator(MOST_PAGES)]
    )
    most_depth = models.PositiveSmallIntegerField(
        _("links to follow in a row"),
        default=3,
        validators=[MaxValueValidator(10)],
        help_text=_("0 reads the address alone, 1 also what it links to, and so on."),
    )
    reads_hidden = models.BooleanField(
        _("also pages that are hidden from search engines"),
        default=False,
        help_text=_("Those marked noindex, such as carts and thank-you pages, but also sites that are not open yet."),
    )
    category = models.CharField(_("category of its articles"), max_length=80, blank=True)
    is_reviewed = models.BooleanField(
        _("I look at the texts first"),
        default=False,
        help_text=_("New and changed texts are used in answers only when you have agreed to them."),
    )
    every_days = models.PositiveSmallIntegerField(_("read again"), choices=Every, default=Every.NEVER)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW, editable=False)
    message = models.CharField(max_length=300, blank=True, editable=False)
    round = models.PositiveIntegerField(default=0, editable=False)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)  # when it is read again by itself
    job = models.ForeignKey("tenants.Job", models.SET_NULL, null=True, editable=False, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        indexes = [
            models.Index(fields=["tenant", "-created_at"]),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="source_due"),
        ]

    def __str__(self):
        return self.name or self.address

    @property
    def is_kept_here(self) -> bool:
        """Whether what it says is with us, uploaded or pasted, and not at an address."""
        return self.kind in (self.Kind.FILE, self.Kind.TEXT)

    @property
    def is_being_read(self) -> bool:
        """False as well where the reading was cancelled, or given up after faults of ours."""
        return self.state == self.State.READING and self.job is not None and self.job.is_open

    def next_due_at(self, now):
        """When to read it again by itself; None for never."""
        return now + timedelta(days=self.every_days) if self.every_days and not self.is_kept_here else None


class SourceFile(models.Model):
    """The bytes of an uploaded file, at most 10 MB, or of a pasted text."""

    source = models.OneToOneField(Source, models.CASCADE, related_name="file")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100, blank=True)
    size_bytes = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    models.Func("content", function="octet_length", output_field=models.IntegerField()),
                    MOST_FILE_BYTES,
                ),
                name="source_file_small",
            ),
        ]

    def __str__(self):
        return self.name


class SourcePage(models.Model):
    """A page of a source, or its file: whether it could be read, and what it said.

    `texts` are the articles that the last reading made of it, and wait in it until the whole source has been read;
    `digest` is of those that its articles were last made of.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READ = "read", _("Read")
        UNCHANGED = "unchanged", _("As before")
        SKIPPED = "skipped", _("Left out")
        FAILED = "failed", _("Not read")
        GONE = "gone", _("Gone")

    WELL = (State.READ, State.UNCHANGED)

    source = models.ForeignKey(Source, models.CASCADE, related_name="pages")
    address = models.CharField(_("address"), max_length=1000)
    depth = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveIntegerField(default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    title = models.CharField(max_length=300, blank=True)
    texts = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    links = models.JSONField(default=list)
    read_at = models.DateTimeField(_("last read"), null=True)

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        constraints = [models.UniqueConstraint(fields=["source", "address"], name="source_page_once")]
        indexes = [models.Index(fields=["source", "round", "state", "id"])]

    def __str__(self):
        return self.address
