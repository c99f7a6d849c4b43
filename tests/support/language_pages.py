"""A page of a newspaper in each language: a story nobody printed, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """What one page prints, by what it is.

    Attributes
    ----------
    story
        Paragraphs; the first opens on a dateline.
    agency
        Named in the dateline.
    around
        Lines of furniture, by what they are.
    lead_in, statement
        A line that announces a statement, and the statement, in the first person.
    walls
        Texts that stand in place of a story.
    """

    story: tuple[str, ...]
    agency: str
    around: dict[str, str]
    lead_in: str
    statement: str
    walls: tuple[str, ...]

    def text(self) -> str:
        """Give the whole page: captions first, the rest between and behind the paragraphs."""
        first, *others = self.story
        captions = [self.around[name] for name in ("caption", "dated caption", "credit")]
        rest = [line for name, line in self.around.items() if self.around[name] not in captions]
        mixed = [line for pair in zip(rest, others, strict=False) for line in pair]
        return "\n\n".join((*captions, first, *mixed, *rest[len(others) :]))


PAGES = {
    "english": Page(
        (
            "DORN, March 4 (Reuters) - The night ferry to the island ran onto a sandbank on "
            "Tuesday "
            "with ninety people and a piano on board.",
            "Nobody was hurt, the harbour office said, but the piano lost two of its legs and a "
            "string that had been new.",
            "Two tugs pulled at the ship from noon to dusk and gave up when the tide went out for "
            "the second time.",
        ),
        "Reuters",
        {
            "caption": "Pictured: the ferry before it left the yard of its builders in the winter",
            "dated caption": "Captain Ann Loh, left, and her pilot in the harbour of Dorn on "
            "Tuesday, March 4, 2025",
            "credit": "Photo: Ida Renn",
            "share": "Share on Facebook Share on Twitter Copy link",
            "related": "Read more: How the lighthouse of Dorn was sold",
            "sign-up": "Sign up for our letter and find the harbour in your mailbox each morning",
            "copyright": "© 2025 The Dorn Herald. All rights reserved",
            "label": "Advertisement",
        },
        "The captain's letter reads:",
        "I saw the sand when it was too late, and I ask you all to forgive me. My crew and I have "
        "sailed here for ten years, and we will find our piano a new home.",
        (
            "We use cookies so that our partners can show you personalised ads.",
            "To continue reading, sign in. Already a member? Cancel anytime.",
            "Page not found",
        ),
    ),
    "german": Page(
        (
            "DORN (dpa) - Die Nachtfähre zur Insel ist am Dienstag mit neunzig Menschen und einem "
            "Klavier an Bord auf eine Sandbank gelaufen.",
            "Verletzt wurde niemand, wie das Hafenamt sagte, doch verlor das Klavier zwei Beine "
            "und "
            "eine Saite, die neu gewesen war.",
            "Zwei Schlepper zogen von Mittag bis zur Dämmerung an dem Schiff und gaben auf, als "
            "das "
            "Wasser zum zweiten Mal fiel.",
        ),
        "dpa",
        {
            "caption": "Archivfoto: die Fähre vor dem Winter, als sie noch in der Werft lag",
            "dated caption": "Kapitänin Anna Loh, links, und ihr Lotse im Hafen von Dorn am "
            "Dienstag, 4. März 2025",
            "credit": "Foto: Ida Renn",
            "share": "Auf Facebook teilen Per E-Mail teilen Link kopieren",
            "related": "Lesen Sie auch: Wie der Leuchtturm von Dorn verkauft wurde",
            "sign-up": "Jetzt abonnieren und den Hafen jeden Morgen im Postfach finden",
            "copyright": "© 2025 Dorner Bote. Alle Rechte vorbehalten",
            "label": "Anzeige",
        },
        "Der Brief der Kapitänin lautet:",
        "Ich sah den Sand erst, als es zu spät war, und bitte alle, mir zu verzeihen. Meine "
        "Mannschaft fährt hier seit zehn Jahren, und wir finden für unser Klavier ein Zuhause.",
        (
            "Wir verwenden Cookies. Unsere Partner zeigen damit personalisierte Werbung.",
            "Um weiterzulesen, jetzt anmelden. Schon Abonnent? Monatlich kündbar.",
            "Seite nicht gefunden",
        ),
    ),
    "french": Page(
        (
            "DORN, 4 mars (AFP) - Le bac de nuit qui va vers l'île s'est échoué mardi sur un banc "
            "de "
            "sable avec quatre-vingt-dix personnes et un piano.",
            "Il n'y a pas de blessés, a dit le bureau du port, mais le piano a perdu deux pieds et "
            "une corde qui venait d'être changée.",
            "Deux remorqueurs ont tiré le navire de midi au soir et ont renoncé quand la mer s'est "
            "retirée pour la deuxième fois.",
        ),
        "AFP",
        {
            "caption": "Sur cette photo, le bac avant l'hiver, quand il était encore au chantier",
            "dated caption": "La capitaine Anne Loh, à gauche, et son pilote dans le port de Dorn "
            "le "
            "mardi 4 mars 2025",
            "credit": "Crédit : Ida Renn",
            "share": "Partager sur Facebook Partager sur Twitter Copier le lien",
            "related": "Lire aussi : comment le phare de Dorn a été vendu",
            "sign-up": "Inscrivez-vous à notre lettre et trouvez le port chaque matin dans votre "
            "boîte",
            "copyright": "© 2025 Le Courrier de Dorn. Tous droits réservés",
            "label": "Publicité",
        },
        "La lettre de la capitaine dit ceci :",
        "J'ai vu le sable trop tard, et je vous demande à tous de me pardonner. Mon équipage et "
        "moi "
        "naviguons ici depuis dix ans, et nous trouverons une maison à notre piano.",
        (
            "Nous utilisons des cookies. Vous pouvez tout accepter ou continuer sans accepter.",
            "Article réservé aux abonnés. Déjà abonné ? Connectez-vous.",
            "Page introuvable",
        ),
    ),
    "spanish": Page(
        (
            "Dorn, 4 mar (EFE).- El barco nocturno que va a la isla encalló el martes en un banco "
            "de "
            "arena con noventa personas y un piano a bordo.",
            "No hubo heridos, dijo la oficina del puerto, pero el piano perdió dos patas y una "
            "cuerda que acababan de cambiarle.",
            "Dos remolcadores tiraron de la nave desde el mediodía hasta la tarde y se rindieron "
            "cuando el agua bajó por segunda vez.",
        ),
        "EFE",
        {
            "caption": "En la foto, el barco antes del invierno, cuando estaba todavía en el "
            "astillero",
            "dated caption": "La capitana Ana Loh, a la izquierda, y su piloto en el puerto de "
            "Dorn "
            "el martes 4 de marzo de 2025",
            "credit": "Foto: Ida Renn",
            "share": "Compartir en Facebook Compartir en Twitter Copiar enlace",
            "related": "Te puede interesar: cómo se vendió el faro de Dorn",
            "sign-up": "Suscríbete a nuestro boletín y encuentra el puerto cada mañana en tu "
            "correo",
            "copyright": "© 2025 El Correo de Dorn. Todos los derechos reservados",
            "label": "Publicidad",
        },
        "La carta de la capitana dice:",
        "Yo vi la arena demasiado tarde y pido perdón a ustedes por mi error. Mis marineros llevan "
        "diez años aquí, y entre nosotros hallaremos una casa para nuestro piano.",
        (
            "Utilizamos cookies. Usted puede aceptar todas o configurar cookies.",
            "Contenido exclusivo para suscriptores. ¿Ya eres suscriptor? Inicia sesión.",
            "Página no encontrada",
        ),
    ),
    "portuguese": Page(
        (
            "DORN, 4 mar (Lusa) - O barco noturno que vai para a ilha encalhou na terça-feira num "
            "banco de areia com noventa pessoas e um piano a bordo.",
            "Ninguém ficou ferido, disse a capitania do porto, mas o piano perdeu duas pernas e "
            "uma "
            "corda que tinha sido trocada há pouco.",
            "Dois rebocadores puxaram o navio do meio-dia até ao fim da tarde e desistiram quando "
            "a "
            "água baixou pela segunda vez.",
        ),
        "Lusa",
        {
            "caption": "Na foto, o barco antes do inverno, quando ainda estava no estaleiro da "
            "vila",
            "dated caption": "A capitã Ana Loh, à esquerda, e o seu piloto no porto de Dorn em 4 "
            "de "
            "março de 2025",
            "credit": "Foto: Ida Renn",
            "share": "Compartilhar no Facebook Compartilhar no Twitter Copiar link",
            "related": "Leia também: como foi vendido o farol de Dorn",
            "sign-up": "Receba a nossa newsletter e encontre o porto todas as manhãs no seu "
            "correio",
            "copyright": "© 2025 O Correio de Dorn. Todos os direitos reservados",
            "label": "Publicidade",
        },
        "A carta da capitã diz:",
        "Só vi a areia tarde demais, e o erro é meu. Peço a você e a vocês todos perdão pela minha "
        "manobra; nossos marinheiros acharão uma casa para o nosso piano.",
        (
            "Utilizamos cookies. Pode aceitar todos ou gerir cookies.",
            "Conteúdo exclusivo para assinantes. Já é assinante? Faça login.",
            "Página não encontrada",
        ),
    ),
    "italian": Page(
        (
            "(ANSA) - DORN, 4 MAR - Il traghetto di notte diretto all'isola si è arenato martedì "
            "su "
            "un banco di sabbia con novanta persone e un pianoforte.",
            "Nessuno si è fatto male, ha detto l'ufficio del porto, ma il pianoforte ha perso due "
            "gambe e una corda che era stata appena cambiata.",
            "Due rimorchiatori hanno tirato la nave da mezzogiorno a sera e si sono arresi quando "
            "l'acqua è calata per la seconda volta.",
        ),
        "ANSA",
        {
            "caption": "Nella foto il traghetto prima dell'inverno, quando era ancora in cantiere",
            "dated caption": "La comandante Anna Loh, a sinistra, e il suo pilota nel porto di "
            "Dorn "
            "martedì 4 marzo 2025",
            "credit": "Foto: Ida Renn",
            "share": "Condividi su Facebook Condividi su Twitter Copia il link",
            "related": "Leggi anche: come è stato venduto il faro di Dorn",
            "sign-up": "Iscriviti alla nostra lettera e trova il porto ogni mattina nella posta",
            "copyright": "© 2025 Il Corriere di Dorn. Riproduzione riservata",
            "label": "Pubblicità",
        },
        "La lettera della comandante dice:",
        "Io ho visto la sabbia troppo tardi e chiedo a voi tutti di perdonare il mio errore. Noi "
        "navighiamo qui da dieci anni, e il nostro pianoforte avrà una casa.",
        (
            "Utilizziamo i cookie. Puoi scegliere accetta tutti oppure rifiuta tutti.",
            "Contenuto riservato agli abbonati. Sei già abbonato? Accedi per leggere.",
            "Pagina non trovata",
        ),
    ),
    "polish": Page(
        (
            "Dorn (PAP) - Nocny prom płynący na wyspę osiadł we wtorek na mieliźnie; na pokładzie "
            "było dziewięćdziesiąt osób i pianino.",
            "Nikt nie ucierpiał, podał zarząd portu, ale pianino straciło dwie nogi i strunę, "
            "którą "
            "niedawno założono na nowo.",
            "Dwa holowniki ciągnęły statek od południa do zmierzchu i zrezygnowały, gdy woda "
            "opadła "
            "po raz drugi tego dnia.",
        ),
        "PAP",
        {
            "caption": "Na zdjęciu prom przed zimą, kiedy stał jeszcze w stoczni na drugim brzegu",
            "dated caption": "Kapitan Anna Loh, z lewej, i jej pilot w porcie w Dorn, wtorek, 4 "
            "marca 2025",
            "credit": "Fot. Ida Renn",
            "share": "Udostępnij na Facebooku Udostępnij na Twitterze Skopiuj link",
            "related": "Czytaj także: jak sprzedano latarnię morską w Dorn",
            "sign-up": "Zapisz się do newslettera i znajdź port co rano w swojej skrzynce",
            "copyright": "© 2025 Kurier z Dorn. Wszelkie prawa zastrzeżone",
            "label": "Reklama",
        },
        "List pani kapitan brzmi tak:",
        "Ja zobaczyłam piasek za późno i proszę, wybaczcie mnie i załodze nasz błąd. Mój statek "
        "pływa tu od dziesięciu lat, a nasze pianino znajdzie u nas nowy dom.",
        (
            "Używamy plików cookie. Nasi zaufani partnerzy wyświetlają spersonalizowane reklamy.",
            "Treść dostępna dla prenumeratorów. Masz już konto? Zaloguj się.",
            "Strona nie została znaleziona",
        ),
    ),
    "dutch": Page(
        (
            "DORN (ANP) - De nachtboot naar het eiland is dinsdag met negentig mensen en een piano "
            "aan boord op een zandbank gelopen.",
            "Niemand raakte gewond, zei het havenkantoor, maar de piano verloor twee poten en een "
            "snaar die pas was vervangen.",
            "Twee sleepboten trokken van de middag tot de schemering aan het schip en gaven op "
            "toen "
            "het water voor de tweede keer zakte.",
        ),
        "ANP",
        {
            "caption": "Op de foto de boot voor de winter, toen zij nog op de werf van het dorp "
            "lag",
            "dated caption": "Kapitein Anna Loh, links, en haar loods in de haven van Dorn op "
            "dinsdag 4 maart 2025",
            "credit": "Foto: Ida Renn",
            "share": "Deel op Facebook Deel op Twitter Kopieer link",
            "related": "Lees ook: hoe de vuurtoren van Dorn werd verkocht",
            "sign-up": "Meld je aan voor onze brief en vind de haven elke ochtend in je postvak",
            "copyright": "© 2025 De Dorner Courant. Alle rechten voorbehouden",
            "label": "Advertentie",
        },
        "De brief van de kapitein luidt:",
        "Ik zag het zand pas toen het te laat was, en ik vraag jullie mij te vergeven. Mijn "
        "bemanning vaart hier tien jaar, en wij vinden voor onze piano een huis.",
        (
            "Wij gebruiken cookies. Onze partners tonen gepersonaliseerde advertenties.",
            "Alleen voor abonnees. Heb je al een account? Log hier in.",
            "Pagina niet gevonden",
        ),
    ),
    "russian": Page(
        (
            "Дорн. 4 марта. ИНТЕРФАКС - Ночной паром, шедший к острову, во вторник сел на мель; на "
            "борту было девяносто человек и пианино.",
            "Никто не пострадал, сообщили в управлении порта, но пианино лишилось двух ножек и "
            "струны, которую недавно заменили.",
            "Два буксира тянули судно с полудня до сумерек и отступились, когда вода ушла во "
            "второй "
            "раз за этот день.",
        ),
        "Interfax",
        {
            "caption": "На фото паром перед зимой, когда он ещё стоял на верфи за рекой у деревни",
            "dated caption": "Капитан Анна Лох, слева, и её лоцман в порту Дорна во вторник, 4 "
            "марта "
            "2025 года",
            "credit": "Фото: Ида Ренн",
            "share": "Поделиться в Фейсбуке Поделиться ВКонтакте Скопировать ссылку",
            "related": "Читайте также: как продали маяк Дорна",
            "sign-up": "Подпишитесь на рассылку и находите порт каждое утро в своей почте",
            "copyright": "© 2025 Дорнский вестник. Все права защищены",
            "label": "Реклама",
        },
        "Письмо капитана гласит:",
        "Я увидела песок слишком поздно и прошу вас простить меня. Мой экипаж ходит здесь десять "
        "лет, и мы найдём нашему пианино новый дом у нас в деревне.",
        (
            "Мы используем cookie. Наши партнеры показывают персонализированную рекламу.",
            "Доступно по подписке. Уже есть аккаунт? Зарегистрируйтесь.",
            "Страница не найдена",
        ),
    ),
}
