"""Who owns what: the tenant, its staff and the sites its widget may stand on."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from caty.lib.ids import PublicIdField
from tenants.models.limits import Limits, Weights
from tenants.querysets import TenantQuerySet
from tenants.texts import code_of


class TenantRows(models.QuerySet):
    def for_staff(self, user):
        """The tenants this person works for; all for the operator."""
        return self if user.is_superuser else self.filter(memberships__user=user)


class Tenant(Limits, Weights):
    """A business. `config_version` and `knowledge_version` grow with every change of what they count."""

    class BusinessType(models.TextChoices):
        ECOMMERCE = "ecommerce", _("Online shop")
        SAAS = "saas", _("Software")
        SERVICES = "services", _("Services")
        OTHER = "other", _("Something else")

    name = models.CharField(_("business name"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    widget_id = PublicIdField(prefix="widget", verbose_name=_("widget id"))
    website = models.URLField(_("website"), max_length=500, blank=True)
    business_type = models.CharField(
        _("kind of business"), max_length=20, choices=BusinessType, default=BusinessType.OTHER
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        default="US",
        help_text=_("Two letters, such as DE. Phone numbers without +… are read as numbers of this country."),
    )
    language = models.CharField(_("language"), max_length=12, default="en")
    languages = ArrayField(
        models.CharField(max_length=12),
        verbose_name=_("visitors also write in"),
        db_default=[],
        default=list,
        blank=True,
        help_text=_("Your own language is always understood."),
    )
    writes_variants = models.BooleanField(
        _("let Claude write other ways to ask"),
        db_default=True,
        default=True,
        help_text=_(
            "For each question of your knowledge, in every language above, so that visitors are understood however "
            "they put it. Costs a fraction of a cent a question, once, and again when you change it."
        ),
    )
    timezone = models.CharField(_("time zone"), max_length=60, default="UTC")
    model = models.CharField(
        _("Claude model"),
        max_length=80,
        blank=True,
        help_text=_("Leave empty for the installation's own choice."),
    )
    fallback_model = models.CharField(
        _("second Claude model"),
        max_length=80,
        blank=True,
        db_default="",
        help_text=_("Asked where the first one is overloaded or away. Leave empty to answer from your texts then."),
    )
    max_output_tokens = models.PositiveIntegerField(_("longest answer in tokens"), default=1024)
    is_active = models.BooleanField(_("active"), default=True)
    config_version = models.PositiveBigIntegerField(default=1, editable=False)
    knowledge_version = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = TenantRows.as_manager()

    class Meta:
        verbose_name = _("business")
        verbose_name_plural = _("businesses")

    def __str__(self):
        return self.name

    @property
    def all_languages(self) -> tuple[str, ...]:
        """The codes of the languages visitors write in, the business's own first."""
        own = code_of(self.language)
        return (own, *(language for language in self.languages if language != own))


class Membership(models.Model):
    """A person's role at a tenant."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        EDITOR = "editor", _("Editor")
        VIEWER = "viewer", _("Viewer")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships", verbose_name=_("business"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    display_name = models.CharField(
        _("name that visitors see"), max_length=60, blank=True, db_default="", default=""
    )  # empty: the first name of their account, else the business's

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("colleague")
        verbose_name_plural = _("colleagues")
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once")]

    def __str__(self):
        return f"{self.user} · {self.get_role_display()}"

    @property
    def staff_name(self) -> str:
        """What colleagues call them. Of `user`."""
        return self.user.get_full_name() or self.user.get_username()

    @property
    def shown_name(self) -> str:
        """What visitors call them; the business's name where they have none. Of `user` and `tenant`."""
        return self.display_name or self.user.first_name or self.tenant.name


class Invitation(models.Model):
    """An owner's invitation to a colleague; the token is stored as a digest and works once."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="invitations", verbose_name=_("business"))
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Membership.Role, default=Membership.Role.VIEWER)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("good until"), editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self):
        return self.email


class Origin(models.Model):
    """A site the widget may stand on: scheme, host and port, or https://*.example.com."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="origins", verbose_name=_("business"))
    pattern = models.CharField(
        _("site"),
        max_length=255,
        help_text=_("Such as https://www.example.com, or https://*.example.com for all of them."),
    )
    last_seen_at = models.DateTimeField(_("last seen there"), null=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [models.UniqueConstraint(fields=["tenant", "pattern"], name="origin_once")]

    def __str__(self):
        return self.pattern
