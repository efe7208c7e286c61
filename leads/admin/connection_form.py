"""A form made of a connector's own Settings and Secrets. Secrets go in and never come out."""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from caty.lib.encryption import CredentialsUnreadable
from leads.admin.words import EVENTS
from leads.connectors.base import Connector
from leads.models import Connection
from tenants.admin.fields import LinesField
from tenants.admin.scope import TenantForm

LONGEST = 4000


def readable_secrets(connection: Connection) -> dict:
    """What is stored, or nothing where it can't be decrypted: then it is to be entered again."""
    try:
        return connection.secrets
    except CredentialsUnreadable:
        return {}


@dataclass(frozen=True)
class Exchange:
    """What the other side gave for something that was entered once: secrets, or words in which it refused it."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


class ConnectionForm(TenantForm):
    """The part that all kinds share. `connector` is set by `form_for`.

    `exchange` is what became of that which is entered once; None: nothing has been exchanged so far.
    """

    connector: Connector
    exchange: Exchange | None = None
    events = forms.MultipleChoiceField(
        label=_("Send"),
        choices=list(EVENTS.items()),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["events"].choices = [(name, EVENTS[name]) for name in self.connector.offers]
        if self.instance.pk is None:
            self.initial.setdefault("events", list(self.connector.events))
            self.initial.setdefault("name", str(self.connector.label))
        else:
            self._say_that_secrets_stay()
        for name in self.connector.Settings.model_fields:
            if name in self.instance.settings:
                self.initial[f"settings__{name}"] = self.instance.settings[name]

    def _say_that_secrets_stay(self) -> None:
        for name, shown in self.fields.items():
            if name.startswith(("secrets__", "once__")):
                shown.help_text = f"{shown.help_text} {_('Leave empty to keep what is stored.')}".strip()

    def clean(self):
        cleaned = super().clean()
        self._check("settings", self.connector.Settings, self.entered("settings"))
        self._check_exchange()
        stored = readable_secrets(self.instance) if self.instance.pk else {}
        exchanged = self.exchange.secrets if self.exchange else {}
        self._check("secrets", self.connector.Secrets, {**stored, **self.entered("secrets"), **exchanged})
        return cleaned

    def entered(self, part: str) -> dict:
        """What was typed into the fields of settings, secrets or once."""
        values = {
            name.removeprefix(f"{part}__"): value
            for name, value in self.cleaned_data.items()
            if name.startswith(f"{part}__")
        }
        return {name: value for name, value in values.items() if value not in (None, "", [])}

    def _check_exchange(self) -> None:
        for name in self.entered("once"):
            if self.exchange is None:
                self.add_error(f"once__{name}", _("This has not been used yet: mend the rest and save again."))
            elif self.exchange.refusal:
                self.add_error(f"once__{name}", self.exchange.refusal)

    def _check(self, part: str, model: type[BaseModel], values: dict) -> None:
        """Put what the connector makes of `values` into the row, or its complaints beside the fields."""
        try:
            setattr(self.instance, part, model.model_validate(values).model_dump(mode="json"))
        except ValidationError as error:
            for problem in error.errors(include_input=False, include_context=False):
                name = self._field_of(part, *problem["loc"][:1])
                is_missing = problem["type"] == "missing"
                sentence = _("This field is required.") if is_missing else problem["msg"].removeprefix("Value error, ")
                if name not in self.errors:
                    self.add_error(name if name in self.fields else None, sentence)

    def _field_of(self, part: str, name: str = "") -> str:
        """Where a complaint belongs: one about what is exchanged, to what it is exchanged for."""
        if part == "secrets" and name in self.connector.exchanged:
            return f"once__{next(iter(self.connector.Once.model_fields))}"
        return f"{part}__{name}"

    def has_new_credentials(self) -> bool:
        return any(name.startswith(("settings__", "secrets__", "once__")) for name in self.changed_data)


def credential_fields(connector: Connector) -> list[str]:
    """The form's fields for settings, secrets, and what is exchanged for secrets, in the order in which they stand."""
    secrets = [name for name in connector.Secrets.model_fields if name not in connector.exchanged]
    return [
        *[f"settings__{name}" for name in connector.Settings.model_fields],
        *[f"secrets__{name}" for name in secrets],
        *[f"once__{name}" for name in connector.Once.model_fields],
    ]


def form_for(connector: Connector) -> type[ConnectionForm]:
    makers = {"settings": (connector.Settings, _field), "secrets": (connector.Secrets, _secret_field)}
    makers["once"] = (connector.Once, _once_field)
    fields = {}
    for name in credential_fields(connector):
        part, _separator, own_name = name.partition("__")
        model, make = makers[part]
        fields[name] = make(model.model_fields[own_name])
    return type("ConnectionForm", (ConnectionForm,), {**fields, "connector": connector})


def _field(field) -> forms.Field:
    """The form field for one pydantic field: text, list of lines, number, switch or choice."""
    kind = _plain_type(field.annotation)
    options = {"label": field.title, "help_text": field.description or "", "required": field.is_required()}
    if field.default not in (PydanticUndefined, None):
        options["initial"] = field.default
    if typing.get_origin(kind) is typing.Literal:
        choices = [(value, value) for value in typing.get_args(kind)]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **options)
    if kind is bool:
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget, **{**options, "required": False})
    if kind is int:
        return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, **options)
    if typing.get_origin(kind) is list:
        options.pop("required")
        return LinesField(most=_bound(field, 100), item_max_length=LONGEST, **options)
    return forms.CharField(max_length=_bound(field, LONGEST), widget=UnfoldAdminTextInputWidget, **options)


def _secret_field(field) -> forms.Field:
    """Never shows what is stored; empty means: keep it, or make it where it can be made."""
    return forms.CharField(
        label=field.title,
        required=False,
        max_length=_bound(field, LONGEST),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=field.description or "",
    )


def _once_field(field) -> forms.Field:
    """Shown again while it has not been used."""
    return forms.CharField(
        label=field.title,
        required=False,
        max_length=_bound(field, LONGEST),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=field.description or "",
    )


def _plain_type(annotation):
    """`str | None` → `str`."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return next(part for part in typing.get_args(annotation) if part is not type(None))
    return annotation


def _bound(field, default: int) -> int:
    return next((rule.max_length for rule in field.metadata if hasattr(rule, "max_length")), default)
