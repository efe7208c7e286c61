"""How likely a passage found answers the question, and what may be said on the strength of it."""

import math

from tenants.knowledge.evidence import MOST_WORDS_COUNTED, Evidence
from tenants.knowledge.index import Thresholds

LEAST_SUGGESTED = 0.25
CAUTION = 0.12  # what a cautious tenant asks for above the usual threshold
HIGHEST_THRESHOLD = 0.92
SHORT_MESSAGE = 2 / MOST_WORDS_COUNTED
LEAST_COVERED = 0.5
SURE = 0.8
SURE_FROM = 0.92  # the likelihood told as 0.8, fitted by `make bench-answers`
TOLD_AS_IT_IS = 0.7
LEAST_BY_MEANING = 0.77  # threshold where the meaning counts, which tells near twins apart less well than words do


def probability(evidence: Evidence) -> float:
    """0 to 1, by logistic regressions fitted on public question sets, half of whose messages nothing answered."""
    logit = _question_logit(evidence) if evidence.has_question else _chunk_logit(evidence)
    if _counts_meaning(evidence):
        logit = -2.73 + 0.32 * logit + 3.61 * evidence.nearness + 6.96 * evidence.nearness_lead
    return 1 / (1 + math.exp(-logit))


def _counts_meaning(evidence: Evidence) -> bool:
    # Fitted on questions alone: there is too little prose with known answers to do the same for chunks.
    return evidence.has_question and evidence.nearness is not None


def confidence(likelihood: float) -> float:
    """What is told of a likelihood: of all that is told as 0.8 or more, at least 80 of 100 are right.

    The likelihood keeps that promise on average, but not where a knowledge base lacks the twin of an entry that it
    has. So it is told as less than it is from 0.7 on. Piecewise linear and monotone.
    """
    if likelihood <= TOLD_AS_IT_IS:
        return likelihood
    if likelihood <= SURE_FROM:
        return _between(likelihood, TOLD_AS_IT_IS, SURE_FROM, TOLD_AS_IT_IS, SURE)
    return _between(likelihood, SURE_FROM, 1.0, SURE, 1.0)


def _between(value: float, low: float, high: float, told_low: float, told_high: float) -> float:
    return told_low + (told_high - told_low) * (value - low) / (high - low)


def _question_logit(evidence: Evidence) -> float:
    return (
        -6.26
        + 5.77 * evidence.covered
        - 3.82 * evidence.covered_by_question
        + 5.54 * evidence.overlap
        + 0.83 * evidence.spelling
        + 1.73 * evidence.margin
        + 1.27 * evidence.unmatched
        + 1.40 * evidence.content_words
    )


def _chunk_logit(evidence: Evidence) -> float:
    return (
        -7.04
        + 2.79 * evidence.covered
        + 8.84 * evidence.strength
        + 3.71 * evidence.margin
        + 1.14 * evidence.unmatched
        + 1.69 * evidence.content_words
    )


def _is_a_guess(evidence: Evidence) -> bool:
    # In a small knowledge base one word of two ("open positions?") can be all that matches, and nothing competes.
    return evidence.content_words <= SHORT_MESSAGE and evidence.covered < LEAST_COVERED


def zone(evidence: Evidence, likelihood: float, thresholds: Thresholds, *, is_cautious: bool = False) -> str:
    """What may be done: "answer" outright, "suggest" or "refuse". With no content word in common, never an answer."""
    threshold = thresholds.question if evidence.has_question else thresholds.chunk
    if _counts_meaning(evidence):
        threshold = max(threshold, LEAST_BY_MEANING)
    if is_cautious:
        threshold = min(HIGHEST_THRESHOLD, threshold + CAUTION)
    is_a_guess = _is_a_guess(evidence) and not _counts_meaning(evidence)
    if likelihood >= threshold and evidence.has_content and not is_a_guess:
        return "answer"
    return "suggest" if likelihood >= LEAST_SUGGESTED else "refuse"
