"""What the worker asks the outbox, as SQL: a few probes of an index for each connection, whatever waits.

States are written out, since a partial index serves only a plan that knows them. OFFSET 0 keeps a probe a probe: as
soon as statistics make that look cheap, the planner reads all that waits for a connection instead, and joins it.
"""

# Nothing is being sent over this connection, and something may be.
IS_FREE = """
    connection.is_enabled AND connection.state = 'active'
    AND (connection.resting_until IS NULL OR connection.resting_until <= %(now)s)
    AND NOT EXISTS (
        SELECT FROM leads_delivery sending
        WHERE sending.connection_id = connection.id AND sending.state = 'sending' OFFSET 0
    )
"""
# Due, with nothing older of the same lead still open on the same connection: what stands before it in delivery_open is
# of another lead. That order is this index's alone; where an older one is looked for, the planner counts on finding it
# soon by any index of connections or leads, and reads one delivery after the other.
IS_CLAIMABLE = """
    delivery.state = 'pending' AND delivery.due_at <= %(now)s AND (delivery.lead_id IS NULL OR (
        SELECT before.lead_id FROM leads_delivery before
        WHERE before.connection_id = delivery.connection_id
            AND (before.lead_id, before.id) < (delivery.lead_id, delivery.id)
            AND before.state IN ('pending', 'sending', 'held', 'paused')
        ORDER BY before.lead_id DESC, before.id DESC LIMIT 1
    ) IS DISTINCT FROM delivery.lead_id)
"""
FIRST = f"""
    SELECT delivery.id, delivery.due_at FROM leads_delivery delivery
    WHERE delivery.connection_id = connection.id AND {IS_CLAIMABLE}
    ORDER BY delivery.due_at, delivery.id LIMIT 1
"""  # noqa: S608  made of constants

DUE = f"""
    SELECT due.id FROM leads_connection connection CROSS JOIN LATERAL ({FIRST}) due
    WHERE {IS_FREE} ORDER BY due.due_at LIMIT %(most)s
"""  # noqa: S608  made of constants

# What is to be sent over one connection, and when there will be something.
NEXT = f"""
    SELECT due.id, waiting.due_at, connection.resting_until FROM leads_connection connection
    LEFT JOIN LATERAL ({FIRST}) due ON {IS_FREE}
    LEFT JOIN LATERAL (
        SELECT due_at FROM leads_delivery WHERE connection_id = connection.id AND state = 'pending'
        ORDER BY due_at LIMIT 1
    ) waiting ON true
    WHERE connection.id = %(connection)s
"""  # noqa: S608  made of constants

WITH_CONNECTION = "leads_delivery delivery JOIN leads_connection connection ON connection.id = delivery.connection_id"
FREE_CONNECTION = f"""
    SELECT connection.id, connection.kind, connection.settings, connection.secrets AS sealed FROM {WITH_CONNECTION}
    WHERE delivery.id = %(delivery)s AND {IS_CLAIMABLE} AND {IS_FREE}
"""  # noqa: S608  made of constants
CLAIM = f"""
    UPDATE leads_delivery SET state = 'sending', attempts = attempts + 1, lease_until = %(lease_until)s
    WHERE id = (
        SELECT delivery.id FROM {WITH_CONNECTION}
        WHERE delivery.id = %(delivery)s AND {IS_CLAIMABLE} AND {IS_FREE}
        FOR UPDATE OF delivery SKIP LOCKED
    )
    RETURNING connection_id, lead_id, event, attempts
"""  # noqa: S608  made of constants
