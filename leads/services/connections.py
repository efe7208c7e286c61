"""Making a connection elsewhere than in the admin, its mapping, which ones are paused, and their credentials."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from pydantic import ValidationError

from caty.lib.errors import CatyError
from leads.connectors import get_connector
from leads.connectors.base import RemoteField
from leads.mapping import default_rows
from leads.models import Connection, FieldMapping, PushSubscription
from tenants.models import Tenant

MOST_FIELDS = 2000
MOST_PAUSED = 10


class ConnectionInvalid(CatyError):
    """A connector can't work with these settings; `details` names the fields."""

    message = "This connection is not set up right."


@dataclass(frozen=True, kw_only=True)
class PausedConnection:
    """One that sends nothing until a colleague has seen to it."""

    connection_pk: int
    name: str
    business_name: str
    since: datetime | None
    reason: str


def connect(
    *,
    tenant: Tenant,
    kind: str,
    name: str = "",
    settings: Mapping,
    secrets: Mapping | None = None,
    events: Iterable[str] | None = None,
) -> Connection:
    """A new connection with checked settings, its secrets made where they can be; by default for the kind's own events.

    Raises UnknownKind and ConnectionInvalid.
    """
    connector = get_connector(kind)
    try:
        checked = connector.Settings.model_validate(dict(settings))
        sealed = connector.Secrets.model_validate(dict(secrets or {}))
    except ValidationError as error:
        raise ConnectionInvalid(details=_details(error)) from error
    with transaction.atomic():
        connection = Connection.objects.create(
            tenant=tenant,
            kind=kind,
            name=name or str(connector.label),
            settings=checked.model_dump(mode="json"),
            secrets=sealed.model_dump(mode="json"),
            events=list(connector.events if events is None else events),
        )
        map_by_default(connection)
    return connection


def map_by_default(connection: Connection) -> None:
    """Give a new connection the mapping that its kind suggests."""
    FieldMapping.objects.bulk_create(
        [
            FieldMapping(tenant_id=connection.tenant_id, connection=connection, **vars(row))
            for row in default_rows(get_connector(connection.kind).mapping)
        ]
    )


def map_anew(connection: Connection) -> None:
    """Put what the connection's kind suggests in the place of its mapping."""
    with transaction.atomic():
        FieldMapping.objects.for_tenant(connection.tenant_id).filter(connection=connection).delete()
        map_by_default(connection)


def keep_remote_fields(
    connection_pk: int, *, tenant: Tenant, fields: Iterable[RemoteField], now: datetime
) -> list[RemoteField]:
    """Remember which fields the other side says it has; gives those that are kept, in the order of their labels."""
    kept = sorted(fields, key=lambda field: (field.label.casefold(), field.name))[:MOST_FIELDS]
    Connection.objects.for_tenant(tenant).filter(pk=connection_pk).update(
        remote_fields=[asdict(field) for field in kept], remote_fields_read_at=now
    )
    return kept


def find_paused(tenant_ids: Iterable[int]) -> list[PausedConnection]:
    """Connections of these tenants that are switched on and paused, the longest first; at most a few."""
    rows = Connection.objects.filter(tenant__in=tenant_ids, is_enabled=True, state=Connection.State.PAUSED)
    columns = rows.order_by("paused_at", "pk").values_list("pk", "name", "tenant__name", "paused_at", "paused_reason")
    return [
        PausedConnection(connection_pk=pk, name=name, business_name=business_name, since=since, reason=reason)
        for pk, name, business_name, since, reason in columns[:MOST_PAUSED]
    ]


@transaction.atomic
def encrypt_credentials_anew() -> int:
    """Save the secrets of every connection and device under the newest of CREDENTIAL_KEYS; gives how many connections.

    All or none: raises CredentialsUnreadable when a value was stored under a key that is gone.
    """
    connections = list(Connection.objects.select_for_update().order_by("pk"))
    for connection in connections:
        connection.save(update_fields=["secrets"])
    for device in PushSubscription.objects.select_for_update().order_by("pk"):
        device.save(update_fields=["secrets"])
    return len(connections)


def _details(error: ValidationError) -> list[dict]:
    problems = error.errors(include_input=False, include_context=False, include_url=False)
    return [{"field": ".".join(map(str, problem["loc"])), "error": problem["msg"]} for problem in problems]
