"""Waking those who wait for something, in whatever process it happens: one Redis subscription for all of a process.

A ring is a hint, like those to the worker: whoever hears one looks at the rows. One that is lost costs a wait that
lasts to its end, and while Redis is away everybody looks every two seconds.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.conf import settings
from django.db import transaction
from redis import Redis, RedisError
from redis.client import PubSub

from caty.lib import redis

log = logging.getLogger(__name__)

# Of a process. All open panels and staff pages of an installation (500 and 50) may have come to the same one; a web
# process holds 1,000 connections, and the rest are for what isn't waiting: 250 chats whose answers are being written.
MOST_LISTENERS = 700
SEPARATOR = "\n"  # between the topics of one publication
LOOK_SECONDS = 2.0  # how often to look where no ring can be heard
PING_SECONDS = 10.0  # the subscription is silent for so long before it is asked whether it still lives


class Listener:
    """Somebody who waits for rings of some topics, from the beginning of the `with` block."""

    def __init__(self, exchange: "Exchange", topics: frozenset[str]) -> None:
        self.topics = topics
        self._exchange = exchange
        self._rung = threading.Event()
        self._heard: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def wait(self, seconds: float) -> frozenset[str]:
        """Return at the next ring (or one since the last wait), when `seconds` are over, or when it's time to look.

        Gives the topics that rang: none where it was only the time, all where a ring may have been missed.
        """
        is_deaf = not self._exchange.is_connected
        self._rung.wait(min(seconds, LOOK_SECONDS) if is_deaf else seconds)
        with self._lock:
            self._rung.clear()
            heard, self._heard = self._heard, frozenset()
        return self.topics if is_deaf else heard

    @property
    def hears(self) -> bool:
        """Whether rings reach this process now."""
        return self._exchange.is_connected

    def take_ring(self) -> bool:
        """Whether it has rung since this was asked last, without waiting."""
        has_rung = self._rung.is_set()
        self._rung.clear()
        return has_rung

    def wake(self, topics: frozenset[str]) -> None:
        with self._lock:
            self._heard |= topics & self.topics
            self._rung.set()


class Exchange:
    """The process's subscription, and who listens. It begins with the first listener and ends a while after the last.

    The thread that reads is a greenlet in a web process; it holds one connection to Redis.
    """

    def __init__(self) -> None:
        self.is_connected = False
        self._listeners: dict[str, set[Listener]] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._reader: threading.Thread | None = None

    def add(self, topics: frozenset[str]) -> Listener | None:
        """None where too many listen already."""
        with self._lock:
            if self._count >= MOST_LISTENERS:
                return None
            self._count += 1
            listener = Listener(self, topics)
            for topic in topics:
                self._listeners.setdefault(topic, set()).add(listener)
            if self._reader is None or not self._reader.is_alive():
                self._reader = threading.Thread(target=self._read_while_wanted, name="bell", daemon=True)
                self._reader.start()
        return listener

    def remove(self, listener: Listener) -> None:
        with self._lock:
            self._count -= 1
            for topic in listener.topics:
                others = self._listeners[topic]
                others.discard(listener)
                if not others:
                    del self._listeners[topic]

    def _read_while_wanted(self) -> None:
        while self._is_wanted():
            try:
                self._read(redis.lasting_client())
            except (RedisError, OSError):
                time.sleep(LOOK_SECONDS)

    def _is_wanted(self) -> bool:
        with self._lock:
            if not self._count:
                self._reader = None
            return bool(self._count)

    def _read(self, client: Redis) -> None:
        """Pass rings on, until it is silent and nobody listens. Raises RedisError and OSError for a broken line."""
        with client, client.pubsub() as subscription:
            subscription.subscribe(channel())
            try:
                self._pass_on(subscription)
            except (RedisError, OSError) as error:
                log.warning("bell.unavailable reason=%s", type(error).__name__)
                raise
            finally:
                # What rings from now on is heard by nobody: all look, and then every two seconds.
                self.is_connected = False
                self._wake_all()

    def _pass_on(self, subscription: PubSub) -> None:
        is_asked = False
        while True:
            message = subscription.get_message(timeout=PING_SECONDS)
            if message is None and not self._count:
                return
            if message is None and is_asked:
                raise ConnectionError("Redis is silent")
            if message is None:
                subscription.ping()
            elif message["type"] == "subscribe":
                self.is_connected = True
                self._wake_all()
            elif message["type"] == "message":
                self._wake(message["data"].decode().split(SEPARATOR))
            is_asked = message is None

    def _wake(self, topics: list[str]) -> None:
        with self._lock:
            found = {one for topic in topics for one in self._listeners.get(topic, ())}
        for listener in found:
            listener.wake(frozenset(topics))

    def _wake_all(self) -> None:
        with self._lock:
            found = {one for listeners in self._listeners.values() for one in listeners}
        for listener in found:
            listener.wake(listener.topics)


class Outbox:
    """Rings on their way out. One thread (a greenlet in a web process) tells all of them that have come together:
    telling each by itself would cost a message as much as storing it does."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._changed = threading.Condition()
        self._is_at_work = False

    def add(self, topic: str) -> None:
        with self._changed:
            self._topics.add(topic)
            self._changed.notify()
            if not self._is_at_work:
                self._is_at_work = True
                threading.Thread(target=self._tell, name="ring", daemon=True).start()

    def _tell(self) -> None:
        while topics := self._take():
            _publish(SEPARATOR.join(topics))

    def _take(self) -> set[str]:
        """What has come meanwhile, or comes soon; nothing where the thread may end."""
        with self._changed:
            self._changed.wait_for(lambda: self._topics, PING_SECONDS)
            topics, self._topics = self._topics, set()
            self._is_at_work = bool(topics)
            return topics


_exchange = Exchange()
_outbox = Outbox()


@contextmanager
def listening(*topics: str) -> Iterator[Listener | None]:
    """Hear every ring of these topics while the block runs; None where this process has too many listeners already.

    Look for what you wait for inside the block, before the first `wait`: what rang before it is not heard.
    """
    listener = _exchange.add(frozenset(topics))
    try:
        yield listener
    finally:
        if listener is not None:
            _exchange.remove(listener)


def ring(topic: str) -> None:
    """After commit, wake whoever listens to `topic`, in all processes. Without Redis it is logged, not raised."""
    transaction.on_commit(partial(_outbox.add, topic))


def _publish(topics: str) -> None:
    if not redis.is_worth_asking():
        return
    try:
        redis.client().publish(channel(), topics)
    except RedisError as error:
        redis.note_silence()
        log.warning("bell.unheard reason=%s", type(error).__name__)
        return
    redis.note_answer()


def channel() -> str:
    """One for all topics: a process that subscribed to each would have to tell Redis of every visitor who waits."""
    return f"{settings.REDIS_KEY_PREFIX}:bell"
