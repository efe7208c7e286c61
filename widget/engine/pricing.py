"""What a model call costs, in millionths of a US dollar."""

from dataclasses import replace

from widget.engine.catalogue import ModelFacts, Price, facts_of, output_limit
from widget.engine.contracts import Usage
from widget.engine.model import Prompt, Search
from widget.engine.prompt import MOST_LOOKED_UP_BYTES

_MOST_TRIES = 2
# The API adds its own words about the answer's schema to every prompt.
_SCHEMA_OVERHEAD_TOKENS = 1_000
# A tool and the API's words about tools, and what the model writes to use it.
_SEARCH_OVERHEAD_TOKENS = 1_000


def cost_microusd(usage: Usage | None) -> int:
    """Return what `usage` costs, rounded up. A model unknown to the catalogue costs what the dearest known one does."""
    if usage is None:
        return 0
    prompt_tokens = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    price = _price_for(facts_of(usage.model), prompt_tokens)
    nanousd = (
        usage.input_tokens * price.input
        + usage.output_tokens * price.output
        + usage.cache_read_tokens * price.cache_read
        + usage.cache_write_tokens * price.cache_write
    )
    return -(-nanousd // 1_000)


def ceiling_microusd(prompt: Prompt) -> int:
    """Return the most that asking `prompt` can cost: two tries, nothing in the cache, every output token used.

    Where a search is offered, the question after it is counted too, longer by what was found.
    """
    usage = most_usage(prompt)
    nanousd = _most_nanousd(usage)
    if prompt.search == Search.OFFERED:
        nanousd += _most_nanousd(replace(usage, input_tokens=usage.input_tokens + MOST_LOOKED_UP_BYTES))
    return -(-nanousd * _MOST_TRIES // 1_000)


def _most_nanousd(usage: Usage) -> int:
    price = _price_for(facts_of(usage.model), usage.input_tokens)
    return usage.input_tokens * max(price.input, price.cache_write) + usage.output_tokens * price.output


def most_usage(prompt: Prompt) -> Usage:
    """Return the most tokens that one try of `prompt` can use, nothing of it in the cache."""
    overhead = _SCHEMA_OVERHEAD_TOKENS + (0 if prompt.search == Search.NONE else _SEARCH_OVERHEAD_TOKENS)
    return Usage(
        model=prompt.model,
        input_tokens=most_tokens(prompt.rules) + most_bytes(prompt.message) + overhead,
        output_tokens=output_limit(prompt.model, prompt.max_output_tokens),
    )


def most_tokens(text: str) -> int:
    """Return a bound on the tokens of what a business wrote: half a token an ASCII letter, two for any other."""
    others = len(text) - len(text.encode("ascii", "ignore"))
    return (len(text) - others) // 2 + 2 * others + 1


def most_bytes(text: str) -> int:
    """Return a bound on the tokens of anything at all: no tokenizer makes more of a text than it has bytes."""
    return len(text.encode("utf-8", "replace"))


def _price_for(facts: ModelFacts, prompt_tokens: int) -> Price:
    if facts.long_prompt_tokens is not None and facts.long_prompt_price and prompt_tokens > facts.long_prompt_tokens:
        return facts.long_prompt_price
    return facts.price
