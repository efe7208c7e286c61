"""Settings and their documentation."""

import itertools
import re

from django.conf import settings

EXAMPLE = (settings.BASE_DIR / ".env.example").read_text()
READ = re.compile(r'env(?:iron)?\.(?:[a-z_]+)\(\s*"([A-Z_]+)"')


def test_every_variable_that_is_read_is_documented():
    files = [settings.BASE_DIR / "caty" / name for name in ("settings.py", "web.py", "workers.py")]
    read = {name for path in files for name in READ.findall(path.read_text())}
    documented = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))

    # Set for one process by hand, to see more of it.
    assert read - documented == {"GUNICORN_LOG_LEVEL", "CELERY_LOG_LEVEL"}


def test_every_variable_has_a_line_that_explains_it():
    lines = EXAMPLE.splitlines()
    unexplained = [
        line
        for before, line in itertools.pairwise(lines)
        if re.match(r"#?[A-Z_]+=", line) and not re.match(r"# [A-Z]|# smtp|#?INSTALLATION_DAILY|#?[A-Z_]+=", before)
    ]

    assert unexplained == []


def test_the_example_gives_no_secret_away():
    assert re.findall(r"^(SECRET_KEY|API_KEY_PEPPER|CREDENTIAL_KEYS|ANTHROPIC_API_KEY)=.+", EXAMPLE, re.MULTILINE) == []


def test_a_database_that_vanishes_is_given_up_within_half_a_minute():
    options = settings.DATABASES["default"]["OPTIONS"]

    assert (options["connect_timeout"], options["tcp_user_timeout"]) == (5, 20_000)
    assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] == 30
