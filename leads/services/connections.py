"""Making a connection elsewhere than in the admin, and keeping its credentials under the newest key."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from pydantic import ValidationError

from caty.lib.errors import CatyError
from leads.connectors import get_connector
from leads.mapping import default_rows
from leads.models import Connection, FieldMapping
from tenants.models import Tenant


class ConnectionInvalid(CatyError):
    """A connector can't work with these settings; `details` names the fields."""

    message = "This connection is not set up right."


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


@transaction.atomic
def encrypt_credentials_anew() -> int:
    """Save every connection's secrets under the newest of CREDENTIAL_KEYS; gives their number.

    All or none: raises CredentialsUnreadable when a value was stored under a key that is gone.
    """
    connections = list(Connection.objects.select_for_update().order_by("pk"))
    for connection in connections:
        connection.save(update_fields=["secrets"])
    return len(connections)


def _details(error: ValidationError) -> list[dict]:
    problems = error.errors(include_input=False, include_context=False, include_url=False)
    return [{"field": ".".join(map(str, problem["loc"])), "error": problem["msg"]} for problem in problems]
