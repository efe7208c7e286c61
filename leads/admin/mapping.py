"""Which detail of a lead goes into which field of a CRM, as rows on the connection's page."""

from itertools import islice

from django import forms
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from leads.connectors import KINDS, get_connector
from leads.mapping import CUSTOM, FIELDS
from leads.models import Connection, FieldMapping, Lead
from tenants.admin.scope import ScopedTabularInline
from tenants.staff import OWNERS

MOST_ROWS = 200
NEWEST = 500  # leads that are looked at for the names of their further details
MOST_NAMES = 100
LONGEST_FIELD = FieldMapping._meta.get_field("field").max_length
Choices = list[tuple[str, str]]


def can_be_mapped(connection: Connection) -> bool:
    return connection.kind in KINDS and bool(get_connector(connection.kind).mapping)


def our_fields(tenant_id: int) -> Choices:
    """Every detail that a lead has, with the further ones of this tenant's newest leads."""
    rows = Lead.objects.for_tenant(tenant_id).exclude(custom_fields={}).order_by("-captured_at")
    found = {name for details in rows.values_list("custom_fields", flat=True)[:NEWEST] for name in details}
    names = islice((name for name in sorted(found) if len(CUSTOM + name) <= LONGEST_FIELD), MOST_NAMES)
    return [(name, str(ours.label)) for name, ours in FIELDS.items()] + [(CUSTOM + name, name) for name in names]


def their_fields(connection: Connection) -> Choices:
    """What the other side said it has; nothing before it was asked."""
    return [(field["name"], field["label"] or field["name"]) for field in connection.remote_fields]


def label_of_ours(field: str) -> str:
    return str(FIELDS[field].label) if field in FIELDS else field.removeprefix(CUSTOM)


def labels_of_theirs(connection: Connection) -> dict[str, str]:
    """What its users call a field, by its name."""
    return dict(their_fields(connection))


def missing_fields(connection: Connection) -> list[str]:
    """What the mapping names and the other side, once asked, does not have."""
    if connection.remote_fields_read_at is None or not can_be_mapped(connection):
        return []
    rows = FieldMapping.objects.for_tenant(connection.tenant_id).filter(connection=connection)
    named = rows.order_by("remote_field").values_list("remote_field", flat=True).distinct()[:MOST_ROWS]
    known = labels_of_theirs(connection)
    return [name for name in named if name not in known]


def _with_standing(choices: Choices, standing: str, words: str) -> Choices:
    """The choices, and what a row already says although it is none of them."""
    if not standing or standing in dict(choices):
        return choices
    return [*choices, (standing, words)]


class MappingForm(forms.ModelForm):
    field = forms.ChoiceField(label=_("Our detail"), widget=UnfoldAdminSelectWidget)
    remote_field = forms.CharField(
        label=_("Their field"),
        max_length=FieldMapping._meta.get_field("remote_field").max_length,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The name that its programming interface uses."),
    )

    class Meta:
        model = FieldMapping
        fields = ("field", "remote_field", "overwrite")

    def __init__(self, *args, ours: Choices = (), theirs: Choices = (), **kwargs):
        super().__init__(*args, **kwargs)
        empty = [("", "–")]
        words = label_of_ours(self.instance.field)
        self.fields["field"].choices = empty + _with_standing(list(ours), self.instance.field, words)
        if theirs:
            standing = self.instance.remote_field
            words = _("%s (no longer there)") % standing
            self.fields["remote_field"] = forms.ChoiceField(
                label=_("Their field"),
                choices=empty + _with_standing(list(theirs), standing, words),
                widget=UnfoldAdminSelectWidget,
            )


class MappingFormSet(BaseInlineFormSet):
    """Rows belong to their connection's tenant; the same pair twice is told beside the second."""

    ours: Choices = []
    theirs: Choices = []

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "ours": self.ours, "theirs": self.theirs}

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.instance.tenant_id = self.instance.tenant_id
        return form

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for name, field in form.fields.items():  # a table has its labels above the column, where no field finds them
            field.widget.attrs["aria-label"] = str(field.label or name)

    def validate_unique(self):
        seen = set()
        for form in self.forms:
            row = getattr(form, "cleaned_data", {})
            pair = (row.get("field"), row.get("remote_field"))
            if not all(pair) or row.get("DELETE"):
                continue
            if pair in seen:
                form.add_error("remote_field", _("This row is there twice. Delete one of the two."))
            seen.add(pair)


class MappingInline(ScopedTabularInline):
    model = FieldMapping
    form = MappingForm
    formset = MappingFormSet
    roles_to_add = roles_to_change = roles_to_delete = OWNERS
    tab = False
    hide_title = True
    max_num = MOST_ROWS
    ordering = ("pk",)
    verbose_name = _("row")
    verbose_name_plural = _("What goes into which field")
    readonly_fields = ("shown_field", "shown_remote_field")

    def get_fields(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return ("field", "remote_field", "overwrite")
        return ("shown_field", "shown_remote_field", "overwrite")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        if obj is not None:
            formset.ours, formset.theirs = our_fields(obj.tenant_id), their_fields(obj)
        return formset

    @display(description=_("our detail"))
    def shown_field(self, row):
        return label_of_ours(row.field)

    @display(description=_("their field"))
    def shown_remote_field(self, row):
        return labels_of_theirs(row.connection).get(row.remote_field, row.remote_field)
