"""Why a file or page isn't read, in words for the one who gave it to us."""

from django.utils.translation import gettext_lazy as _

from tenants.knowledge.readers.contracts import Reason

SENTENCES = {
    Reason.EMPTY: _("There is no text in this file."),
    Reason.EMPTY_PAGE: _("There is no text on this page. If it is only filled in by scripts, paste its text instead."),
    Reason.SCANNED: _(
        "This PDF has pictures of pages, but no text. Run text recognition (OCR) on it and upload it again, "
        "or paste its text."
    ),
    Reason.PROTECTED_PDF: _("This PDF is protected by a password. Save it without one and upload it again."),
    Reason.PROTECTED: _("This file is protected by a password. Save it without one and upload it again."),
    Reason.OLD_WORD: _("This file is in the old Word format (.doc). Save it as .docx and upload that."),
    Reason.SPREADSHEET: _("This file is a spreadsheet. Save it as CSV and upload that."),
    Reason.OTHER_DOCUMENT: _("This kind of document can't be read. Save it as PDF or DOCX and upload that."),
    Reason.UNKNOWN: _("This kind of file can't be read. Upload a PDF, DOCX, HTML, Markdown, text or CSV file."),
    Reason.TOO_LARGE: _("This file is larger than 20 MB. Split it into smaller ones and upload those."),
    Reason.TOO_LONG: _("This file is too long. Split it into smaller ones and upload those."),
    Reason.TOO_SLOW: _("This file takes too long to read. Split it into smaller ones, or paste its text."),
    Reason.TOO_COMPLICATED: _("This file is too complicated to read. Split it into smaller ones, or paste its text."),
    Reason.BROKEN: _(
        "This file is damaged or not complete. Open it in the program it was made with, save it again and upload that."
    ),
}
# A page found by its address is nothing that its reader could save in another way.
PAGE_SENTENCES = {
    Reason.EMPTY: _("There is no text at this address."),
    Reason.UNKNOWN: _("What is at this address is neither a page nor a document that can be read."),
    Reason.TOO_LARGE: _("This page is larger than 20 MB."),
    Reason.TOO_LONG: _("This page is too long to be read."),
    Reason.TOO_SLOW: _("This page takes too long to read."),
    Reason.TOO_COMPLICATED: _("This page is too complicated to read. Paste its text instead."),
    Reason.BROKEN: _("This page is damaged or did not arrive completely. Paste its text instead."),
}


def sentence_for(reason: Reason, *, is_page: bool) -> str:
    """What to tell, and what to do; `is_page` where it was found by an address."""
    return str((PAGE_SENTENCES.get(reason) if is_page else None) or SENTENCES[reason])
