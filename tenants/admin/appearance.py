"""Parts of the business page: persona, appearance, sites."""

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminColorInputWidget

from tenants import origins, services
from tenants.admin.pictures import PictureField, ShownPicture, picture_at
from tenants.admin.scope import ScopedStackedInline, ScopedTabularInline
from tenants.contrast import is_readable, nearest_readable
from tenants.models import Appearance, Avatar, Origin, Persona
from tenants.models.appearance import hex_color
from tenants.pictures import Picture
from tenants.staff import NOBODY, OWNERS

COLORS = ("primary", "secondary", "background", "text")


class OneOfEach(ScopedStackedInline):
    """A row every tenant has exactly one of."""

    roles_to_add = NOBODY
    roles_to_change = OWNERS
    roles_to_delete = NOBODY
    can_delete = False
    hide_title = True


class PersonaForm(forms.ModelForm):
    picture = PictureField(
        label=_("Picture"),
        help_text=_("A face or your logo. We cut out the middle, make it small and keep nothing else of the file."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "picture" in self.fields:
            self.fields["picture"].initial = shown_picture(self.instance)

    def keep_picture(self) -> None:
        """What was chosen takes the place of the picture before, once all is saved."""
        chosen = self.cleaned_data.get("picture")
        if isinstance(chosen, Picture):
            services.set_avatar(self.instance.tenant, chosen)
        elif chosen is False:
            services.remove_avatar(self.instance.tenant)


def shown_picture(persona: Persona) -> ShownPicture | None:
    digest = Avatar.objects.filter(tenant=persona.tenant_id).values_list("digest", flat=True).first()
    return picture_at(digest)


class PersonaInline(OneOfEach):
    model = Persona
    form = PersonaForm
    verbose_name_plural = Persona._meta.verbose_name  # there is one
    fields = ("name", "role", "picture", "tone", "instructions")

    @admin.display(description=_("picture"))
    def picture(self, persona):
        """For those who may only look."""
        shown = shown_picture(persona)
        return format_html('<img src="{}" alt="" width="56" height="56">', shown.url) if shown else "–"


class AppearanceForm(forms.ModelForm):
    """Refuses what couldn't be read. The main colour never is: black or white can be read on any, and where it is
    text itself a readable shade stands in for it (`tenants.palettes`)."""

    def clean(self):
        cleaned = super().clean()
        text, background = self.cleaned_data.get("text"), self.cleaned_data.get("background")
        if text and background and not is_readable(text, background):
            words = _("This text is hard to read on this background. %(color)s would do.")
            color = nearest_readable(text, background)
            self.add_error("text", forms.ValidationError(words, code="contrast", params={"color": color}))
        return cleaned


class AppearanceInline(OneOfEach):
    model = Appearance
    verbose_name_plural = Appearance._meta.verbose_name
    form = AppearanceForm
    fields = ("theme", "position", "primary", "secondary", "background", "text")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name not in COLORS:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        field = super().formfield_for_dbfield(db_field, request, **{**kwargs, "widget": UnfoldAdminColorInputWidget})
        field.validators.append(hex_color)  # the form compares colours before the row is checked
        return field


class OriginForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "pattern" in self.fields:
            self.fields["pattern"].widget.attrs["aria-label"] = _("Site")  # a table has a heading, but no labels

    def clean_pattern(self):
        try:
            return origins.clean_pattern(self.cleaned_data["pattern"])
        except origins.OriginUnreadable as error:
            raise forms.ValidationError(error.message) from error


class OriginInline(ScopedTabularInline):
    model = Origin
    form = OriginForm
    roles_to_add = roles_to_change = roles_to_delete = OWNERS
    hide_title = True
    fields = ("pattern", "last_seen_at")
    readonly_fields = ("last_seen_at",)
