"""A breaker opens after enough failures, lets one find out, and closes again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from caty.lib import redis
from caty.lib.breaker import Breaker


@pytest.fixture
def breaker() -> Breaker:
    return Breaker("test", failures=3)


def another_process(breaker: Breaker) -> Breaker:
    return Breaker(breaker.name, failures=breaker.failures)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.note_failure("model")


def end_rest(breaker: Breaker) -> None:
    redis.client().delete(breaker._keys("model")[1])
    breaker.forget_all()


def test_a_few_failures_change_nothing(breaker):
    fail(breaker, 2)

    assert breaker.may_ask("model")


def test_enough_failures_stop_every_process_and_nothing_else(breaker):
    fail(breaker, 3)

    assert not breaker.may_ask("model")
    assert not another_process(breaker).may_ask("model")
    assert breaker.may_ask("other model")


def test_after_the_rest_one_finds_out(breaker):
    fail(breaker, 3)
    end_rest(breaker)

    with ThreadPoolExecutor(10) as pool:
        asked = list(pool.map(lambda _: another_process(breaker).may_ask("model"), range(20)))

    assert asked.count(True) == 1


def test_a_success_lets_all_in_again(breaker):
    fail(breaker, 3)
    end_rest(breaker)
    assert breaker.may_ask("model")

    breaker.note_success("model")

    assert breaker.may_ask("model")
    assert another_process(breaker).may_ask("model")
    fail(breaker, 2)
    assert another_process(breaker).may_ask("model")


def test_a_failure_of_the_one_who_finds_out_begins_the_rest_anew(breaker):
    fail(breaker, 3)
    end_rest(breaker)
    assert breaker.may_ask("model")

    breaker.note_failure("model")

    assert not another_process(breaker).may_ask("model")


def test_failures_are_forgotten_by_themselves(breaker):
    fail(breaker, 2)

    assert 0 < redis.client().pttl(breaker._keys("model")[0]) <= 60_000


def test_success_where_nothing_failed_asks_redis_nothing(breaker, monkeypatch):
    assert breaker.may_ask("model")
    monkeypatch.setattr(redis, "client", lambda: pytest.fail("Redis was asked"))

    breaker.note_success("model")


def test_success_of_a_long_call_asks_redis_nothing_either(breaker, monkeypatch):
    assert breaker.may_ask("model")
    breaker._known.clear()  # a second has passed
    monkeypatch.setattr(redis, "client", lambda: pytest.fail("Redis was asked"))

    breaker.note_success("model")


def test_success_takes_back_what_failed_elsewhere(breaker):
    fail(another_process(breaker), 2)
    assert breaker.may_ask("model")

    breaker.note_success("model")
    fail(another_process(breaker), 2)

    assert another_process(breaker).may_ask("model")


def test_without_redis_everybody_may_ask(breaker, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    fail(breaker, 5)

    assert breaker.may_ask("model")
