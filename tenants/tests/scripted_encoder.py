"""In the place of a model that knows meanings: words of one line mean the same, others nothing."""

import re

import numpy

SAME = (
    {"money", "back", "return", "refund"},
    {"parcel", "delivery", "ship", "arrive"},
    {"light", "bulbs", "watts"},
    {"founded", "sisters", "began"},
)


class ScriptedEncoder:
    def encode(self, texts) -> numpy.ndarray:
        """Vectors of length 1, or of length 0 where a text has none of these words."""
        words = [re.findall(r"\w+", text.lower()) for text in texts]
        rows = numpy.array([[sum(word in group for word in one) for group in SAME] for one in words], numpy.float32)
        return rows / numpy.maximum(1e-9, numpy.linalg.norm(rows, axis=1)[:, None])


def find_encoder() -> ScriptedEncoder:
    return ScriptedEncoder()
