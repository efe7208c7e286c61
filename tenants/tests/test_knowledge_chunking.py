from hypothesis import given
from hypothesis import strategies as st

from tenants.knowledge.chunking import LONGEST_WORDS, Piece, count_words, cut_page, find_boilerplate
from tenants.knowledge.drafts import ArticleSource, draft_passages, entry_of, tokens_of
from tenants.knowledge.tokens import estimate_tokens


def words(count: int, word: str = "lamp") -> str:
    return " ".join([word] * count)


def source(**changes) -> ArticleSource:
    values = {"id": 1, "kind": "page", "title": "Delivery", "body": "Text.", "url": "", "category": "", "variants": ()}
    return ArticleSource(**{**values, **changes})


def test_pages_are_cut_at_headings_with_their_path():
    page = "Intro.\n\n# Delivery\nAt home.\n\n## Abroad\nSlower.\n\n# Returns\nFree."

    assert cut_page(page) == [
        Piece("", "Intro."),
        Piece("Delivery", "At home."),
        Piece("Delivery > Abroad", "Slower."),
        Piece("Returns", "Free."),
    ]


def test_a_heading_in_a_code_block_is_code():
    assert cut_page("# Use\n```\n# comment\n```") == [Piece("Use", "```\n# comment\n```")]


def test_paragraphs_are_put_together_to_about_180_words():
    pieces = cut_page("\n\n".join([words(70)] * 4))

    assert [count_words(piece.body) for piece in pieces] == [140, 140]


def test_pieces_of_one_section_overlap_by_a_sentence():
    pieces = cut_page(f"{words(150)}. The last words here.\n\n{words(100)}.")

    assert pieces[1].body.startswith("The last words here.\n\nlamp")


def test_sections_do_not_overlap():
    pieces = cut_page(f"# One\n\n{words(170)}. Last words.\n\n# Two\n\nOther.")

    assert pieces[1] == Piece("Two", "Other.")


def test_a_long_paragraph_is_cut_at_sentences():
    pieces = cut_page(" ".join([f"{words(49)} end."] * 10))

    assert all(piece.body.endswith("end.") for piece in pieces)
    assert max(count_words(piece.body) for piece in pieces) <= LONGEST_WORDS


def test_a_long_table_repeats_its_header():
    rows = "\n".join(f"| lamp {number} | {words(10)} |" for number in range(60))
    pieces = cut_page(f"| Lamp | Price |\n|---|---|\n{rows}")

    assert len(pieces) > 2
    assert all(piece.body.split("\n\n")[-1].startswith("| Lamp | Price |\n|---|---|\n| lamp") for piece in pieces)


def test_what_a_third_of_the_pages_share_is_left_out():
    pages = [f"Page {number}.\n\nSubscribe to our newsletter!" for number in range(10)]

    assert find_boilerplate(pages) == {"Subscribe to our newsletter!"}
    assert cut_page(pages[0], without=find_boilerplate(pages)) == [Piece("", "Page 0.")]


def test_a_question_stays_whole_and_is_indexed_by_its_wordings():
    article = source(kind="question", title="How long?", body=words(400), variants=("When?",))

    (draft,) = draft_passages([article])

    assert draft.question == "How long?"
    assert entry_of(draft).questions == ("How long?", "When?")
    assert entry_of(draft).text == words(400)


def test_an_endless_answer_keeps_its_question_on_the_first_piece_alone():
    article = source(kind="question", title="Terms?", body="\n\n".join([words(150)] * 8))

    drafts = draft_passages([article])

    assert [draft.question for draft in drafts] == ["Terms?"] + [""] * 7


def test_a_chunk_is_indexed_with_title_and_headings_as_text():
    (draft,) = draft_passages([source(body="# Abroad\n\nSlower.")])

    assert entry_of(draft).questions == ()
    assert entry_of(draft).text == "Delivery\nAbroad\nSlower."


def test_tokens_are_estimated_from_characters():
    assert estimate_tokens("a" * 100) == 30
    assert estimate_tokens("東京") == 3
    (draft,) = draft_passages([source()])
    assert tokens_of(draft) == 24 + estimate_tokens("Delivery  Text. ")


@given(st.text(alphabet="ab .#\n|-`*東", max_size=3000))
def test_any_page_gives_pieces_of_bounded_size(text):
    assert all(piece.body.strip() for piece in cut_page(text))
    assert all(count_words(piece.body) <= 2 * LONGEST_WORDS for piece in cut_page(text))
