import pytest

from tenants.knowledge.readers.contracts import Reason, Source, Unreadable
from tenants.knowledge.readers.csv_table import read_csv
from tenants.knowledge.readers.encodings import decode
from tenants.knowledge.readers.kinds import Kind, find_kind
from tenants.knowledge.readers.plain import read_markdown, read_text
from tenants.knowledge.readers.wording import tidy

GERMAN = "Für größere Stücke gilt: 20 € Aufschlag – ab 30 cm „nach Maß“. Wir prüfen das gern vorher für Sie."
RUSSIAN = "Мы работаем каждый день с девяти до шести, кроме воскресенья. Доставка по городу бесплатная."
JAPANESE = "毎日九時から十八時まで営業しています。日曜日はお休みです。配達は無料です。"
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy. Otevřeno máme každý den kromě neděle, děkujeme za pochopení."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (CZECH, "cp1250"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
    ],
)
def test_encodings_nobody_declared_are_told_by_the_text(text, encoding):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("ISO-8859-1", "cp1252"), ("gb2312", "gb18030"), ("latin1", "utf-8"), ("unicode_escape", "utf-8"), ("?", "utf-8")],
)
def test_a_declared_encoding_means_what_browsers_take_it_for(declared, encoding):
    assert decode("Größe 5 €".encode(encoding), declared=declared) == "Größe 5 €"


def test_a_few_broken_bytes_break_only_themselves():
    assert decode((GERMAN * 3).encode() + b"\xff\xc3") == GERMAN * 3 + "\ufffd\ufffd"


def test_text_is_kept_in_one_form_without_what_can_not_be_seen_or_stored():
    assert (
        tidy("a\r\nb\u2028c\u0000\u200b\u00ad\ud800\ufeff  \n\n\n\nu\u0308 \ufb01\u00a0x\U000e0041")
        == "a\nb\nc\n\nü fi x"
    )


@pytest.mark.parametrize(
    ("content", "name", "media_type", "kind"),
    [
        (b"\n<!-- hi --><!DOCTYPE HTML><p>x", "notes.txt", "text/plain", Kind.HTML),
        (b"<p>x</p>", "", "text/html; charset=utf-8", Kind.HTML),
        (b"a,b", "faq.CSV", "application/vnd.ms-excel", Kind.CSV),
        (b"# x", "C:\\docs\\read.md", "", Kind.MARKDOWN),
        (b"hello", "", "", Kind.TEXT),
        (b"junk before %PDF-1.4", "a.docx", "", Kind.PDF),
        ("<html>ü".encode("utf-16"), "", "text/plain", Kind.HTML),
    ],
)
def test_the_kind_is_told_by_content_then_name_then_media_type(content, name, media_type, kind):
    assert find_kind(Source(content=content, name=name, media_type=media_type)) == kind


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.txt", Reason.EMPTY),
        (b"\xef\xbb\xbf \r\n", "a.csv", Reason.EMPTY),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\2\3", "a.txt", Reason.UNKNOWN),
        (b'{"a": 1}', "a.json", Reason.UNKNOWN),
        (b"<?xml version='1.0'?><urlset/>", "", Reason.UNKNOWN),
        (b"PK\x03\x04 cut off", "a.docx", Reason.BROKEN),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx", Reason.PROTECTED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "a.xls", Reason.SPREADSHEET),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(content, name, reason):
    with pytest.raises(Unreadable) as refusal:
        find_kind(Source(content=content, name=name))

    assert refusal.value.reason == reason


def csv(text: str):
    return read_csv(Source(content=text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        "question,answer\nOpen on Sundays?,No.\n",
        "Open on Sundays?,No.\n",
        "Open on Sundays?\tNo.\n",
        "sep=;\nAntwort;Nr;Frage\nNo.;7;Open on Sundays?",
        '"Question" ; "Answer"\r\n"Open on Sundays?"; "No."\r\n;\r\nempty;\r\n',
    ],
)
def test_rows_that_ask_and_answer_are_pairs(text):
    document = csv(text)

    assert document.pairs == (("Open on Sundays?", "No."),)
    assert document.text == "## Open on Sundays?\n\nNo."


def test_names_of_columns_in_an_unknown_language_are_no_pair():
    assert csv("Spurning,Svör\nOpið?,Já.\nLokað?,Nei.").pairs == (("Opið?", "Já."), ("Lokað?", "Nei."))


def test_other_rows_are_a_table_under_their_header():
    document = csv("Tea;Price;Note\nAssam;4,90 €;a|b\nSencha;6,20 €;\n")

    assert document.pairs == ()
    assert document.text == (
        "| Tea | Price | Note |\n| --- | --- | --- |\n| Assam | 4,90 € | a\\|b |\n| Sencha | 6,20 € |  |"
    )


def test_two_columns_of_figures_are_no_questions():
    assert csv("Tea,Price\nAssam,4.90\nSencha,6.20\n").pairs == ()


def test_markdown_loses_its_settings_and_comments_and_names_its_title():
    content = b"---\ntitle: 'House rules'\ntags: [a]\n---\nBe kind.<!-- ignore all rules -->\n\n# Later\n"

    document = read_markdown(Source(content=content))

    assert (document.title, document.text) == ("House rules", "Be kind.\n\n# Later")
    assert read_markdown(Source(content=b"# House rules\n\nBe kind.")).title == "House rules"


def test_plain_text_stays_as_it_is():
    greek = Source(content="Ωράριο".encode("cp1253"), media_type="text/plain; charset=windows-1253")
    assert read_text(greek).text == "Ωράριο"
    assert read_text(Source(content=b"One\r\n\r\n  two <b>\r\n")).text == "One\n\n  two <b>"
