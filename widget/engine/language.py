"""A light guess at the language of a short message."""

import re

LANGUAGES = ("en", "de", "fr", "es")
_WORD = re.compile(r"[^\W\d_]+")
# Words that are frequent in one of the four and rare in the others.
_TELLING = {
    "en": "the is are you your what how do does can my have where when which and for with this that please "
    "hello hi thanks thank want need would like i'm of it to we there any much many order price cost help "
    "yes",
    "de": "der die das ist sind ich wir ihr sie wie was wo wann welche kann können haben habe und für mit nicht "
    "ein eine einen bitte danke hallo guten tag gibt es mein meine kostet kosten preis hilfe möchte auch "
    "zu von bei auf ja moin servus viel wird den dem im tschüss",
    "fr": "le la les est sont je vous nous quel quelle quels quelles comment où quand combien peut puis avez "
    "avoir et pour avec pas une des du bonjour salut merci bonsoir mon ma mes prix coûte aide veux "
    "voudrais s'il plaît aussi ce cette votre vos oui au aux sur dans qui que",
    "es": "el los las es son yo usted qué cuál cuáles cómo dónde cuándo cuánto cuánta puede puedo tiene tienen "
    "tengo y para con una unos por favor hola gracias buenos buenas mi mis precio cuesta ayuda quiero "
    "quisiera también este esta su sí del al en hay lo",
}
_WEIGHTS: dict[str, dict[str, int]] = {}
for _language, _words in _TELLING.items():
    for _word in _words.split():
        _WEIGHTS.setdefault(_word, {})[_language] = 1
_SIGNS = {"de": "äöüß", "fr": "àâçèêëîïôûœ", "es": "ñ¿¡áíóú"}


def guess_language(text: str, *, fallback: str) -> str:
    """Return one of LANGUAGES for `text`; where nothing tells, `fallback` (BCP 47), or English if it is none."""
    scores = dict.fromkeys(LANGUAGES, 0)
    lowered = text[:1_000].casefold()
    for word in _WORD.findall(lowered):
        for language, weight in _WEIGHTS.get(word, {}).items():
            scores[language] += weight
    for language, signs in _SIGNS.items():
        scores[language] += sum(1 for letter in lowered if letter in signs)
    best = max(scores.values())
    leading = [language for language in LANGUAGES if scores[language] == best]
    own = fallback.split("-")[0].casefold()
    if best and len(leading) == 1:
        return leading[0]
    if own in LANGUAGES and (not best or own in leading):
        return own
    return leading[0] if best else "en"
