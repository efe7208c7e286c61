from django.db import migrations

# Partitioned by day from the start: old days are dropped as tables, not deleted row by row. The default partition
# takes what arrives before the worker has prepared a day.
CREATE = """
CREATE TABLE widget_pageevent (
    day date NOT NULL,
    session_id bigint NOT NULL,
    event_id varchar(64) NOT NULL,
    tenant_id bigint NOT NULL,
    type varchar(60) NOT NULL,
    data jsonb,
    page_url varchar(2000) NOT NULL,
    client_timestamp varchar(40) NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (day, session_id, event_id)
) PARTITION BY RANGE (day);
CREATE TABLE widget_pageevent_default PARTITION OF widget_pageevent DEFAULT;
"""


class Migration(migrations.Migration):
    dependencies = [("widget", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP TABLE widget_pageevent")]
