"""CSV as spreadsheets save it: pairs of question and answer, or else a table."""

import csv
from collections import Counter
from io import StringIO

from tenants.knowledge.readers.contracts import Document, Reason, Source, Unreadable
from tenants.knowledge.readers.encodings import decode, find_charset
from tenants.knowledge.readers.wording import table_of, tidy, tidy_line

DELIMITERS = ",;\t"
MOST_ROWS = 20_000
SAMPLE_ROWS = 50
QUESTION_WORDS = {
    *("question", "questions", "frage", "fragen", "pregunta", "preguntas", "domanda", "domande", "pergunta"),
    *(
        "vraag",
        "vragen",
        "pytanie",
        "otázka",
        "spørgsmål",
        "fråga",
        "kysymys",
        "soru",
        "вопрос",
        "питання",
        "質問",
        "问题",
    ),
}
ANSWER_WORDS = {
    *("answer", "answers", "antwort", "antworten", "réponse", "réponses", "reponse", "respuesta", "respuestas"),
    *("risposta", "risposte", "resposta", "respostas", "antwoord", "odpowiedź", "odpověď", "svar", "vastaus", "cevap"),
    *("ответ", "відповідь", "回答", "答え", "答案"),
}
QUESTION_MARKS = ("?", "？", "؟")
SENTENCE_LENGTH = 40  # characters; second cells as long as this on average are answers, not figures


def read_csv(source: Source) -> Document:
    """Pairs where the columns say so, or two columns look so; anything else is a table under the first row's names."""
    rows = _read_rows(decode(source.content, declared=find_charset(source.media_type)))
    pairs = _find_pairs(rows)
    if pairs:
        return Document(title="", text=_text_of(pairs), pairs=tuple(pairs))
    return Document(title="", text=table_of(rows))


def _read_rows(text: str) -> list[list[str]]:
    csv.field_size_limit(2_000_000)
    delimiter, text = _delimiter_and_rest(text)
    rows = []
    for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True):
        if any(cell.strip() for cell in row):
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise Unreadable(Reason.TOO_LONG)
    return rows


def _delimiter_and_rest(text: str) -> tuple[str, str]:
    """What separates the cells: as the first line says ("sep=;", which Excel writes), or what gives even rows."""
    first, _, rest = text.partition("\n")
    if first.strip().strip('"').lower().startswith("sep=") and first.strip().strip('"')[4:5]:
        return first.strip().strip('"')[4], rest
    return max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter)), text


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    sample = []
    for row in csv.reader(StringIO(text[:200_000], newline=""), delimiter=delimiter, skipinitialspace=True):
        sample.append(len(row))
        if len(sample) == SAMPLE_ROWS:
            break
    wide = Counter(width for width in sample if width > 1)
    if not wide:
        return 0.0, 0
    width, count = wide.most_common(1)[0]
    return count / len(sample), width


def _find_pairs(rows: list[list[str]]) -> list[tuple[str, str]]:
    header = [tidy_line(cell).casefold().rstrip(":") for cell in rows[0]] if rows else []
    question = next((place for place, name in enumerate(header) if name in QUESTION_WORDS), None)
    answer = next((place for place, name in enumerate(header) if name in ANSWER_WORDS), None)
    if question is not None and answer is not None:
        return _cells(rows[1:], question, answer)
    pairs = _cells(rows, 0, 1)
    has_two_columns = all(not any(cell.strip() for cell in row[2:]) for row in rows)
    if not has_two_columns or len(pairs) < 0.9 * len(rows):
        return []
    asked = sum(first.endswith(QUESTION_MARKS) for first, _ in pairs)
    are_sentences = sum(len(second) for _, second in pairs) >= SENTENCE_LENGTH * len(pairs)
    if asked * 2 < len(pairs) and not are_sentences:
        return []
    # Names of columns in a language that isn't in our lists.
    is_named = asked >= 2 and not pairs[0][0].endswith(QUESTION_MARKS) and max(map(len, pairs[0])) < 20
    return pairs[1:] if is_named else pairs


def _cells(rows: list[list[str]], question: int, answer: int) -> list[tuple[str, str]]:
    wide = (row for row in rows if len(row) > max(question, answer))
    pairs = ((tidy_line(row[question]), tidy(row[answer])) for row in wide)
    return [pair for pair in pairs if all(pair)]


def _text_of(pairs: list[tuple[str, str]]) -> str:
    return "\n\n".join(f"## {question}\n\n{answer}" for question, answer in pairs)
