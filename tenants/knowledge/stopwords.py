"""Words that carry little of a question's meaning, by language.

They are weighted down, never dropped: in a small knowledge base "how much" or "where" may be all there is to go by.
Written as a person types them; the analyser folds them (accents, apostrophes) before use.
"""

STOP_WORDS: dict[str, str] = {
    "en": """
        a an the this that these those some such any all each both no not nor none
        i me my mine myself you your yours he him his she her hers it its we us our ours they them their theirs
        and or but if so than then too as because while though
        of at by for from in into on onto off out over to up down with without about within upon per via
        am is are was were be been being do does did doing done have has had having can could may might must
        shall should will would let get got gets getting go going
        dont doesnt didnt isnt arent wasnt werent cant couldnt wont wouldnt shouldnt havent hasnt hadnt
        im ive youre youve hes shes theyre theyve weve thats theres heres whats wheres hows whos lets
        what which who whom whose when where why how there here just very really also only please
        hi hello hey thanks thank want wants wanted need needs know tell help like
    """,
    "de": """
        der die das den dem des ein eine einen einem einer eines kein keine keinen dies diese dieser dieses diesen
        ich mich mir mein meine meinen meinem meiner du dich dir dein deine er ihn ihm sein seine sie ihr ihre ihren
        ihnen es wir uns unser unsere euch euer man sich
        und oder aber als auch denn doch wenn weil dass ob damit dann da so ja nein nicht nur noch schon sehr mal
        an am auf aus bei beim bis durch für gegen hinter im in ins mit nach neben ohne seit über um unter von vom
        vor zu zum zur zwischen
        bin bist ist sind seid war waren wäre sein gewesen habe hast hat haben hatte hätte werde wird werden wurde
        kann kannst können könnte muss müssen soll sollte will wollen möchte möchten darf dürfen gibt geht
        was wer wen wem wie wo wann warum welche welcher welches welchen wieso wohin woher
        bitte hallo danke guten tag hier dort
    """,
    "fr": """
        le la les l un une des du de d ce cet cette ces c ça cela
        je j me m moi mon ma mes tu te t toi ton ta tes il elle on nous vous ils elles lui leur leurs se s son sa ses
        notre nos votre vos y en
        et ou où mais donc or ni car si que qu qui quoi dont quand comme comment pourquoi combien quel quelle quels
        quelles est-ce
        à au aux avec chez dans par pas plus pour sans sous sur vers entre n ne non oui
        suis es est sommes êtes sont était être été ai as a avons avez ont avoir avait fait faire
        peut peux pouvez puis dois doit faut veux voudrais vais va aller
        bonjour bonsoir salut merci svp très aussi bien
    """,
    "es": """
        el la los las lo un una unos unas al del de este esta esto estos estas ese esa eso esos esas aquel
        yo me mi mis tú tu tus te él ella ello ellos ellas usted ustedes le les se su sus nos nosotros nuestro
        nuestra vuestro
        y e o u pero si no ni que qué quien quién cual cuál cuales cuando cuándo como cómo donde dónde cuanto cuánto
        cuantos cuántos porque por para con sin sobre en entre hasta desde a ante tras
        es son soy eres somos era fue ser está están estoy estar he ha han hay haber tengo tiene tienen tener
        puedo puede pueden poder quiero quiere quisiera hacer hago va voy
        hola gracias favor muy más ya también
    """,
    "it": """
        il lo la i gli le l un uno una di a da in con su per tra fra del dello della dei degli delle al allo alla ai
        agli alle dal dalla nel nella nei nelle sul sulla d
        io mi me mio mia miei mie tu ti te tuo tua lui lei si suo sua noi ci nostro nostra voi vi vostro vostra loro
        ne questo questa questi queste quello quella
        e ed o ma se che chi cui non né come dove quando quanto quanta quanti perché quale quali cosa
        è sono sei siamo siete era essere stato ho hai ha abbiamo avete hanno avere posso può possiamo potete devo
        deve voglio vorrei fare faccio c
        ciao salve buongiorno grazie prego anche più molto già
    """,
    "pt": """
        o a os as um uma uns umas de do da dos das no na nos nas ao aos à às pelo pela em por para com sem sobre até
        entre
        eu me mim meu minha meus minhas tu te teu tua você vocês ele ela eles elas lhe se seu sua seus suas nós
        nosso nossa isto isso este esta esse essa estes estas aquele aquela
        e ou mas se que quem qual quais quando como onde quanto quanta quantos porque não nem já também mais muito
        é são sou somos era foi ser está estão estou estar tem têm tenho ter há posso pode podem poder quero queria
        gostaria fazer faço vai vou
        olá oi bom dia obrigado obrigada favor
    """,
    "nl": """
        de het een die dat dit deze
        ik mij me mijn jij je jou jouw u uw hij hem zijn zij ze haar wij we ons onze jullie hun zich men
        en of maar als dan want omdat dus ook niet geen nog al wel zo er
        aan bij door in met na naar om onder op over per te tegen tot uit van voor zonder
        ben bent is was waren wees geweest heb hebt heeft hebben had word wordt worden kan kun kunt kunnen kon mag
        moet moeten zal zou zullen wil wilt willen ga gaat doe doet doen
        wat wie waar wanneer waarom hoe welk welke hoeveel hier daar
        hallo hoi dag bedankt dank graag alstublieft
    """,
    "sv": """
        en ett den det de dem denna detta dessa jag mig min mitt mina du dig din ditt han honom hans hon henne hennes
        vi oss vår vårt våra ni er ert man sig sin sitt
        och eller men om att som då när så inte ingen också bara än
        av för från i in med mot på till under ut vid över utan hos
        är var vara varit har hade ha kan kunde ska skulle vill måste får blir bli gör göra finns
        vad vem var vart när varför hur vilken vilket vilka
        hej tack snälla
    """,
    "da": """
        en et den det de dem denne dette disse jeg mig min mit mine du dig din dit han ham hans hun hende hendes vi os
        vores i jer jeres man sig sin sit
        og eller men hvis at som da når så ikke ingen også kun end
        af for fra i ind med mod på til under ud ved over uden hos om
        er var være været har havde have kan kunne skal skulle vil ville må får bliver blive gør gøre findes
        hvad hvem hvor hvornår hvorfor hvordan hvilken hvilket hvilke
        hej tak venligst
    """,
    "nb": """
        en ei et den det de dem denne dette disse jeg meg min mitt mine du deg din ditt han ham hans hun henne hennes
        vi oss vår vårt våre dere deres man seg sin sitt
        og eller men hvis at som da når så ikke ingen også bare enn
        av for fra i inn med mot på til under ut ved over uten hos om
        er var være vært har hadde ha kan kunne skal skulle vil ville må får blir bli gjør gjøre finnes
        hva hvem hvor når hvorfor hvordan hvilken hvilket hvilke
        hei takk vennligst
    """,
    "pl": """
        i a o u w z na do od dla po przy przez pod nad za ze we o bez oraz albo lub ale czy że bo jak gdy więc też
        nie tak to ten ta te tego tej tych tym ja mnie mi mój moja moje ty ciebie ci twój pan pani on ona ono jego jej
        my nas nam nasz wy was wam oni one ich im się siebie
        jest są był była było być mam masz ma mają mieć mogę może można muszę chcę chciałbym będzie
        co kto kiedy gdzie dlaczego ile jaki jaka jakie który która które
        cześć dzień dobry dziękuję proszę
    """,
}

POINTING_WORDS: dict[str, str] = {
    "en": "it its they them their theirs that this those these he she him her his hers one ones there then same",
    "de": "dies diese dieser dieses diesen jene das davon dafür damit dazu dort ihn ihm ihnen deren dessen",
    "fr": "il elle ils elles lui leur cela ça celui celle ceux celles y en",
    "es": "él ella ellos ellas ello esto eso esa ese estos esos lo los las allí",
    "it": "esso essa lui lei loro questo quello questa quella ne ci lo",
    "pt": "ele ela eles elas isto isso aquilo esse essa este esta lá",
    "nl": "hij zij hem haar dit dat die deze ervan ermee daar hun",
    "sv": "den det de dem denna detta dessa där",
    "da": "den det de dem denne dette disse der",
    "nb": "den det de dem denne dette disse der",
    "pl": "on ona ono oni one to ten ta tego tej tam",
}
"""Words that point back at something said before: with one of them the turn before counts for more."""

ELIDING_LANGUAGES = frozenset({"fr", "it", "ca"})
"""Languages whose apostrophe joins two words (l'heure), where English joins a letter (don't)."""
