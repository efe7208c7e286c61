"""A deploy migrates while processes of the version before still run: they insert rows without the new columns."""

import pytest
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

OURS = ("tenants", "leads", "widget")


def added_columns() -> list:
    """Each column that a migration adds to a table that an earlier one has made."""
    found = []
    for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        made = {one.name_lower for one in migration.operations if isinstance(one, CreateModel)}
        for one in migration.operations:
            if app in OURS and isinstance(one, AddField) and one.model_name_lower not in made:
                found.append(pytest.param(one.field, id=f"{app}.{name}.{one.model_name}.{one.name}"))
    return found


@pytest.mark.parametrize("column", added_columns())
def test_added_column_may_be_left_out_of_an_insert(column):
    assert column.null or column.many_to_many or column.db_default is not NOT_PROVIDED
