"""How many tokens of a language model a text takes, estimated without a tokenizer."""

import math

from tenants.knowledge.analysis import IS_UNSPACED

TOKENS_PER_CHARACTER = 0.3  # 1.7 tokens a word of English
TOKENS_PER_UNSPACED_CHARACTER = 1.2
TOKENS_AROUND_PASSAGE = 24  # its reference, address and marks in the prompt


def estimate_tokens(text: str) -> int:
    """Rather too many than too few."""
    unspaced = len(IS_UNSPACED.findall(text))
    spaced = len(text) - unspaced
    return math.ceil(TOKENS_PER_CHARACTER * spaced + TOKENS_PER_UNSPACED_CHARACTER * unspaced)
