"""Reads articles from files: Markdown, one article for each top-level heading, or JSON, one object a line."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from caty.lib.errors import CatyError
from tenants.knowledge.articles import ArticleInvalid, ArticleText, require_valid
from tenants.knowledge.markdown import Heading, read_blocks

LARGEST_FILE = 50 * 1024 * 1024  # bytes
MOST_ARTICLES = 20_000
MOST_ERRORS_SHOWN = 20
TEXT_FIELDS = ("title", "body", "url", "category", "kind")


class ImportRefused(CatyError):
    message = "The file can't be imported."


@dataclass(frozen=True)
class LineError:
    """What is wrong with the article that begins on a line, counted from 1."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}"


def read_article_file(path: Path) -> list[ArticleText]:
    """The articles in a .md, .markdown, .txt, .jsonl or .ndjson file.

    Raises ImportRefused naming every bad line (the first twenty), or what else is wrong with the file.
    """
    text = _read_text(path)
    read = read_json_lines if path.suffix.lower() in (".jsonl", ".ndjson", ".json") else read_markdown
    articles, errors = [], []
    first_lines: dict[tuple[str, str], int] = {}
    for line, make in read(text):
        try:
            article = make()
            require_valid(article)
            before = first_lines.setdefault((article.title.strip(), article.url), line)
            if before != line:
                raise ImportRefused(f"title and url are those of line {before}.")
            articles.append(article)
        except (ArticleInvalid, ImportRefused) as error:
            errors.append(LineError(line, error.message))
    if errors:
        raise ImportRefused(_summary(errors))
    if not articles:
        raise ImportRefused("There is no article in the file.")
    if len(articles) > MOST_ARTICLES:
        raise ImportRefused(f"The file has {len(articles)} articles; {MOST_ARTICLES} can be imported at once.")
    return articles


def read_json_lines(text: str) -> Iterator[tuple[int, Callable[[], ArticleText]]]:
    """Each line that isn't empty, with what makes an article of it or raises ImportRefused."""
    # Not splitlines(): that would also cut at U+2028, which JSON allows within a string.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, lambda line=line: _article_of_json(line)


def read_markdown(text: str) -> Iterator[tuple[int, Callable[[], ArticleText]]]:
    """Each top-level section with what makes an article of it.

    Sections begin at the highest level of heading that occurs more than once; a single heading above them is the
    document's title. Text before the first section has no title, and is an error.
    """
    lines = text.splitlines()
    headings = [item for item in read_blocks(text) if isinstance(item, Heading)]
    if not headings:
        yield 1, _refusal("no heading (# Title) in the file.")
        return
    level = _section_level(headings)
    starts = [heading for heading in headings if heading.level == level]
    preface = [line for line in lines[: starts[0].line - 1] if line.strip() and not line.lstrip().startswith("#")]
    if preface:
        yield 1, _refusal("text before the first heading belongs to no article.")
    ends = [heading.line - 1 for heading in headings if heading.level <= level][1:]
    for start in starts:
        end = next((end for end in ends if end >= start.line), len(lines))
        body = "\n".join(lines[start.line : end])
        yield start.line, lambda title=start.text, body=body: ArticleText(title=title, body=body.strip())


def _section_level(headings: list[Heading]) -> int:
    levels = sorted({heading.level for heading in headings})
    repeated = [level for level in levels if sum(heading.level == level for heading in headings) > 1]
    if repeated and levels.index(repeated[0]) <= 1 and headings[0].level == levels[0]:
        return repeated[0]
    return levels[0]


def _refusal(message: str) -> Callable[[], ArticleText]:
    def refuse() -> ArticleText:
        raise ImportRefused(message)

    return refuse


def _article_of_json(line: str) -> ArticleText:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise ImportRefused("not a JSON object.") from None
    if not isinstance(found, dict):
        raise ImportRefused("not a JSON object.")
    texts = {name: found[name] for name in TEXT_FIELDS if found.get(name) is not None}
    variants = found.get("variants") or []
    for name, value in texts.items():
        if not isinstance(value, str):
            raise ImportRefused(f"{name} must be text.")
    if not isinstance(variants, list) or not all(isinstance(variant, str) for variant in variants):
        raise ImportRefused("variants must be a list of texts.")
    missing = [name for name in ("title", "body") if name not in texts]
    if missing:
        raise ImportRefused(f"{' and '.join(missing)} missing.")
    return ArticleText(**texts, variants=tuple(variants))


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ImportRefused(f"The file is larger than {LARGEST_FILE // 1024**2} MB.")
        raw = path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"The file can't be read: {error.strerror}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ImportRefused(f"Line {line}: not UTF-8 text.") from error


def _summary(errors: list[LineError]) -> str:
    shown = [str(error) for error in errors[:MOST_ERRORS_SHOWN]]
    if len(errors) > len(shown):
        shown.append(f"… and {len(errors) - len(shown)} more.")
    return "\n".join(shown)
