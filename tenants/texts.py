"""The languages visitors are spoken to in, and what the launcher says in each before the chat is opened.

The chat's own wording comes as a file for each language, `static/widget/texts/<language>.json`.
"""

import re

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
BLANK = re.compile(r"{\w+}")

LAUNCHER_KEYS = ("open", "close", "unread", "dismiss", "says")
LAUNCHER = {
    "en": ("Open chat", "Close chat", "New messages: {count}", "Dismiss message", "{name} says"),
    "de": ("Chat öffnen", "Chat schließen", "Neue Nachrichten: {count}", "Nachricht schließen", "{name} schreibt"),
    "fr": ("Ouvrir le chat", "Fermer le chat", "Nouveaux messages\u00a0: {count}", "Fermer le message", "{name} écrit"),
    "es": ("Abrir el chat", "Cerrar el chat", "Mensajes nuevos: {count}", "Cerrar el mensaje", "{name} escribe"),
    "it": ("Apri la chat", "Chiudi la chat", "Nuovi messaggi: {count}", "Chiudi il messaggio", "{name} scrive"),
    "pt": ("Abrir o chat", "Fechar o chat", "Novas mensagens: {count}", "Fechar a mensagem", "{name} escreve"),
    "nl": ("Chat openen", "Chat sluiten", "Nieuwe berichten: {count}", "Bericht sluiten", "{name} schrijft"),
    "pl": ("Otwórz czat", "Zamknij czat", "Nowe wiadomości: {count}", "Zamknij wiadomość", "{name} pisze"),
    "ro": ("Deschide chatul", "Închide chatul", "Mesaje noi: {count}", "Închide mesajul", "{name} scrie"),
    "ar": ("فتح الدردشة", "إغلاق الدردشة", "رسائل جديدة: {count}", "إغلاق الرسالة", "رسالة من {name}"),
    "he": ("פתיחת הצ׳אט", "סגירת הצ׳אט", "הודעות חדשות: {count}", "סגירת ההודעה", "הודעה מאת {name}"),
}

# What a business words itself in its configuration. Left as it comes in English, it is said in the visitor's language.
OWN_KEYS = ("greeting", "lead_title", "thanks", "handoff", "handoff_closed", "handoff_missed")
OWN = {
    "en": (
        "Hi! How can I help you today?",
        "Leave your details and we'll get back to you.",
        "Thanks! Someone will be in touch soon.",
        "I've told the team. Leave your e-mail address and they will get back to you.",
        "Nobody is here right now. Leave your e-mail address and we'll get back to you by {time}.",
        "I'm sorry, nobody is free at the moment. Leave your e-mail address and we'll get back to you by {time}.",
    ),
    "de": (
        "Hallo! Wie kann ich Ihnen helfen?",
        "Hinterlassen Sie uns Ihre Kontaktdaten – wir melden uns bei Ihnen.",
        "Vielen Dank! Wir melden uns in Kürze.",
        "Ich habe das Team informiert. Hinterlassen Sie Ihre E-Mail-Adresse, dann meldet es sich bei Ihnen.",
        "Gerade ist niemand da. Hinterlassen Sie Ihre E-Mail-Adresse, dann melden wir uns bis {time}.",
        "Leider ist im Moment niemand frei. Hinterlassen Sie Ihre E-Mail-Adresse, dann melden wir uns bis {time}.",
    ),
    "fr": (
        "Bonjour ! Comment puis-je vous aider ?",
        "Laissez-nous vos coordonnées et nous vous recontacterons.",
        "Merci ! Nous vous recontacterons très bientôt.",
        "J’ai prévenu l’équipe. Laissez votre adresse e-mail et elle vous recontactera.",
        "Personne n’est disponible en ce moment. Laissez votre adresse e-mail et nous vous répondrons d’ici {time}.",
        "Personne n’est libre pour le moment. Laissez votre adresse e-mail et nous vous répondrons d’ici {time}.",
    ),
    "es": (
        "¡Hola! ¿En qué puedo ayudarle?",
        "Déjenos sus datos y nos pondremos en contacto.",
        "¡Gracias! Nos pondremos en contacto pronto.",
        "He avisado al equipo. Déjeme su correo electrónico y se pondrán en contacto con usted.",
        "Ahora mismo no hay nadie. Déjenos su correo electrónico y le responderemos antes de {time}.",
        "Lo sentimos, ahora no hay nadie libre. Déjenos su correo electrónico y le responderemos antes de {time}.",
    ),
    "it": (
        "Salve! Come posso essere d’aiuto?",
        "Ci lasci i suoi recapiti e la ricontatteremo.",
        "Grazie! La contatteremo presto.",
        "Ho avvisato il team. Lasci il suo indirizzo e-mail e sarà ricontattato.",
        "Al momento non c’è nessuno. Ci lasci il suo indirizzo e-mail e le risponderemo entro {time}.",
        "Ci dispiace, al momento nessuno è libero. Ci lasci il suo indirizzo e-mail e le risponderemo entro {time}.",
    ),
    "pt": (
        "Olá! Como posso ajudar?",
        "Deixe os seus dados e responderemos em breve.",
        "Obrigado! Em breve daremos notícias.",
        "Avisei a equipa. Deixe o seu e-mail e entraremos em contacto.",
        "Neste momento não está ninguém. Deixe o seu e-mail e responderemos até {time}.",
        "Lamentamos, ninguém está livre de momento. Deixe o seu e-mail e responderemos até {time}.",
    ),
    "nl": (
        "Hallo! Hoe kan ik helpen?",
        "Laat uw gegevens achter, dan nemen we contact op.",
        "Bedankt! We nemen snel contact op.",
        "Ik heb het team ingelicht. Laat uw e-mailadres achter, dan nemen ze contact met u op.",
        "Er is nu niemand. Laat uw e-mailadres achter, dan antwoorden we uiterlijk {time}.",
        "Helaas is er nu niemand vrij. Laat uw e-mailadres achter, dan antwoorden we uiterlijk {time}.",
    ),
    "pl": (
        "Dzień dobry! W czym mogę pomóc?",
        "Prosimy o dane kontaktowe – odezwiemy się.",
        "Dziękujemy! Wkrótce się odezwiemy.",
        "Zespół już wie. Prosimy o adres e-mail – odezwiemy się.",
        "Teraz nikogo nie ma. Prosimy o adres e-mail – odpowiemy do: {time}.",
        "Niestety nikt nie jest teraz wolny. Prosimy o adres e-mail – odpowiemy do: {time}.",
    ),
    "ro": (
        "Bună ziua! Cu ce vă pot ajuta?",
        "Lăsați-ne datele de contact și revenim la dumneavoastră.",
        "Vă mulțumim! Revenim în curând.",
        "Am anunțat echipa. Lăsați adresa de e-mail și veți fi contactat.",
        "Acum nu este nimeni. Lăsați adresa de e-mail și vă răspundem până la {time}.",
        "Ne pare rău, nimeni nu este liber acum. Lăsați adresa de e-mail și vă răspundem până la {time}.",
    ),
    "ar": (
        "مرحبًا! كيف يمكنني مساعدتك؟",
        "يُرجى ترك بياناتك وسنتواصل معك.",
        "شكرًا لك! سنتواصل معك قريبًا.",
        "لقد أبلغتُ الفريق. يُرجى ترك بريدك الإلكتروني وسيتواصلون معك.",
        "لا يوجد أحد الآن. يُرجى ترك بريدك الإلكتروني وسنرد عليك قبل {time}.",
        "عذرًا، لا أحد متاح حاليًا. يُرجى ترك بريدك الإلكتروني وسنرد عليك قبل {time}.",
    ),
    "he": (
        "שלום! איך אפשר לעזור?",
        "אפשר להשאיר כאן פרטים ונחזור אליך.",
        "תודה! ניצור קשר בקרוב.",
        "עדכנתי את הצוות. אפשר להשאיר כתובת דוא״ל ויחזרו אליך.",
        "אין כאן אף אחד כרגע. אפשר להשאיר דוא״ל ונחזור אליך עד {time}.",
        "מצטערים, כרגע אין נציג פנוי. אפשר להשאיר דוא״ל ונחזור אליך עד {time}.",
    ),
}


def choose_language(asked: str, own: str) -> str:
    """One of LANGUAGES: the one asked for (BCP 47, `pt-BR` is `pt`), else the business's `own`, else English."""
    return next((code for code in map(code_of, (asked, own)) if code in LANGUAGES), FALLBACK)


def direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def launcher_texts(language: str) -> dict[str, str]:
    """The launcher's standard wording, by key."""
    return dict(zip(LAUNCHER_KEYS, LAUNCHER[language], strict=True))


def own_texts(language: str) -> dict[str, str]:
    """How the business's own texts are worded until it words them, by key."""
    return dict(zip(OWN_KEYS, OWN[language], strict=True))


def translated(key: str, language: str, text: str) -> str:
    """The business's own text; in another language, where it is still the one that came with it."""
    return own_texts(language)[key] if text == own_texts(FALLBACK).get(key) else text


def blanks(text: str) -> set[str]:
    """What is filled in later, such as {name}."""
    return set(BLANK.findall(text))


def code_of(language: str) -> str:
    """The language of a BCP 47 tag without its region: "pt-BR" gives "pt"."""
    code = language.strip().lower().replace("_", "-").partition("-")[0]
    return FORMER_CODES.get(code, code)
