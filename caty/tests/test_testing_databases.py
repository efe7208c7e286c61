"""The databases of the suite: copies of one that is made anew whenever it would be another one."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from caty import testing_databases


@pytest.fixture
def migration(tmp_path, monkeypatch):
    """The only migration of the only app."""
    file = tmp_path / "migrations" / "0001_initial.py"
    file.parent.mkdir()
    file.write_text("operations = []")
    monkeypatch.setattr(apps, "get_app_configs", lambda: [SimpleNamespace(path=tmp_path)])
    return file


def test_same_migrations_are_the_same_template(migration):
    assert testing_databases.template_name() == testing_databases.template_name()


def test_changed_migration_makes_another_template(migration):
    before = testing_databases.template_name()
    migration.write_text("operations = [1]")
    changed = testing_databases.template_name()
    migration.rename(migration.with_name("0002_second.py"))
    assert len({before, changed, testing_databases.template_name()}) == 3


def test_other_version_of_django_makes_another_template(migration, monkeypatch):
    before = testing_databases.template_name()
    monkeypatch.setattr(testing_databases, "version", lambda _package: "5.3")
    assert testing_databases.template_name() != before


def test_this_database_is_a_copy_of_the_template(db):
    assert connection.settings_dict["TEST"]["TEMPLATE"] == testing_databases.template_name()
    assert connection.settings_dict["NAME"] != testing_databases.template_name()
