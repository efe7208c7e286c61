"""The optional search by meaning, for measuring it on sets of questions. Needs requirements-semantic.txt."""

from collections.abc import Callable, Sequence

import numpy

from benchmarks.retrieval_sets import QuestionSet
from tenants.knowledge import embedding, vectors
from tenants.knowledge.analysis import LANGUAGES_OF_MEANING, primary_language


class Meaning:
    """Remembers what it has encoded: the same questions are put to many variations of a set."""

    def __init__(self) -> None:
        self._encoder = embedding.find_encoder()
        self._known: dict[str, numpy.ndarray] = {}

    def of(self, questions: QuestionSet) -> Callable[[str], Sequence[float]] | None:
        """What gives the cosines of a message to each passage; None in languages that the model doesn't understand."""
        if primary_language(questions.language) not in LANGUAGES_OF_MEANING:
            return None
        worded = [(n, text) for n, entry in enumerate(questions.entries) for text in entry.questions or (entry.text,)]
        texts = [text for _, text in worded]
        self._learn([*texts, *(one.text for one in questions.asked)])
        rows = numpy.stack([self._known[text] for text in texts])
        units = [(number, vectors.mark_of(text)) for number, text in worded]
        nearness = vectors.Nearness(vectors.make(units, rows), range(len(questions.entries)))
        return lambda text: nearness.cosines(self._known[text])

    def _learn(self, texts: Sequence[str]) -> None:
        # Texts of a length together: the others of a batch are filled up to the longest.
        unknown = sorted({text for text in texts if text not in self._known}, key=len)
        if unknown:
            self._known |= zip(unknown, self._encoder.encode(unknown), strict=True)
