"""The languages visitors are spoken to in, and what the launcher says in each before the chat is opened.

The chat's own wording comes as a file for each language, `static/widget/texts/<language>.json`.
"""

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "pt": "Português",
    "nl": "Nederlands",
    "pl": "Polski",
    "ro": "Română",
    "ar": "العربية",
    "he": "עברית",
}
RIGHT_TO_LEFT = frozenset(("ar", "he"))
FALLBACK = "en"
FORMER_CODES = {"iw": "he"}  # older Androids still send it

LAUNCHER_KEYS = ("open", "close", "unread", "dismiss", "says")
LAUNCHER = {
    "en": ("Open chat", "Close chat", "New messages: {count}", "Dismiss message", "{name} says"),
    "de": ("Chat öffnen", "Chat schließen", "Neue Nachrichten: {count}", "Nachricht schließen", "{name} schreibt"),
    "fr": ("Ouvrir le chat", "Fermer le chat", "Nouveaux messages : {count}", "Fermer le message", "{name} écrit"),
    "es": ("Abrir el chat", "Cerrar el chat", "Mensajes nuevos: {count}", "Cerrar el mensaje", "{name} dice"),
    "it": ("Apri la chat", "Chiudi la chat", "Nuovi messaggi: {count}", "Chiudi il messaggio", "{name} scrive"),
    "pt": ("Abrir o chat", "Fechar o chat", "Novas mensagens: {count}", "Fechar a mensagem", "{name} diz"),
    "nl": ("Chat openen", "Chat sluiten", "Nieuwe berichten: {count}", "Bericht sluiten", "{name} schrijft"),
    "pl": ("Otwórz czat", "Zamknij czat", "Nowe wiadomości: {count}", "Zamknij wiadomość", "{name} pisze"),
    "ro": ("Deschide chatul", "Închide chatul", "Mesaje noi: {count}", "Închide mesajul", "{name} scrie"),
    "ar": ("فتح الدردشة", "إغلاق الدردشة", "رسائل جديدة: {count}", "إغلاق الرسالة", "رسالة من {name}"),
    "he": ("פתיחת הצ'אט", "סגירת הצ'אט", "הודעות חדשות: {count}", "סגירת ההודעה", "הודעה מאת {name}"),
}


def choose_language(asked: str, own: str) -> str:
    """One of LANGUAGES: the one asked for (BCP 47, `pt-BR` is `pt`), else the business's `own`, else English."""
    return next((code for code in map(_code, (asked, own)) if code in LANGUAGES), FALLBACK)


def direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def launcher_texts(language: str) -> dict[str, str]:
    """The launcher's standard wording, by key."""
    return dict(zip(LAUNCHER_KEYS, LAUNCHER[language], strict=True))


def _code(language: str) -> str:
    code = language.strip().lower().replace("_", "-").partition("-")[0]
    return FORMER_CODES.get(code, code)
