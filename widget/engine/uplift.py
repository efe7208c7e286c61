"""Whether speaking first helps: two shares of visitors compared, with what chance alone could make of them. Pure."""

from dataclasses import dataclass
from math import sqrt

# Of the standard normal distribution, for intervals that hold the truth 95 times of 100.
_Z = 1.959963984540054
# Fewer in either group say nothing, whatever they did: figures are looked at again and again, and some day chance
# would speak.
FEWEST_IN_A_GROUP = 20
# A gain below this is none that a business would notice.
WORTH_HAVING = 0.01

VERDICTS = ("nobody_left_alone", "too_early", "helps", "harms", "no_help")


@dataclass(frozen=True)
class Share:
    """So many `of` a group did it."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """0 to 1; 0 of an empty group."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between which shares the true one lies, 95 times of 100: all that there are, where nobody was asked.

        E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209–212.
        """
        if not self.of:
            return 0.0, 1.0
        squared = _Z * _Z / self.of
        middle = self.value + squared / 2
        reach = _Z * sqrt(self.value * (1 - self.value) / self.of + squared / (4 * self.of))
        return max(0.0, (middle - reach) / (1 + squared)), min(1.0, (middle + reach) / (1 + squared))


@dataclass(frozen=True, kw_only=True)
class Uplift:
    """By how much more often those who heard it did something than those who were left alone: -1 to 1, 0.037 being 3.7
    more of a hundred. The truth lies from `low` to `high`, 95 times of 100. `verdict` is one of VERDICTS."""

    difference: float
    low: float
    high: float
    verdict: str


def compare(heard: Share, alone: Share) -> Uplift:
    """The gain of `heard` over `alone`. Both groups must have been drawn by lot.

    The interval is the hybrid of two score intervals, method 10 of R. G. Newcombe, Interval estimation for the
    difference between independent proportions: comparison of eleven methods, Statistics in Medicine 17 (1998), 873–890.
    """
    difference = heard.value - alone.value
    (heard_low, heard_high), (alone_low, alone_high) = heard.interval, alone.interval
    low = difference - sqrt((heard.value - heard_low) ** 2 + (alone_high - alone.value) ** 2)
    high = difference + sqrt((heard_high - heard.value) ** 2 + (alone.value - alone_low) ** 2)
    low, high = (max(low, -1.0), min(high, 1.0)) if heard.of and alone.of else (-1.0, 1.0)
    return Uplift(difference=difference, low=low, high=high, verdict=_judge(heard, alone, low, high))


def _judge(heard: Share, alone: Share, low: float, high: float) -> str:
    if not alone.of:
        return "nobody_left_alone"
    if min(heard.of, alone.of) < FEWEST_IN_A_GROUP:
        return "too_early"
    if low > 0:
        return "helps"
    if high < 0:
        return "harms"
    return "no_help" if high < WORTH_HAVING else "too_early"
