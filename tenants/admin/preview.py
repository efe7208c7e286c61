"""What the widget would be like with the form of a business as it is typed and not yet saved."""

from copy import copy
from dataclasses import dataclass

from django.contrib import admin
from django.utils.translation import gettext as _

from tenants.admin.appearance import OneOfEach
from tenants.config import config_with, load_config
from tenants.contracts import AppearanceConfig, WidgetConfig
from tenants.contrast import BLACK, contrast_ratio, readable_on
from tenants.models import Appearance, Behavior, Persona, Tenant
from tenants.palettes import palettes
from tenants.staff import OWNERS, staff_of

STANDS_OUT = 1.5


@dataclass(frozen=True)
class Problem:
    """Why a field would be refused; `color` would do in its place, where the answer is a colour."""

    field: str
    error: str
    color: str = ""


@dataclass(frozen=True)
class UnsavedConfig:
    """`config` has the saved value where a field has a problem; `notes` refuse nothing."""

    config: WidgetConfig
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def unsaved_config(request, tenant: Tenant) -> UnsavedConfig:
    """What is posted, laid over what is saved; for those who may change nothing, what is saved. Writes nothing."""
    if not staff_of(request).has_role(OWNERS, tenant.pk):
        return UnsavedConfig(load_config(tenant), (), ())
    forms = _bound_forms(request, tenant)
    problems = [problem for form in forms.values() for problem in _problems(form)]
    rows = {name: _valid_row(form, getattr(tenant, name)) for name, form in forms.items()}
    config = config_with(tenant, **rows)
    return UnsavedConfig(config, tuple(problems), tuple(notes_on(config.appearance)))


def _bound_forms(request, tenant: Tenant) -> dict:
    inlines = admin.site.get_model_admin(Tenant).get_inline_instances(request, tenant)
    shown = {inline.model: inline for inline in inlines if isinstance(inline, OneOfEach)}
    found = {}
    for model in (Persona, Appearance, Behavior):
        form = shown[model].get_formset(request, tenant).form
        name = model._meta.model_name
        found[name] = form(data=request.POST, prefix=f"{name}-0", instance=copy(getattr(tenant, name)))
    return found


def _valid_row(form, saved):
    """The form's row, with what is saved wherever there is a problem: invalid values may stand in it."""
    for name in form.errors:
        if hasattr(saved, name):
            setattr(form.instance, name, getattr(saved, name))
    return form.instance


def _problems(form) -> list[Problem]:
    return [
        Problem(form.add_prefix(name), " ".join(error.messages), (error.params or {}).get("color", ""))
        for name, errors in form.errors.as_data().items()
        for error in errors
    ]


def notes_on(look: AppearanceConfig) -> list[str]:
    """What somebody may want to know of these colours, though nothing is wrong with them."""
    is_light = readable_on(look.background) == BLACK
    side = palettes(look).light if is_light else palettes(look).dark
    notes = []
    if side.accent != side.primary:
        words = _("Where the main colour is text, such as in links, it is shown as %(color)s, so that it can be read.")
        notes.append(words % {"color": side.accent})
    if contrast_ratio(side.primary, side.background) < STANDS_OUT:
        notes.append(_("Your main colour hardly stands out from the background."))
    if look.theme == Appearance.Theme.LIGHT and not is_light:
        notes.append(_("Your background is dark, and the theme always light: choose the dark theme to have it seen."))
    if look.theme == Appearance.Theme.DARK and is_light:
        notes.append(_("Your background is light, and the theme always dark: choose the light theme to have it seen."))
    return notes
