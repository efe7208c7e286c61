"""Cuts pages into pieces that can be found and quoted by themselves: at headings, then between paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tenants.knowledge.analysis import IS_UNSPACED
from tenants.knowledge.markdown import Block, Heading, read_blocks

USUAL_WORDS = 180  # a chunk is closed when the next block would take it beyond this
LONGEST_WORDS = 300  # a single block longer than this is cut at sentences, or at words
OVERLAP_WORDS = 20
LONGEST_HEADING = 500  # characters
LONGEST_WORD = 200  # characters; what runs on longer is no word
FEWEST_PAGES = 10  # below this, what pages share is not boilerplate
BOILERPLATE_SHARE = 0.3
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page: the headings above it ("Delivery > Abroad") and its text."""

    heading: str
    body: str


def cut_page(text: str, *, without: frozenset[str] = frozenset()) -> list[Piece]:
    """The pieces of a page of Markdown or plain text, in order, leaving out blocks in `without` (find_boilerplate)."""
    pieces = []
    for heading, blocks in _sections(text):
        kept = [block for block in blocks if block.text.strip() not in without]
        pieces.extend(Piece(heading, body) for body in _pack(list(_small_parts(kept))))
    return pieces


def find_boilerplate(texts: Sequence[str]) -> frozenset[str]:
    """Blocks that stand on more than 30 % of these pages: menus, footers, the same notice everywhere."""
    if len(texts) < FEWEST_PAGES:
        return frozenset()
    pages_with: Counter[str] = Counter()
    for text in texts:
        blocks = (block for block in read_blocks(text) if isinstance(block, Block))
        pages_with.update({block.text.strip() for block in blocks})
    return frozenset(block for block, pages in pages_with.items() if pages > BOILERPLATE_SHARE * len(texts))


def count_words(text: str) -> int:
    """Words as lengths are counted here: at least one for a dozen characters, for two in scripts without spaces."""
    return max(len(text.split()), len(text) // 12) + len(IS_UNSPACED.findall(text)) // 2


def _sections(text: str) -> Iterator[tuple[str, list[Block]]]:
    """Each heading's path with the blocks under it, up to the next heading."""
    path: list[Heading] = []
    blocks: list[Block] = []
    for item in read_blocks(text):
        if isinstance(item, Block):
            blocks.append(item)
            continue
        if blocks:
            yield _path_text(path), blocks
            blocks = []
        path = [*(above for above in path if above.level < item.level), item]
    if blocks:
        yield _path_text(path), blocks


def _path_text(path: list[Heading]) -> str:
    return " > ".join(heading.text for heading in path if heading.text)[:LONGEST_HEADING]


def _small_parts(blocks: list[Block]) -> Iterator[str]:
    """Texts of at most LONGEST_WORDS; a long table is cut between rows, each part under the header."""
    for block in blocks:
        if count_words(block.text) <= LONGEST_WORDS:
            yield block.text
        elif block.is_table:
            yield from _cut_table(block)
        else:
            yield from _cut_long(block.text)


def _cut_table(block: Block) -> Iterator[str]:
    header, rows = block.lines[:2], block.lines[2:]
    part: list[str] = []
    for row in rows:
        if part and count_words("\n".join((*header, *part, row))) > USUAL_WORDS:
            yield "\n".join((*header, *part))
            part = []
        part.append(row)
    yield "\n".join((*header, *part))


def _cut_long(text: str) -> Iterator[str]:
    part, words = [], 0
    for sentence in _sentences(text):
        length = count_words(sentence)
        if part and words + length > USUAL_WORDS:
            yield " ".join(part)
            part, words = [], 0
        part.append(sentence)
        words += length
    if part:
        yield " ".join(part)


def _sentences(text: str) -> Iterator[str]:
    """Sentences; one without an end in sight is cut at words, and a word without end at characters."""
    for sentence in filter(None, SENTENCE_END.split(text)):
        if count_words(sentence) <= LONGEST_WORDS:
            yield sentence
            continue
        for word in sentence.split():
            yield from (word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD))


def _pack(parts: list[str]) -> Iterator[str]:
    """Parts put together to about USUAL_WORDS, each but the first beginning with the last words of the one before."""
    packed: list[str] = []
    words = 0
    for part in parts:
        length = count_words(part)
        if packed and words + length > USUAL_WORDS:
            yield "\n\n".join(packed)
            tail = _tail(packed[-1])
            packed, words = ([tail], count_words(tail)) if tail else ([], 0)
        packed.append(part)
        words += length
    if packed:
        yield "\n\n".join(packed)


def _tail(text: str) -> str:
    """The last sentences of a part that fit into the overlap; a table or list line is not carried over."""
    if "\n" in text:
        return ""
    sentences: list[str] = []
    for sentence in reversed(SENTENCE_END.split(text)):
        if count_words(" ".join((sentence, *sentences))) > OVERLAP_WORDS:
            break
        sentences.insert(0, sentence)
    return " ".join(sentences)
