"""What all CRMs have in common: look, then create or update, so that a repeat is harmless; a conversation as a note.

A CRM says for itself how it is asked. Whoever a visitor claims to be, what stands in a CRM is only filled up, unless
the connection's mapping says that ours is the better word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from leads import backoff, events
from leads.connectors.api import Api
from leads.connectors.base import (
    Connector,
    Delivered,
    Failed,
    Form,
    LeadSnapshot,
    MappedValue,
    Misconfigured,
    Outcome,
    OutgoingMessage,
    Rejected,
    RemoteField,
    RemoteRecord,
    TryLater,
)
from leads.notes import Note, note_of

MOST_WRITES = 4  # fields that a CRM doesn't know are left out one answer at a time


@dataclass(frozen=True)
class Found:
    """A record that is there, with what stands in the fields that were asked for; empty and absent are the same."""

    record: RemoteRecord
    fields: Mapping[str, str] = field(default_factory=dict)


class UnknownFields(Exception):
    """The CRM has no fields of these names; nothing was written."""

    def __init__(self, names: Iterable[str]):
        self.names = frozenset(names)
        super().__init__(*sorted(self.names))


class RefusedValues(UnknownFields):
    """The CRM has these fields and does not take what is meant for them; nothing was written."""


class AlreadyThere(Exception):
    """Somebody made the record between our look and our writing. `remote_id` may be empty."""

    def __init__(self, remote_id: str = ""):
        super().__init__()
        self.remote_id = remote_id


class CrmConnector(Connector):
    """A CRM is one file: a subclass with `label` (its name), `guide`, forms, `mapping`, and the methods below."""

    key_help: str  # where the right credentials are made, told when ours are refused
    events = offers = (events.CAPTURED, events.UPDATED, events.NOTE)
    patience = backoff.CRM
    sends_current_lead = True

    def open(self, settings: Form, secrets: Form, *, now: datetime) -> Api:
        """The CRM under these credentials. Raises Failed."""
        raise NotImplementedError

    def find(
        self, api: Api, lead: LeadSnapshot, *, record: RemoteRecord | None, fields: tuple[str, ...]
    ) -> Found | None:
        """The lead's record with these fields: the one it has had, if it is still there, else by e-mail or phone.

        Raises Failed, UnknownFields.
        """
        raise NotImplementedError

    def create(self, api: Api, lead: LeadSnapshot, values: tuple[MappedValue, ...]) -> RemoteRecord:
        """Make a record, with what the CRM demands filled in.

        Raises Failed, UnknownFields, RefusedValues, AlreadyThere.
        """
        raise NotImplementedError

    def update(self, api: Api, found: Found, values: tuple[MappedValue, ...]) -> None:
        """Write `values`, which are not empty, and nothing else. Raises Failed, UnknownFields, RefusedValues."""
        raise NotImplementedError

    def complete(self, api: Api, record: RemoteRecord, lead: LeadSnapshot) -> RemoteRecord:
        """Make what this CRM keeps beside the record, if need be; where the lead stands then. Raises Failed."""
        return record

    def find_note(self, api: Api, record: RemoteRecord, reference: str) -> str | None:
        """The id of the record's note that has `reference` in its text. Raises Failed."""
        raise NotImplementedError

    def add_note(self, api: Api, record: RemoteRecord, note: Note, *, at: datetime) -> str:
        """Store the note with the record; its id. Raises Failed."""
        raise NotImplementedError

    def greet(self, api: Api) -> str:
        """Ask for something harmless that needs the rights we need; the account's name, if it tells. Raises Failed."""
        raise NotImplementedError

    def list_fields(self, api: Api) -> list[RemoteField]:
        """The fields that can be written. Raises Failed."""
        raise NotImplementedError

    def deliver(self, message: OutgoingMessage, settings: Form, secrets: Form) -> Outcome:
        """Send a lead, or its conversation."""
        try:
            api = self.open(settings, secrets, now=message.sent_at)
            if message.event == events.NOTE:
                return self._deliver_note(api, message)
            return self._deliver_lead(api, message)
        except Failed as failure:
            return self._explained(failure.outcome)

    def check(self, message: OutgoingMessage, settings: Form, secrets: Form) -> Outcome:
        """Asks for something and writes nothing."""
        try:
            account = self.greet(self.open(settings, secrets, now=message.sent_at))
        except Failed as failure:
            return self._explained(failure.outcome)
        if account:
            return Delivered(reason=_("It works: this is the account of %s.") % account)
        return Delivered(reason=_("It works: %s accepts our credentials.") % self.label)

    def read_fields(self, settings: Form, secrets: Form, *, now: datetime) -> list[RemoteField]:
        try:
            return self.list_fields(self.open(settings, secrets, now=now))
        except Failed as failure:
            raise Failed(self._explained(failure.outcome)) from failure

    def _deliver_lead(self, api: Api, message: OutgoingMessage) -> Outcome:
        values, left_out = message.values, {UnknownFields: [], RefusedValues: []}
        for _write in range(MOST_WRITES):
            try:
                record = self._write(api, message, values)
            except UnknownFields as unknown:
                left_out[type(unknown)] += [value for value in values if value.field in unknown.names]
                fewer = tuple(value for value in values if value.field not in unknown.names)
                if len(fewer) == len(values):
                    break
                values = fewer
            else:
                record = self.complete(api, record, message.lead)
                return Delivered(
                    remote_id=record.remote_id, url=record.url, record=record, reason=self._left_out(left_out)
                )
        reason = _("%s does not know the fields that leads are put into. Read its fields again and check the mapping.")
        return Rejected(reason=reason % self.label)

    def _write(self, api: Api, message: OutgoingMessage, values: tuple[MappedValue, ...]) -> RemoteRecord:
        fields = tuple(value.field for value in values)
        found = self.find(api, message.lead, record=message.record, fields=fields)
        if found is None:
            try:
                return self.create(api, message.lead, values)
            except AlreadyThere as there:
                known = RemoteRecord(remote_id=there.remote_id) if there.remote_id else message.record
                found = self.find(api, message.lead, record=known, fields=fields)
        if found is None:
            raise Failed(TryLater(reason=_("%s says that the record exists and does not show it.") % self.label))
        changes = tuple(value for value in values if _is_wanted(value, found))
        if changes:
            self.update(api, found, changes)
        return found.record

    def _deliver_note(self, api: Api, message: OutgoingMessage) -> Outcome:
        if message.record is None:
            return Rejected(reason=_("The lead itself has not arrived there, so that nothing can be noted with it."))
        note = note_of(message.delivery_id, message.data, business_name=message.business_name)
        note_id = self.find_note(api, message.record, note.reference) if message.is_ambiguous else None
        if note_id is None:
            note_id = self.add_note(api, message.record, note, at=message.occurred_at)
        return Delivered(remote_id=note_id, url=message.record.url)

    def _explained(self, outcome: Outcome) -> Outcome:
        """With where to get the right key, where ours is refused."""
        if not isinstance(outcome, Misconfigured):
            return outcome
        return replace(outcome, reason=f"{outcome.reason} {self.key_help}".strip())

    def _left_out(self, left_out: Mapping[type[UnknownFields], list[MappedValue]]) -> str:
        sentences = {
            UnknownFields: _("Left out, since %(name)s has no such field: %(fields)s"),
            RefusedValues: _("Left out, since %(name)s does not take what we have: %(fields)s"),
        }
        told = []
        for kind, values in left_out.items():
            if values:
                fields = ", ".join(f"{value.label} → {value.field}" for value in values)
                told.append(sentences[kind] % {"name": self.label, "fields": fields})
        return " ".join(told)


def _is_wanted(value: MappedValue, found: Found) -> bool:
    standing = (found.fields.get(value.field) or "").strip()
    return standing != value.value and (value.overwrite or not standing)
