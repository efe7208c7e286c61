"""Access tokens that workers share, in a real Redis."""

from threading import Event, Lock, Thread

import pytest
from django.conf import settings
from redis import Redis

from caty.lib import redis
from caty.tests.waiting import until
from leads.connectors.tokens import Token, shared_token

CREDENTIALS = {"client_id": "id-of-acme", "refresh_token": "secret-of-acme"}
HOUR = 3600


class Issuer:
    """Gives token-1, token-2 and so on; `may_answer` holds it back until it is set."""

    def __init__(self, *, seconds: int = HOUR):
        self.seconds, self.asked, self._lock = seconds, 0, Lock()
        self.may_answer = Event()
        self.may_answer.set()

    def __call__(self) -> Token:
        with self._lock:
            self.asked += 1
            number = self.asked
        assert self.may_answer.wait(timeout=10)
        return Token(f"token-{number}", self.seconds, {"api_domain": "https://www.zohoapis.eu"})


@pytest.fixture
def issuer():
    return Issuer()


def stored() -> list[bytes]:
    """Keys of all tokens that are kept, without locks."""
    return [
        key
        for key in redis.client().scan_iter(match=f"*{settings.REDIS_KEY_PREFIX}:*token:*")
        if not key.endswith(b":lock")
    ]


@pytest.fixture
def tries_to_lock(monkeypatch):
    """A list that grows with every try to be the one who fetches."""
    tries, store = [], Redis.set

    def set_and_note(self, name, value, **options):
        answer = store(self, name, value, **options)
        if options.get("nx"):
            tries.append(bool(answer))
        return answer

    monkeypatch.setattr(Redis, "set", set_and_note)
    return tries


def test_a_token_is_fetched_once_and_found_with_what_came_with_it(issuer):
    first, second = (shared_token("zoho", CREDENTIALS, issuer) for _ in range(2))
    assert first == second == Token("token-1", HOUR, {"api_domain": "https://www.zohoapis.eu"})
    assert issuer.asked == 1


def test_other_credentials_and_other_kinds_have_their_own(issuer):
    told = [
        shared_token("zoho", CREDENTIALS, issuer).value,
        shared_token("zoho", {**CREDENTIALS, "refresh_token": "another"}, issuer).value,
        shared_token("salesforce", CREDENTIALS, issuer).value,
    ]
    assert told == ["token-1", "token-2", "token-3"]


def test_neither_token_nor_credentials_can_be_read_in_redis(issuer):
    shared_token("zoho", CREDENTIALS, issuer)
    (key,) = stored()
    kept = redis.client().get(key)
    for secret in (b"token-1", b"zohoapis"):
        assert secret not in kept
    for secret in (b"id-of-acme", b"secret-of-acme"):
        assert secret not in key + kept


def test_a_token_is_forgotten_a_minute_before_its_end(issuer):
    shared_token("zoho", CREDENTIALS, issuer)
    (key,) = stored()
    assert HOUR - 62 <= redis.client().ttl(key) <= HOUR - 60


def test_a_token_that_ends_within_the_minute_is_not_kept():
    issuer = Issuer(seconds=60)
    assert shared_token("zoho", CREDENTIALS, issuer).value == "token-1"
    assert stored() == []


def test_a_refused_token_is_not_given_again(issuer):
    refused = shared_token("zoho", CREDENTIALS, issuer)
    renewed = shared_token("zoho", CREDENTIALS, issuer, refused=refused.value)
    assert renewed.value == "token-2"
    assert shared_token("zoho", CREDENTIALS, issuer).value == "token-2"


def test_whoever_was_refused_an_older_token_gets_the_newer_one_that_is_there(issuer):
    first = shared_token("zoho", CREDENTIALS, issuer)
    shared_token("zoho", CREDENTIALS, issuer, refused=first.value)
    assert shared_token("zoho", CREDENTIALS, issuer, refused=first.value).value == "token-2"
    assert issuer.asked == 2


@pytest.mark.parametrize("refused", ["", "token-1"])
def test_workers_that_need_a_token_at_once_share_one(issuer, refused, tries_to_lock):
    if refused:
        shared_token("zoho", CREDENTIALS, issuer)
    asked_before = issuer.asked
    tries_to_lock.clear()
    issuer.may_answer.clear()
    answers: list[str] = []

    def ask() -> None:
        answers.append(shared_token("zoho", CREDENTIALS, issuer, refused=refused).value)

    threads = [Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    # One fetches, and both others have found that out and come back, unless they fetch as well.
    until(lambda: len(tries_to_lock) >= 5 or issuer.asked > asked_before + 1)
    issuer.may_answer.set()
    for thread in threads:
        thread.join(timeout=10)

    assert issuer.asked == asked_before + 1
    assert answers == 3 * [f"token-{issuer.asked}"]


def test_a_fetch_that_fails_holds_nobody_up(issuer):
    def fail() -> Token:
        raise ConnectionError("no answer")

    with pytest.raises(ConnectionError):
        shared_token("zoho", CREDENTIALS, fail)
    assert shared_token("zoho", CREDENTIALS, issuer).value == "token-1"
    assert list(redis.client().scan_iter(match=f"*{settings.REDIS_KEY_PREFIX}:*token:*:lock")) == []


def test_while_redis_is_away_everybody_fetches_for_himself(issuer, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert [shared_token("zoho", CREDENTIALS, issuer).value for _ in range(2)] == ["token-1", "token-2"]


def test_a_token_kept_under_a_key_that_was_dropped_is_fetched_anew(issuer, settings):
    shared_token("zoho", CREDENTIALS, issuer)
    settings.CREDENTIAL_KEYS = ["YW5vdGhlci1rZXktb2YtMzItYnl0ZXMtZm9yLXRlc3Q="]
    assert shared_token("zoho", CREDENTIALS, issuer).value == "token-2"
    assert shared_token("zoho", CREDENTIALS, issuer).value == "token-2"
