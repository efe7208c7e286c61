"""What others do: BM25 over plain words, and PostgreSQL's own full-text search."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from heapq import nlargest

import psycopg

from benchmarks.retrieval_figures import DEPTH
from benchmarks.retrieval_sets import QuestionSet
from tenants.knowledge.index import Entry

SATURATION, LENGTH_WEIGHT = 1.5, 0.75  # k1 and b, as rank-bm25 and most others have them
CONFIGURATIONS = {"de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "pt": "portuguese"}
WORD = re.compile(r"\w+")

# Every word of a question is a wish, none a condition: joined by "and", as the ready-made functions do, they find
# nothing for most questions. Divided by the logarithm of the length (1), which was the best of the normalisations.
FIND = """
    SELECT asked.number, array(
        SELECT passage.number FROM bench_passage AS passage WHERE passage.words @@ asked.wish
        ORDER BY ts_rank(passage.words, asked.wish, 1) DESC, passage.number LIMIT %(limit)s
    )
    FROM (
        SELECT number, replace(plainto_tsquery(%(configuration)s, text)::text, '&', '|')::tsquery AS wish
        FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS one(text, number)
    ) AS asked ORDER BY asked.number
"""


def text_of(entry: Entry) -> str:
    """A passage with the questions it answers, as one field."""
    return " ".join((*entry.questions, entry.text))


class PlainBm25:
    """BM25 over words as they are written, as anyone would write it first: a dict of lists of pairs."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._rows: dict[str, list[tuple[int, float]]] = defaultdict(list)
        words = [WORD.findall(text.lower()) for text in texts]
        average = (sum(map(len, words)) / len(words)) or 1.0
        for number, passage in enumerate(words):
            norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * len(passage) / average)
            for word, count in Counter(passage).items():
                self._rows[word].append((number, count * (SATURATION + 1) / (count + norm)))
        self._count = len(words)

    def find(self, text: str, *, limit: int = DEPTH) -> list[int]:
        """The numbers of the best passages."""
        scores: dict[int, float] = defaultdict(float)
        for word in WORD.findall(text.lower()):
            row = self._rows.get(word, ())
            idf = math.log(1 + (self._count - len(row) + 0.5) / (len(row) + 0.5))
            for number, weight in row:
                scores[number] += idf * weight
        return [number for number, _ in nlargest(limit, scores.items(), key=lambda item: (item[1], -item[0]))]


class FullTextSearch:
    """PostgreSQL's `ts_rank` over the passages of one knowledge base, in a temporary table of this connection."""

    def __init__(self, connection: psycopg.Connection, texts: Sequence[str], *, language: str) -> None:
        self._connection = connection
        self._configuration = CONFIGURATIONS.get(language.partition("-")[0].lower(), "simple")
        connection.execute("DROP TABLE IF EXISTS bench_passage")
        connection.execute("CREATE TEMPORARY TABLE bench_passage (number integer PRIMARY KEY, words tsvector)")
        insert = "INSERT INTO bench_passage SELECT number - 1, to_tsvector(%s::regconfig, text) "
        insert += "FROM unnest(%s::text[]) WITH ORDINALITY AS one(text, number)"
        connection.execute(insert, [self._configuration, [text.replace("\0", " ") for text in texts]])
        connection.execute("CREATE INDEX ON bench_passage USING gin (words)")
        connection.execute("ANALYZE bench_passage")

    def find_all(self, texts: Sequence[str], *, limit: int = DEPTH) -> list[list[int]]:
        """The numbers of the best passages for each text, in one statement."""
        parameters = {"configuration": self._configuration, "texts": [*texts], "limit": limit}
        return [found for _, found in self._connection.execute(FIND, parameters)]

    def find(self, text: str, *, limit: int = DEPTH) -> list[int]:
        return self.find_all([text], limit=limit)[0]

    @property
    def size_mb(self) -> float:
        """What the table and its index take."""
        asked = self._connection.execute("SELECT pg_total_relation_size('bench_passage')")
        return asked.fetchone()[0] / 1e6


def find_by_bm25(questions: QuestionSet) -> list[list[int]]:
    """What plain BM25 finds for each question of a set."""
    search = PlainBm25([text_of(entry) for entry in questions.entries])
    return [search.find(one.text) for one in questions.asked]


def find_by_full_text_search(questions: QuestionSet, connection: psycopg.Connection) -> list[list[int]]:
    """What PostgreSQL finds for each question of a set."""
    search = FullTextSearch(connection, [text_of(entry) for entry in questions.entries], language=questions.language)
    return search.find_all([one.text for one in questions.asked])
