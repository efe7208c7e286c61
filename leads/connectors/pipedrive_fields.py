"""What stands in which field of a Pipedrive person, both ways. Pure."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from leads.connectors.base import MappedValue, RemoteField
from leads.connectors.crm import RefusedValues

STANDARD = {"name": _("Name"), "emails": _("E-mail"), "phones": _("Phone")}
LISTS = frozenset(("emails", "phones"))
TEXTS = frozenset(("varchar", "varchar_auto", "text"))
NUMBERS = frozenset(("int", "double"))
NUMBER = "#number"  # behind the key of a field that wants a number in JSON and refuses text


def key_of(name: str) -> str:
    """Pipedrive's own name of a field."""
    return name.removesuffix(NUMBER)


def remote_field(item: Mapping) -> RemoteField | None:
    """A field of the account's own as leads can be mapped to it; None where it takes neither text nor a number."""
    kind = item.get("field_type")
    if not item.get("is_custom_field") or kind not in TEXTS | NUMBERS:
        return None
    name = item["field_code"] + (NUMBER if kind in NUMBERS else "")
    return RemoteField(name=name, label=item["field_name"], kind=kind)


def standing_in(person: Mapping, name: str) -> str:
    """What a person has in a field; of several addresses the first one."""
    if name in LISTS:
        entries = sorted(person.get(name) or [], key=lambda entry: not entry.get("primary"))
        return entries[0]["value"] if entries else ""
    value = person.get(name) if name in STANDARD else (person.get("custom_fields") or {}).get(key_of(name))
    return "" if value is None else str(_shortest(value) if isinstance(value, float) else value)


def body_of(values: Iterable[MappedValue], person: Mapping) -> dict:
    """The values as Pipedrive takes them. An address of ours comes before those that the person has, which stay.

    Raises RefusedValues.
    """
    body: dict = {}
    for value in values:
        if value.field in LISTS:
            others = [entry for entry in person.get(value.field) or [] if entry["value"] != value.value]
            ours = {"value": value.value, "primary": True, "label": "work"}
            body[value.field] = [ours, *({**entry, "primary": False} for entry in others)]
        elif value.field in STANDARD:
            body[value.field] = value.value
        else:
            body.setdefault("custom_fields", {})[key_of(value.field)] = _own(value)
    return body


def _own(value: MappedValue) -> str | int | float:
    if not value.field.endswith(NUMBER):
        return value.value
    try:
        return _shortest(float(value.value))
    except (ValueError, OverflowError) as error:
        raise RefusedValues([value.field]) from error


def _shortest(number: float) -> int | float:
    """Without “.0”; raises ValueError and OverflowError for what is no number."""
    return int(number) if int(number) == number else number
