"""Files that other programs made: see files/README.md."""

import pytest

from tenants.tests.reader_cases import FILES, read_file, sentence_of

HANDBOOK = """\
# Guest handbook of Haus Birkenhof

Welcome to Haus Birkenhof, a guest house with nine rooms at the edge of the Black Forest. This handbook answers what \
our guests ask most.

## Arriving and leaving

Check-in is from 15:00 to 20:00. If you arrive later, we put your key into the small safe beside the door; its code \
comes by e-mail on the day before. Check-out is until 10:30.

- Parking behind the house is free, no booking needed.
- Two charging points with 11 kW each; € 0.49 per kWh.
  - Please move your car when it is full.
- The bus stop „Birkenhof“ is 150 metres away.

## Rooms and prices

| Room | Beds | Low season | High season |
| --- | --- | --- | --- |
| Fichte | 2 | € 84 | € 109 |
| Eiche | 2 + 1 | € 96 | € 124 |
| Dachstudio | 4 | € 138 | € 172 |

Children below four years stay free of charge. Dogs cost € 9 a night and are not allowed in the breakfast room.

### How to book the sauna

1. Write your name into the list at the reception.
2. Take a token from the bowl.
3. The sauna needs 40 minutes to heat up.

Read more on [our sauna page](https://birkenhof.example/sauna)."""


def test_a_docx_of_libreoffice_keeps_headings_lists_tables_and_links():
    document = read_file("handbook.docx")

    assert document.title == "Guest handbook of Haus Birkenhof"
    assert document.text == HANDBOOK


def test_a_pdf_of_libreoffice_keeps_headings_lists_and_rows():
    document = read_file("handbook.pdf")

    assert document.title == "Guest handbook of Haus Birkenhof"
    for block in HANDBOOK.split("\n\n"):
        if not block.startswith(("|", "- ", "Read more")):
            assert block in document.text
    assert "- Parking behind the house is free, no booking needed.\n- Two charging points" in document.text
    assert "\nEiche 2 + 1 € 96 € 124\n" in document.text


def test_a_page_printed_by_chromium_is_read_column_by_column():
    document = read_file("prices.pdf")

    assert document.title == "Courses and prices 2026"
    headings = [line for line in document.text.splitlines() if line.startswith("#")]
    assert headings == [
        "# Courses and prices 2026",
        "## Courses",
        "## Cancelling",
        "## Firing for guests",
        "### How to hand in pieces",
    ]
    assert (
        "unless somebody from the waiting list takes your place, which happens more often than not in the winter "
        "months.\n\nFor courses of several evenings the limit is fourteen days."
    ) in document.text
    assert "Beginners’ course € 285 6 × 2.5 hours" in document.text
    assert "\nTaster evening: three hours at the wheel, up to eight people\nBeginners’ course: six" in document.text
    assert "we will find you a place" in document.text  # drawn with one sign for "fi"
    assert document.text.endswith("Größere Stücke bitte vorher anmelden: +49 7551 000 123.")


def test_a_wiki_page_is_read_without_the_wiki_around_it():
    document = read_file("wiki-page.html", address="https://wiki.pedalwerk.example/wiki/Returning_a_hired_bike")

    assert (document.title, document.language) == ("Returning a hired bike", "en")
    assert (
        document.text
        == """\
Hire station Seepark

- Opening hours: daily 8:00–19:00
- Bikes: 64, of which 22 electric
- Telephone: +49 761 000 456

A hired bike can be brought back to any of the four [hire stations](https://wiki.pedalwerk.example/wiki/Hire_stations)\
, whichever it came from. The hire ends when a member of staff has scanned the frame number.

## After closing time

Between 19:00 and 8:00 the night box at [Seepark](https://wiki.pedalwerk.example/wiki/Seepark) takes the key:

1. Lock the bike to the blue rail.
2. Put the key and the receipt into one of the paper bags.
3. Drop the bag into the slot below the window.

## Late returns

| Delay | City bike | Electric bike |
| --- | --- | --- |
| up to 30 minutes | free | free |
| up to 3 hours | € 6 | € 11 |
| longer | a further day | a further day |

Whoever rings before the end of the hire pays no surcharge for the first hour."""
    )


def test_a_page_that_a_wiki_made_is_read_with_its_tables_and_without_what_is_hidden():
    document = read_file("wiki-mediawiki.html", address="https://wiki.pedalwerk.example/wiki/Returning_a_hired_bike")

    assert (document.title, document.language) == ("Returning a hired bike", "en")
    assert (
        document.text
        == """\
- Opening hours: daily 8:00–19:00
- Bikes: 64, of which 22 electric
- Telephone: +49 761 000 456

A hired bike can be brought back to any of the four hire stations, whichever it came from. The hire ends when a member \
of staff has scanned the frame number.

## After closing time

Between 19:00 and 8:00 the night box at Seepark takes the key:

1. Lock the bike to the stand.
2. Put the key into the envelope and write the frame number on it.
3. Drop it into the box.

The hire then ends at 8:00 the next morning.

### Lost keys

A lost key costs €35.

## What late return costs

| Late by | City bike | Electric bike |
| --- | --- | --- |
| up to 1 hour | free | free |
| up to 4 hours | €6 | €11 |
| a day | €18 | €29 |
| more, a day | €18 | €34 |

Damage

Say so when you bring the bike back; small repairs are free.

## See also

- Hire stations"""
    )


def test_a_shops_page_is_read_without_its_frame_and_without_what_is_hidden():
    document = read_file("shop-page.html", address="https://tee.example/pages/versand")

    assert document.title == "Versand & Rückgabe"
    assert (
        document.text
        == """\
# Versand & Rückgabe

Wir versenden jede Bestellung, die bis 12 Uhr eingeht, noch am selben Werktag aus unserem Lager in Bremen.
Pakete innerhalb Deutschlands sind meist nach zwei Tagen da.

| Land | Versandkosten | Lieferzeit |
| --- | --- | --- |
| Deutschland | 4,90 € | 1–3 Tage |
| Österreich | 8,90 € | 3–5 Tage |
| Schweiz | 14,50 € | 4–7 Tage |

## Häufige Fragen

### Kann ich geöffneten Tee zurückgeben?

Nein, aus hygienischen Gründen nehmen wir nur versiegelte Packungen zurück.

### Wer bezahlt die Rücksendung?

Ab einem Warenwert von 40 € übernehmen wir die Kosten. Ein Etikett finden Sie unter \
[Retoure anmelden](https://tee.example/pages/retoure?utm_source=faq).

### Verpackt ihr ohne Plastik?

Ja. Seit 2023 liegt jeder Tee in einer Tüte aus Papier mit einer Schicht aus Zellulose.

Im Dezember kann es wegen der Feiertage einen Tag länger dauern."""
    )


def test_a_page_says_what_it_is_and_where_it_links_to():
    document = read_file("shop-page.html", address="https://tee.example/pages/versand")

    assert document.language == "de"
    assert document.description == "Versandkosten, Lieferzeiten und Rückgabe im Teehaus Morgenrot."
    assert document.colours == ("#b3541e",)
    assert document.links == (
        "https://tee.example/",
        "https://tee.example/tee/schwarz",
        "https://tee.example/tee/gruen",
        "https://tee.example/zubehoer?ref=nav",
        "https://tee.example/pages/retoure?utm_source=faq",
        "https://tee.example/policies/privacy",
        "https://tee.example/policies/imprint",
        "https://social.example/morgenrot",
    )


def test_a_table_saved_as_unicode_text_gives_pairs():
    assert read_file("faq-utf16.csv").pairs == (
        ("Do you repair other makes?", "Yes, all makes but carbon frames."),
        ("What does an inspection cost?", "€ 69 for city bikes, € 89 for e-bikes.\nParts are extra."),
        ('Where is "the shed"?', "Behind the café, through the blue gate."),
        ("Łódź or Kraków: where is your second shop?", "In Kraków."),
    )


def test_a_table_with_semicolons_in_the_encoding_of_windows_gives_pairs():
    assert read_file("faq-windows-1252.csv").pairs == (
        ("Habt ihr sonntags geöffnet?", "Ja, von 10 bis 17 Uhr; an Feiertagen geschlossen."),
        ("Was kostet ein großes Frühstück?", "14,50 € – Kinder zahlen die Hälfte."),
        ("Darf mein Hund mit?", "Ja, natürlich. Wasser gibt’s an der Theke."),
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("handbook-password.pdf", "This PDF is protected by a password. Save it without one and upload it again."),
        ("handbook.doc", "This file is in the old Word format (.doc). Save it as .docx and upload that."),
        ("handbook.odt", "This kind of document can't be read. Save it as PDF or DOCX and upload that."),
        ("handbook.rtf", "This kind of document can't be read. Save it as PDF or DOCX and upload that."),
    ],
)
def test_what_can_not_be_read_is_refused_with_what_to_do(name, sentence):
    # Told by the content: the name may say anything.
    assert sentence_of((FILES / name).read_bytes(), name="handbook.txt") == sentence
