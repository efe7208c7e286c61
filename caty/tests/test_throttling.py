"""Limits: exact, all or nothing, and out of the way when Redis is."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from caty.lib import redis, throttling
from caty.lib.throttling import RateLimited, Window


def window(scope="messages", *, subject="sess", limit=2, seconds=60) -> Window:
    return Window(scope, subject, limit, seconds)


def test_the_limit_is_let_through_and_not_one_more():
    allowances = [throttling.spend(window()) for _ in range(3)]

    assert [(a.is_allowed, a.remaining) for a in allowances] == [(True, 1), (True, 0), (False, 0)]
    assert allowances[2].reset_seconds == 60


def test_parallel_requests_let_exactly_the_limit_through():
    with ThreadPoolExecutor(16) as pool:
        allowances = list(pool.map(lambda _: throttling.spend(window(limit=50)), range(200)))

    assert sum(a.is_allowed for a in allowances) == 50


def test_parallel_requests_over_two_windows_spend_both_or_neither():
    small, large = window("small", limit=7), window("large", limit=100)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: throttling.spend(small, large), range(60)))

    assert throttling.look(large).remaining == 93


def test_a_full_window_spends_nothing_of_the_others():
    minute, hour = window("minute", limit=1), window("hour", limit=5, seconds=3600)
    throttling.spend(minute, hour)

    refused = throttling.spend(hour, minute)

    assert (refused.is_allowed, refused.scope, refused.limit) == (False, "minute", 1)
    assert throttling.look(hour).remaining == 4


def test_the_tightest_window_is_the_one_told():
    allowance = throttling.spend(window("wide", limit=100), window("narrow", limit=3))

    assert (allowance.scope, allowance.limit, allowance.remaining) == ("narrow", 3, 2)


def test_subjects_are_counted_apart():
    throttling.spend(window(subject="a", limit=1))

    assert throttling.spend(window(subject="b", limit=1)).is_allowed


def test_an_amount_is_spent_whole_or_not_at_all():
    assert throttling.spend(window(limit=10), amount=7).remaining == 3
    assert not throttling.spend(window(limit=10), amount=4).is_allowed
    assert throttling.spend(window(limit=10), amount=3).remaining == 0


def test_a_limit_of_zero_allows_nothing():
    refused = throttling.spend(window(limit=0))

    assert (refused.is_allowed, refused.reset_seconds) == (False, 60)


def test_looking_counts_nothing():
    throttling.look(window(limit=1))

    assert throttling.look(window(limit=1)).is_allowed
    assert redis.client().exists(window().key) == 0


def test_require_says_when_to_come_back():
    throttling.require(window(limit=1, seconds=3600))

    with pytest.raises(RateLimited) as refused:
        throttling.require(window(limit=1, seconds=3600))

    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (429, "RATE_LIMITED", 3600)


def test_a_window_ends_by_itself():
    throttling.spend(window(seconds=60))
    first_end = redis.client().pttl(window().key)

    throttling.spend(window(seconds=60))

    assert 59_000 < first_end <= 60_000
    assert redis.client().pttl(window().key) <= first_end


def test_keys_carry_the_prefix_of_the_installation(settings):
    settings.REDIS_KEY_PREFIX += "-another"

    assert window().key == f"{settings.REDIS_KEY_PREFIX}:throttle:messages:60:sess"


def test_without_redis_requests_pass_and_it_is_logged_once(settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with caplog.at_level(logging.WARNING):
        allowances = [throttling.require(window(limit=1)) for _ in range(5)]

    assert [a.is_allowed for a in allowances] == [True] * 5
    assert [record.getMessage() for record in caplog.records] == ["throttle.unavailable reason=ConnectionError"]


def test_one_process_holds_no_more_connections_than_it_may(settings):
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda _: throttling.spend(window(limit=10_000)), range(200)))

    assert len(redis.client().connection_pool._connections) <= settings.REDIS_MAX_CONNECTIONS


def test_a_server_that_has_forgotten_the_script_is_told_it_again(caplog):
    throttling.spend(window())
    redis.client().script_flush()

    assert throttling.spend(window()).remaining == 0
    assert caplog.records == []
