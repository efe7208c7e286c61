"""What Caty knows of the models a tenant may choose: prices, and how to keep each from thinking too long for a chat."""

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Price:
    """Billionths of a US dollar per token ($1 per million tokens is 1,000). Cache writes are those of five minutes."""

    input: int
    output: int
    cache_read: int
    cache_write: int


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """`quiet` says how a model is kept from thinking before it answers: "disabled" or "between_tools" (values of
    `thinking.type`), "low_effort" where thinking cannot be turned off, "" where it is off by itself.
    A prompt longer than `long_prompt_tokens` is billed at `long_prompt_price`, its answer too."""

    price: Price
    quiet: str
    long_prompt_tokens: int | None = None
    long_prompt_price: Price | None = None


def _price(input_price: int, cache_read: int) -> Price:
    # Anthropic's ratios, the same for every model listed: output 5 times input, cache write 1.25 times.
    return Price(input=input_price, output=input_price * 5, cache_read=cache_read, cache_write=input_price * 5 // 4)


_HAIKU_5_5 = ModelFacts(
    price=_price(100, 10), quiet="disabled", long_prompt_tokens=100_000, long_prompt_price=_price(500, 50)
)
_SONNET_4 = ModelFacts(price=_price(3_000, 300), quiet="")
_OPUS_4 = ModelFacts(price=_price(5_000, 500), quiet="")
_FABLE_5 = ModelFacts(price=_price(10_000, 1_000), quiet="low_effort")
_FABLE_5_1 = replace(_FABLE_5, price=_price(10_000, 250))
_FABLE_5_2 = replace(_FABLE_5, price=_price(8_000, 200))

# platform.claude.com/docs: pricing and thinking, November 2026.
MODELS = {
    "claude-haiku-5-5": _HAIKU_5_5,
    "claude-haiku-4-5": ModelFacts(price=_price(1_000, 100), quiet=""),
    "claude-sonnet-5-5": ModelFacts(price=_price(2_000, 100), quiet="between_tools"),
    "claude-sonnet-5": ModelFacts(price=_price(2_000, 200), quiet="disabled"),
    "claude-sonnet-4-6": _SONNET_4,
    "claude-sonnet-4-5": _SONNET_4,
    "claude-opus-5-5": ModelFacts(price=_price(4_000, 200), quiet="low_effort"),
    "claude-opus-5": ModelFacts(price=_price(5_000, 500), quiet="disabled"),
    "claude-opus-4-8": _OPUS_4,
    "claude-opus-4-7": _OPUS_4,
    "claude-opus-4-6": _OPUS_4,
    "claude-opus-4-5": _OPUS_4,
    "claude-fable-5-2": _FABLE_5_2,
    "claude-mythos-5-2": _FABLE_5_2,
    "claude-fable-5-1": _FABLE_5_1,
    "claude-mythos-5-1": _FABLE_5_1,
    "claude-fable-5": _FABLE_5,
    "claude-mythos-5": _FABLE_5,
}
DEFAULT_MODEL = "claude-haiku-5-5"

# A model nobody has told us of costs at least as much as the dearest one known, and is asked for nothing special.
_UNKNOWN = ModelFacts(
    price=Price(
        input=max(facts.price.input for facts in MODELS.values()),
        output=max(facts.price.output for facts in MODELS.values()),
        cache_read=max(facts.price.cache_read for facts in MODELS.values()),
        cache_write=max(facts.price.cache_write for facts in MODELS.values()),
    ),
    quiet="",
)
_DATE_AT_END = re.compile(r"-\d{8}$")
_THINKING_HEADROOM_TOKENS = 1_024
_MOST_OUTPUT_TOKENS = 4_096
_LEAST_OUTPUT_TOKENS = 256


def facts_of(model: str) -> ModelFacts:
    """Return what is known of `model`, with or without a date at its end; of an unknown one, the dearest prices."""
    return MODELS.get(_DATE_AT_END.sub("", model), _UNKNOWN)


def output_limit(model: str, wanted_tokens: int) -> int:
    """Return `max_tokens` for a call: the tenant's wish within bounds, and room for thoughts nobody can turn off."""
    limit = max(_LEAST_OUTPUT_TOKENS, min(wanted_tokens, _MOST_OUTPUT_TOKENS))
    return limit + _THINKING_HEADROOM_TOKENS if facts_of(model).quiet == "low_effort" else limit
