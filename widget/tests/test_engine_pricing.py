import pytest

from widget.engine import pricing
from widget.engine.catalogue import MODELS, facts_of
from widget.engine.contracts import Usage
from widget.engine.model import Prompt
from widget.engine.schema import REPLY_SCHEMA


def cost(model, **tokens):
    return pricing.cost_microusd(Usage(model=model, **tokens))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-haiku-5-5", 100_000 + 500_000 + 10_000 + 125_000),
        ("claude-sonnet-5-5", 2_000_000 + 10_000_000 + 100_000 + 2_500_000),
        ("claude-opus-5-5", 4_000_000 + 20_000_000 + 200_000 + 5_000_000),
        ("claude-haiku-4-5-20251001", 1_000_000 + 5_000_000 + 100_000 + 1_250_000),
    ],
)
def test_a_million_tokens_of_each_kind(model, expected):
    kinds = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    short = sum(cost(model, **{kind: 1_000}) for kind in kinds)

    assert short * 1_000 == pytest.approx(expected, rel=0.01)


def test_cost_is_rounded_up():
    assert cost("claude-haiku-5-5", cache_read_tokens=1) == 1
    assert cost("claude-haiku-5-5", input_tokens=10) == 1
    assert cost("claude-haiku-5-5", input_tokens=11) == 2
    assert pricing.cost_microusd(None) == 0


def test_long_prompts_of_haiku_cost_five_times_as_much():
    assert cost("claude-haiku-5-5", input_tokens=1_000, cache_read_tokens=99_000, output_tokens=100) == 1_140
    assert cost("claude-haiku-5-5", input_tokens=1_001, cache_read_tokens=99_000, output_tokens=100) == 5_701


def test_unknown_model_costs_what_the_dearest_costs():
    unknown = facts_of("claude-of-tomorrow").price

    assert (unknown.input, unknown.output, unknown.cache_read, unknown.cache_write) == (10_000, 50_000, 1_000, 12_500)
    assert all(facts.price.output <= unknown.output for facts in MODELS.values())


def test_ceiling_is_two_tries_at_full_price():
    prompt = Prompt(
        model="claude-sonnet-5-5", max_output_tokens=500, rules="a" * 1_998, message="b" * 1_000, schema=REPLY_SCHEMA
    )

    assert pricing.ceiling_microusd(prompt) == 2 * (3_000 * 2.5 + 500 * 10)


@pytest.mark.parametrize("text", ["a" * 100, "ä" * 100, "語" * 100, "😀" * 100])
def test_bounds_are_above_what_a_tokenizer_makes(text):
    assert pricing.most_tokens(text) >= len(text) // 2
    assert pricing.most_bytes(text) == len(text.encode())
