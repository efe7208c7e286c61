"""Other ways in which visitors would ask what a business has answered, for the index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from tenants.knowledge.wordings import MOST_WRITTEN, folded
from widget.engine import cleaning
from widget.engine.model import Prompt
from widget.engine.prompt import fenced
from widget.engine.schema import InvalidReply, read_json_object, take
from widget.engine.writing import ADDRESS, numbers_in

SHORTEST, LONGEST = 3, 120
MOST_ARTICLES = 8  # a call
MOST_LISTS = 16  # of wordings a call: one for each article and language
_TOKENS_A_LIST = 400
_TEMPLATE = Template((Path(__file__).parent / "prompts" / "variants.md").read_text("utf-8"))
_MARKUP = frozenset("<>[]{}`*_|#\\")

Wordings = dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class AskedArticle:
    """A question, the beginning of its answer, and the ways to ask it that are there already or aren't wanted."""

    id: int
    title: str
    body: str
    known: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VariantsRequest:
    """`languages` are codes; `most` is how many wordings each article may get in each."""

    model: str
    business: str
    languages: tuple[str, ...]
    articles: tuple[AskedArticle, ...]
    most: int = MOST_WRITTEN


def articles_a_call(languages: Sequence[str]) -> int:
    """How many articles go into one call."""
    return max(1, min(MOST_ARTICLES, MOST_LISTS // max(1, len(languages))))


def build_variants_prompt(request: VariantsRequest) -> Prompt:
    """Return the prompt for these articles, whose refs are their places, from 1."""
    rules = _TEMPLATE.substitute(
        most=request.most,
        languages=", ".join(f'"{language}"' for language in request.languages),
        longest=LONGEST,
        business=fenced(request.business),
    )
    articles = "\n".join(_article_text(number, article) for number, article in enumerate(request.articles, 1))
    return Prompt(
        model=request.model,
        max_output_tokens=_TOKENS_A_LIST * len(request.languages) * len(request.articles),
        rules=rules,
        message=f"<passages>\n{articles}\n</passages>\n\nWrite the wordings.",
        schema=_schema(request.languages),
    )


def read_variants(text: str, request: VariantsRequest) -> dict[int, Wordings]:
    """Return the wordings that are fit to be indexed, by article and language.

    Raises InvalidReply where the answer has another shape, or there is not one.
    """
    seen = {folded(article.title) for article in request.articles}
    found: dict[int, Wordings] = {}
    for article, language, wording in _items(text, request):
        kept = found.setdefault(article.id, {}).setdefault(language, [])
        key = folded(wording)
        known = {folded(other) for other in article.known}
        if len(kept) < request.most and key not in seen | known and _is_fit(wording, article):
            kept.append(wording)
            seen.add(key)
    useful = {key: {language: kept for language, kept in lists.items() if kept} for key, lists in found.items()}
    useful = {key: lists for key, lists in useful.items() if lists}
    if not useful:
        raise InvalidReply("articles")
    return useful


def _items(text: str, request: VariantsRequest) -> Iterator[tuple[AskedArticle, str, str]]:
    """What the answer holds for articles and languages that were asked about, each wording on one line."""
    by_ref = {str(number): article for number, article in enumerate(request.articles, 1)}
    for entry in _dicts(read_json_object(text), "articles"):
        article = by_ref.get(take(entry, "ref", str))
        for part in _dicts(entry, "wordings"):
            language = take(part, "language", str)
            for wording in take(part, "texts", list):
                if article and language in request.languages and isinstance(wording, str):
                    plain = cleaning.without_control_characters(wording[: 4 * LONGEST])
                    yield article, language, " ".join(plain.split()).strip("\"'“”„«»-– ")


def _dicts(fields: dict[str, Any], name: str) -> list[dict]:
    values = take(fields, name, list)
    if not all(isinstance(value, dict) for value in values):
        raise InvalidReply(name)
    return values


def _is_fit(wording: str, article: AskedArticle) -> bool:
    return (
        SHORTEST <= len(wording) <= LONGEST
        and any(letter.isalpha() for letter in wording)
        and _MARKUP.isdisjoint(wording)
        and not ADDRESS.search(wording)
        and numbers_in(wording) <= numbers_in(f"{article.title} {article.body}")
    )


def _article_text(number: int, article: AskedArticle) -> str:
    known = "".join(f"\nThere already: {fenced(wording)}" for wording in article.known)
    return (
        f'<passage ref="{number}">\nQuestion: {fenced(article.title)}{known}\n'
        f"Answer begins: {fenced(article.body)}\n</passage>"
    )


def _schema(languages: Sequence[str]) -> dict[str, Any]:
    texts = {"type": "array", "items": {"type": "string"}}
    in_language = _object(language={"type": "string", "enum": list(languages)}, texts=texts)
    article = _object(ref={"type": "string"}, wordings={"type": "array", "items": in_language})
    return _object(articles={"type": "array", "items": article})


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}
