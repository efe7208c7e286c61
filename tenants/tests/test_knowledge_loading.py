import subprocess
import sys

import pytest

from tenants import knowledge
from tenants.knowledge import loading
from tenants.models import KnowledgeIndex
from tenants.tests.knowledge_cases import SHOP, make_tenant, teach

# In a process of its own: gevent patches all of it.
WAITING_WHILE_AN_INDEX_LOADS = """
from gevent import monkey; monkey.patch_all()
import django, gevent; django.setup()
from tenants.knowledge import loading, serialise
from tenants.knowledge.builder import build
from tenants.knowledge.index import Entry

turns = []
def wait_again_and_again():
    while True:
        gevent.sleep(0.0001)
        turns.append(1)

loading.LONGEST_STRETCH_SECONDS = 0
index = build([Entry(("Which bulbs fit?",), "Those of 40 watts.")], language="en")
index.references = [1]
blob = serialise.dump(index)
gevent.spawn(wait_again_and_again)
gevent.sleep(0)
serialise.load(blob, pause=loading.turn_giver())
print(len(turns))
"""


def test_whoever_waits_for_a_moment_gets_a_turn_at_every_pause_of_a_load():
    command = [sys.executable, "-c", WAITING_WHILE_AN_INDEX_LOADS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert int(done.stdout) >= 20


def test_no_turn_is_given_before_it_is_time(monkeypatch):
    given = []
    monkeypatch.setattr(loading.time, "sleep", given.append)
    monkeypatch.setattr(loading, "LONGEST_STRETCH_SECONDS", 3600)

    loading.turn_giver()()

    assert given == []


@pytest.mark.django_db
def test_an_index_written_by_the_worker_is_loaded_as_it_was_stored(caplog):
    acme = make_tenant("Acme")
    teach(acme, *SHOP)
    stored = KnowledgeIndex.objects.get(tenant=acme)
    loading.cache.clear()

    state = loading.read_state(acme)
    index = loading.find_index(acme, state)

    assert (state.index_version, state.built_at) == (stored.version, stored.built_at)
    assert index.passage_count == stored.passage_count == 5
    assert knowledge.search(acme, "aurora bulbs").zone == "answer"
