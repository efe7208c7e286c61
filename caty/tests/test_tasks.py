import logging
import socket
from contextlib import contextmanager

import pytest
from celery import current_app

from caty.lib import tasks


@contextmanager
def broker_at(port: int):
    """A Celery app whose broker is said to be there, in place of ours."""
    ours, theirs = current_app._get_current_object(), None
    theirs = type(ours)("elsewhere", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    theirs.conf.update(broker_transport_options=dict(ours.conf.broker_transport_options, socket_timeout=0.2))
    theirs.set_current()
    try:
        yield
    finally:
        ours.set_current()


@pytest.fixture
def hung_broker():
    """Takes connections and says nothing; counts them."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0)
    yield listener
    listener.close()


def connections(listener) -> int:
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@pytest.mark.django_db(transaction=True)
def test_broker_that_is_away_is_asked_once_for_all_hints_of_a_while(hung_broker, caplog):
    with broker_at(hung_broker.getsockname()[1]), caplog.at_level(logging.WARNING):
        for _ in range(5):
            tasks.hint("leads.deliver", delivery_id="one")

    assert [record.getMessage() for record in caplog.records] == [
        "task.hint_lost task=leads.deliver reason=OperationalError"
    ]
    assert connections(hung_broker) == 1


@pytest.mark.django_db(transaction=True)
def test_broker_that_is_back_gets_hints_again(hung_broker):
    with broker_at(hung_broker.getsockname()[1]):
        tasks.hint("leads.deliver", delivery_id="lost")
    tasks.forget_all()
    tasks.hint("leads.deliver", delivery_id="sent")

    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("leads")
        message = queue.get(timeout=5)
        queue.close()

    assert message.headers["kwargsrepr"] == "{'delivery_id': 'sent'}"
    assert message.headers["task"] == "leads.deliver"
