"""The fixed words of mails to visitors, in each language of tenants.texts.LANGUAGES."""

from leads.models import VisitorMail

KEYS = ("replies_subject", "replies_intro", "transcript_subject", "transcript_intro", "back", "why")
WORDS = {
    "en": (
        "{business} has replied",
        "While you were away, {business} wrote to you:",
        "Your conversation with {business}",
        "Here is your conversation with {business}, as you asked:",
        "Go on with the conversation (the link is yours alone, for a week):",
        "You get this mail because you left your address in a chat with {business}.",
    ),
    "de": (
        "{business} hat geantwortet",
        "Während Sie weg waren, hat {business} Ihnen geschrieben:",
        "Ihr Gespräch mit {business}",
        "Hier ist, wie gewünscht, Ihr Gespräch mit {business}:",
        "Das Gespräch fortsetzen (der Link gilt nur für Sie, eine Woche lang):",
        "Sie erhalten diese E-Mail, weil Sie im Chat mit {business} Ihre Adresse hinterlassen haben.",
    ),
    "fr": (
        "{business} vous a répondu",
        "Pendant votre absence, {business} vous a écrit :",
        "Votre conversation avec {business}",
        "Voici, comme demandé, votre conversation avec {business} :",
        "Reprendre la conversation (ce lien est réservé à vous, pendant une semaine) :",
        "Vous recevez cet e-mail parce que vous avez laissé votre adresse dans un chat avec {business}.",
    ),
    "es": (
        "{business} ha respondido",
        "Mientras no estaba, {business} le ha escrito:",
        "Su conversación con {business}",
        "Aquí tiene, como pidió, su conversación con {business}:",
        "Continuar la conversación (el enlace es solo para usted, durante una semana):",
        "Recibe este correo porque dejó su dirección en un chat con {business}.",
    ),
    "it": (
        "{business} ha risposto",
        "Mentre non c’era, {business} le ha scritto:",
        "La sua conversazione con {business}",
        "Ecco, come richiesto, la sua conversazione con {business}:",
        "Continuare la conversazione (il link è solo per lei, per una settimana):",
        "Riceve questa e-mail perché ha lasciato il suo indirizzo in una chat con {business}.",
    ),
    "pt": (
        "{business} respondeu",
        "Enquanto esteve ausente, {business} escreveu-lhe:",
        "A sua conversa com {business}",
        "Aqui está, como pediu, a sua conversa com {business}:",
        "Continuar a conversa (a ligação é só para si, durante uma semana):",
        "Recebe este e-mail porque deixou o seu endereço num chat com {business}.",
    ),
    "nl": (
        "{business} heeft geantwoord",
        "Terwijl u weg was, heeft {business} u geschreven:",
        "Uw gesprek met {business}",
        "Hier is, zoals gevraagd, uw gesprek met {business}:",
        "Verder met het gesprek (de link is alleen voor u, een week lang):",
        "U krijgt deze e-mail omdat u in een chat met {business} uw adres hebt achtergelaten.",
    ),
    "pl": (
        "{business} – odpowiedź",
        "Pod Państwa nieobecność {business} pisze:",
        "Rozmowa z {business}",
        "Zgodnie z prośbą przesyłamy rozmowę z {business}:",
        "Dalsza rozmowa (link tylko dla Państwa, ważny tydzień):",
        "Ta wiadomość przychodzi, ponieważ w czacie z {business} został podany ten adres.",
    ),
    "ro": (
        "{business} a răspuns",
        "Cât ați lipsit, {business} v-a scris:",
        "Conversația dumneavoastră cu {business}",
        "Iată, așa cum ați cerut, conversația cu {business}:",
        "Continuați conversația (linkul este doar pentru dumneavoastră, o săptămână):",
        "Primiți acest e-mail pentru că ați lăsat adresa într-un chat cu {business}.",
    ),
    "ar": (
        "ردّ من {business}",
        "أثناء غيابك كتب إليك {business}:",
        "محادثتك مع {business}",
        "إليك، كما طلبت، محادثتك مع {business}:",
        "متابعة المحادثة (الرابط لك وحدك لمدة أسبوع):",
        "تصلك هذه الرسالة لأنك تركت عنوانك في دردشة مع {business}.",
    ),
    "he": (
        "תשובה מ־{business}",
        "בזמן שלא היית כאן, התקבלה הודעה מ־{business}:",
        "השיחה שלך עם {business}",
        "הנה, כפי שביקשת, השיחה שלך עם {business}:",
        "להמשך השיחה (הקישור מיועד לך בלבד, למשך שבוע):",
        "הודעה זו נשלחה כי השארת את כתובתך בצ׳אט עם {business}.",
    ),
}


def words_in(language: str, kind: str) -> dict[str, str]:
    """subject, intro, back and why of a mail of this kind; {business} stands for its name."""
    words = dict(zip(KEYS, WORDS[language], strict=True))
    own = VisitorMail.Kind(kind).value
    return {
        "subject": words[f"{own}_subject"],
        "intro": words[f"{own}_intro"],
        "back": words["back"],
        "why": words["why"],
    }
