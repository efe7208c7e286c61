"""The fence. Every admin class and every inline of every app stands behind it.

Django trusts staff; we don't trust one tenant's staff with another's rows. Rows, choices, filters, searches, actions,
histories and autocompletes all start from `get_queryset` and `get_field_queryset` here, and what a person may do is
their role at the tenant of the row in question.
"""

from urllib.parse import parse_qsl

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter

from caty.lib.errors import CatyError
from tenants.models import Tenant
from tenants.staff import EDITORS, EVERYONE, NOBODY, staff_of

PLAIN_LOOKUPS = frozenset(("id", "pk", "exact", "in", "isnull", "gt", "gte", "lt", "lte", "year", "month", "day"))


def tenant_id_of(row) -> int:
    return row.pk if isinstance(row, Tenant) else row.tenant_id


def has_tenant(model) -> bool:
    if not issubclass(model, Model):
        return False
    try:
        return model._meta.get_field("tenant").related_model is Tenant
    except FieldDoesNotExist:
        return False


def _name_of(list_filter) -> str:
    """The column or parameter that an item of `list_filter` reads."""
    item = list_filter[0] if isinstance(list_filter, list | tuple) else list_filter
    return item if isinstance(item, str) else item.parameter_name


class OwnTenantFilter(RelatedDropdownFilter):
    """Offers the tenants one works for, and no other name."""

    def field_choices(self, field, request, model_admin):
        return list(staff_of(request).names.items())


def tell_refusal(form: forms.Form, refusal: CatyError) -> None:
    """What a service refused, beside the fields it is about or, where it doesn't say, above the form."""
    problems = [(problem["field"], problem["error"]) for problem in refusal.details or ()]
    if not problems or not all(name in form.fields for name, _problem in problems):
        problems = [(None, refusal.message)]
    for name, problem in problems:
        form.add_error(name, capfirst(problem))


class TenantForm(forms.ModelForm):
    """Knows its row's tenant before it validates, so that uniqueness within a tenant is told and not an error."""

    only_tenant_id: int | None = None  # of staff with one tenant, who have nothing to choose
    refusal: CatyError | None = None  # what a service said to this very input

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.only_tenant_id and has_tenant(type(self.instance)) and self.instance.tenant_id is None:
            self.instance.tenant_id = self.only_tenant_id

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"tenant"}

    def clean(self):
        cleaned = super().clean()
        tenant = (cleaned or self.cleaned_data).get("tenant")
        tenant_id = tenant.pk if tenant else getattr(self.instance, "tenant_id", None)
        for name, value in self.cleaned_data.items():
            if name != "tenant" and has_tenant(type(value)) and value.tenant_id != tenant_id:
                self.add_error(name, _("This belongs to another business."))
        if self.refusal:
            tell_refusal(self, self.refusal)
        return cleaned


class TenantScoped:
    """Rows of one's own tenants, and what one's role there allows.

    `tenant_path` leads from the model to its tenant. `roles_to_…` are roles from tenants.staff; NOBODY shuts a
    door for the operator too.
    """

    tenant_path = "tenant"
    roles_to_view = EVERYONE
    roles_to_add = EDITORS
    roles_to_change = EDITORS
    roles_to_delete = EDITORS

    def get_queryset(self, request):
        return self.within(super().get_queryset(request), request, self.roles_to_view)

    def within(self, rows, request, roles):
        """Those of `rows` at whose tenant the person has one of `roles`."""
        staff = staff_of(request)
        if staff.is_operator and roles is not NOBODY:
            return rows
        return rows.filter(**{f"{self.tenant_path}__in": staff.tenant_ids(roles)})

    def get_field_queryset(self, db, db_field, request):
        target = db_field.remote_field.model
        rows = super().get_field_queryset(db, db_field, request)
        rows = target._default_manager.using(db) if rows is None else rows
        staff = staff_of(request)
        if target is Tenant:
            return rows.filter(pk__in=staff.tenant_ids(self.roles_to_add)).order_by("name")
        if staff.is_operator:
            return rows
        return rows.filter(tenant__in=staff.tenant_ids(self.roles_to_view)) if has_tenant(target) else rows.none()

    def may(self, request, roles, obj=None) -> bool:
        """Whether the person has one of `roles` at the tenant of `obj`, or, without one, at any."""
        return staff_of(request).has_role(roles, None if obj is None else tenant_id_of(obj))

    def has_view_permission(self, request, obj=None):
        return self.may(request, self.roles_to_view, obj)

    def has_add_permission(self, request, obj=None):
        return bool(staff_of(request).names) and self.may(request, self.roles_to_add, obj)

    def has_change_permission(self, request, obj=None):
        return self.may(request, self.roles_to_change, obj)

    def has_delete_permission(self, request, obj=None):
        return self.may(request, self.roles_to_delete, obj)

    def has_module_permission(self, request):
        return self.may(request, self.roles_to_view)


class ScopedAdmin(TenantScoped, ModelAdmin):
    """A page of rows with a tenant. Staff with one tenant never see a tenant picker, column or filter."""

    form = TenantForm
    list_filter_submit = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count for each choice would be a query for each
    list_per_page = 50
    warn_unsaved_form = True
    list_before_template = "admin/parts/list_questions.html"
    list_questions: tuple[tuple[str, str], ...] = ()  # (question, query string) offered above the list
    empty_words = ""  # what to do where there is nothing to list yet
    empty_template = ""  # what else is offered there

    def list_tools(self, request) -> list[dict]:
        """Further buttons above the list: {"url", "label", "icon"}."""
        return []

    def changelist_view(self, request, extra_context=None):
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "list_tools": self.list_tools(request),
            "list_questions": self._list_questions(request),
        }
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def _list_questions(self, request) -> list[dict]:
        asked = {name: value for name, value in request.GET.items() if name not in ("p", "o", "q", "all") and value}
        return [
            {"title": title, "query": f"?{query}", "is_asked": asked == dict(parse_qsl(query))}
            for title, query in self.list_questions
        ]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except CatyError as error:  # a service refused what the form found fine; its transaction has been rolled back
            request.refusal = error
        # The same form once more, with what was typed and what is wrong with it.
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except CatyError as error:
            self.message_user(request, error.message, messages.ERROR)
        return redirect(request.get_full_path())

    def get_deleted_objects(self, objs, request):
        """The rows themselves; what belongs to them goes with them, however much it is, and asks for no other role."""
        rows = list(objs)
        refused = (
            {self.opts.verbose_name} if not all(self.has_delete_permission(request, row) for row in rows) else set()
        )
        return [str(row) for row in rows], {self.opts.verbose_name_plural: len(rows)}, refused, []

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        # Three ways to save are two too many.
        goes_on = self.has_change_permission(request, obj)
        context = {**context, "show_save_and_add_another": False, "show_save_and_continue": goes_on}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def must_choose_tenant(self, request, obj=None) -> bool:
        return obj is None and has_tenant(self.model) and len(staff_of(request).tenant_ids(self.roles_to_add)) > 1

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        addable = staff_of(request).tenant_ids(self.roles_to_add)
        form.only_tenant_id = addable[0] if obj is None and len(addable) == 1 else None
        form.refusal = getattr(request, "refusal", None)
        return form

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # a choice is only a choice: no windows to add or delete what is chosen
        return field

    def get_exclude(self, request, obj=None):
        hidden = [] if self.must_choose_tenant(request, obj) else ["tenant"]
        return [*(super().get_exclude(request, obj) or []), *hidden]

    def get_fieldsets(self, request, obj=None):
        fieldsets = list(super().get_fieldsets(request, obj))
        has_it = any("tenant" in options["fields"] for _name, options in fieldsets)
        if self.must_choose_tenant(request, obj) and not has_it:
            fieldsets.insert(0, (None, {"fields": ("tenant",)}))
        return fieldsets

    def get_list_display(self, request):
        columns = list(super().get_list_display(request))
        return [*columns, "tenant"] if self.shows_tenants(request) else columns

    def get_list_filter(self, request):
        filters = list(super().get_list_filter(request))
        return [("tenant", OwnTenantFilter), *filters] if self.shows_tenants(request) else filters

    def shows_tenants(self, request) -> bool:
        return has_tenant(self.model) and len(staff_of(request).names) > 1

    def lookup_allowed(self, lookup, value, request):
        """Only what a filter offers. Django would allow any column, and columns of neighbours: digests, passwords."""
        offered = [_name_of(item) for item in (*self.get_list_filter(request), self.date_hierarchy) if item]
        return any(
            lookup == name
            or (
                lookup.startswith(f"{name}__")
                and PLAIN_LOOKUPS.issuperset(lookup.removeprefix(f"{name}__").split("__"))
            )
            for name in offered
        )

    def to_field_allowed(self, request, to_field):
        return to_field in ("", self.model._meta.pk.name)


class ScopedInlineMixin(TenantScoped):
    """Rows beside their parent; what one may do is decided at the parent's tenant."""

    extra = 0
    tab = True
    show_change_link = False


class ScopedTabularInline(ScopedInlineMixin, TabularInline):
    pass


class ScopedStackedInline(ScopedInlineMixin, StackedInline):
    pass


class FactsAdmin(ScopedAdmin):
    """Records of fact: read by all, written by nobody."""

    roles_to_add = NOBODY
    roles_to_change = NOBODY
    roles_to_delete = NOBODY

    def change_view(self, request, object_id, form_url="", extra_context=None):
        no_history = {"show_history": False}  # nobody changes them, so there is none
        return super().change_view(request, object_id, form_url, {**no_history, **(extra_context or {})})


class FactsInline(ScopedTabularInline):
    """Facts beside their parent."""

    roles_to_add = NOBODY
    roles_to_change = NOBODY
    roles_to_delete = NOBODY
    can_delete = False
