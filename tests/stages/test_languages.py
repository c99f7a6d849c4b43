"""Stories in other scripts and languages: cut, edited, unrelated, with spans in characters."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import dupdetect


@dataclass(frozen=True)
class Language:
    """A story, sentence by sentence; one sentence of it edited; an unrelated story."""

    story: tuple[str, ...]
    edited: str
    other: tuple[str, ...]
    separator: str = " "

    def text(self, first: int = 0, end: int = 99) -> str:
        return self.separator.join(self.story[first:end])


LANGUAGES = {
    "Chinese": Language(
        (
            "周二清晨，一艘开往小岛的渡轮在浓雾中搁浅，船上有九十名乘客。",
            "海岸警卫队说，没有人受伤，但甲板上的一架钢琴倒了下来。",
            "两艘拖船在涨潮时试图把渡轮拖走，直到中午才放弃。",
            "乘客们乘小船上岸，在教堂的大厅里喝到了热汤。",
            "潜水员发现船身有一道长长的凹痕，但没有油漏进海湾。",
            "运输部的调查下周开始，预计要花一个月的时间。",
        ),
        "海岸警卫队表示，没有人受伤，但甲板上的两架钢琴倒了下来。",
        (
            "山区的果农今年春天开始用网罩住苹果树，以防冰雹。",
            "五月的三场暴风雨毁掉了将近五分之一的收成。",
            "养蜂人抱怨，蜜蜂在网下迷了路，不再给上面几排的花授粉。",
            "地方政府承担一半的费用，条件是至少十户邻居一起申请。",
        ),
        "",
    ),
    "Japanese": Language(
        (
            "火曜日の早朝、島へ向かうフェリーが濃い霧の中で砂州に乗り上げた。",
            "乗客九十人にけがはなかったが、車両甲板のピアノが倒れたという。",
            "二隻のタグボートが満潮時に引き出そうとしたが、正午前にあきらめた。",
            "乗客は小さな船で岸に渡り、教会の広間でスープをふるまわれた。",
            "潜水士は船底に長いへこみを見つけたが、油は漏れていなかった。",
            "運輸省の調査は来週始まり、一か月かかる見通しだ。",
        ),
        "乗客八十人にけがはなかったが、車両甲板のピアノが倒れたそうだ。",
        (
            "山あいの農家は今年からリンゴの木に網をかけ、ひょうに備えている。",
            "五月の嵐は収穫のおよそ五分の一を奪い、谷に大きな損害を与えた。",
            "養蜂家は、蜂が網の下で迷い、上の段の花に来なくなったと嘆く。",
            "州政府は十軒以上がまとまって申し込めば費用の半分を負担する。",
        ),
        "",
    ),
    "Thai": Language(
        (
            "เรือข้ามฟากที่มุ่งหน้าไปเกาะเกยตื้นในหมอกหนาเมื่อเช้าวันอังคาร",
            "หน่วยยามฝั่งบอกว่าไม่มีใครบาดเจ็บ แต่เปียโนบนดาดฟ้าล้มลง",
            "เรือลากจูงสองลำพยายามดึงเรือออกตอนน้ำขึ้นแต่ต้องเลิกก่อนเที่ยง",
            "ผู้โดยสารขึ้นฝั่งด้วยเรือเล็กและได้กินซุปร้อนในห้องโถงของโบสถ์",
            "นักดำน้ำพบรอยบุบยาวที่ตัวเรือแต่ไม่พบน้ำมันรั่วในอ่าว",
            "กระทรวงคมนาคมจะเริ่มสอบสวนสัปดาห์หน้าและคาดว่าจะใช้เวลาหนึ่งเดือน",
        ),
        "หน่วยยามฝั่งแจ้งว่าไม่มีใครบาดเจ็บ แต่เปียโนเก่าบนดาดฟ้าล้มลง",
        (
            "ชาวสวนบนภูเขาเริ่มคลุมต้นแอปเปิลด้วยตาข่ายเพื่อกันลูกเห็บ",
            "พายุสามลูกในเดือนพฤษภาคมทำลายผลผลิตเกือบหนึ่งในห้า",
            "คนเลี้ยงผึ้งบ่นว่าผึ้งหลงทางอยู่ใต้ตาข่าย",
            "รัฐบาลท้องถิ่นจ่ายครึ่งราคาถ้าเพื่อนบ้านสิบรายสมัครพร้อมกัน",
        ),
        "\n",
    ),
    "Arabic": Language(
        (
            "جنحت العبّارة المتجهة إلى الجزيرة فجر الثلاثاء على شريط رملي وعلى متنها تسعون راكبًا.",
            "وقال خفر السواحل إن أحدًا لم يُصَب بأذى، لكن بيانو سقط على سطح السيارات.",
            "وحاولت قاطرتان سحب السفينة عند المد العالي ثم تخلتا عن ذلك قبل الظهر.",
            "ونُقل الركاب إلى الشاطئ في قوارب صغيرة وقُدّم لهم الحساء في قاعة القرية.",
            "ووجد الغواصون انبعاجًا طويلًا في بدن السفينة ولم يجدوا أثرًا لتسرب الزيت.",
            "ويبدأ تحقيق وزارة النقل في الأسبوع المقبل ومن المتوقع أن يستغرق شهرًا.",
        ),
        "وأعلن خفر السواحل إن أحدًا لم يُصَب بأذى، لكن بيانو قديمًا سقط على سطح السيارات.",
        (
            "بدأ المزارعون في التلال بتغطية أشجار التفاح بشباك تقيها من البَرَد.",
            "وأتلفت ثلاث عواصف في مايو نحو خُمس المحصول وكلّفت الوادي تسعة ملايين.",
            "ويشكو مربو النحل من أن نحلهم يضيع تحت الشباك.",
            "وتدفع الحكومة المحلية نصف الثمن إذا تقدم عشرة جيران بطلب واحد.",
        ),
    ),
    "Hebrew": Language(
        (
            "המעבורת אל האי עלתה על שרטון בשחר יום שלישי ועל סיפונה תשעים נוסעים.",
            "איש לא נפגע, אמר משמר החופים, אך פסנתר שעמד על סיפון המכוניות נפל.",
            "שתי גוררות ניסו למשוך את הספינה בשעת הגאות וויתרו לפני הצהריים.",
            "הנוסעים הובאו אל החוף בסירות קטנות וקיבלו מרק באולם הכפר.",
            "צוללנים מצאו שקע ארוך בגוף הספינה אך לא מצאו סימן לדליפת שמן.",
            "חקירת משרד התחבורה תתחיל בשבוע הבא וצפויה להימשך חודש ימים.",
        ),
        "איש לא נפגע, מסר משמר החופים, אך פסנתר ישן שעמד על סיפון המכוניות נפל.",
        (
            "החקלאים בגבעות החלו לכסות את עצי התפוח ברשתות נגד ברד.",
            "שלוש סערות בחודש מאי השמידו כמעט חמישית מן היבול.",
            "הכוורנים מתלוננים שהדבורים הולכות לאיבוד מתחת לרשת.",
            "הממשלה המקומית משלמת מחצית המחיר אם עשרה שכנים מבקשים יחד.",
        ),
    ),
    "Russian": Language(
        (
            "Паром, который шёл на остров, во вторник на рассвете сел на мель с "
            "девяноста пассажирами.",
            "Никто не пострадал, сообщила береговая охрана, но на автомобильной "
            "палубе упало пианино.",
            "Два буксира пытались стащить судно во время прилива и к полудню прекратили попытки.",
            "Пассажиров перевезли на берег в маленьких лодках и накормили супом в сельском клубе.",
            "Водолазы нашли длинную вмятину в корпусе, но следов топлива в бухте не обнаружили.",
            "Расследование министерства транспорта начнётся на следующей неделе и продлится месяц.",
        ),
        "Никто не пострадал, заявила береговая охрана, но на автомобильной "
        "палубе упали два пианино.",
        (
            "Садоводы в предгорьях начали накрывать яблони сетками от града.",
            "Три майские бури уничтожили почти пятую часть урожая и обошлись "
            "долине в девять миллионов.",
            "Пчеловоды жалуются, что пчёлы теряются под сеткой и не долетают до верхних рядов.",
            "Областные власти оплачивают половину, если десять соседей подают заявку вместе.",
        ),
    ),
    "Polish": Language(
        (
            "Prom płynący na wyspę osiadł we wtorek o świcie na mieliźnie z "
            "dziewięćdziesięcioma osobami.",
            "Nikt nie został ranny, podała straż przybrzeżna, choć na pokładzie "
            "przewróciło się pianino.",
            "Dwa holowniki próbowały ściągnąć statek podczas przypływu, lecz przed "
            "południem zrezygnowały.",
            "Pasażerów przewieziono na brzeg łódkami i nakarmiono zupą w świetlicy wiejskiej.",
            "Nurkowie znaleźli długie wgniecenie w kadłubie, ale żadnych śladów wycieku paliwa.",
            "Śledztwo ministerstwa zacznie się w przyszłym tygodniu i ma potrwać miesiąc.",
        ),
        "Nikt nie został ranny, przekazała straż przybrzeżna, choć na "
        "pokładzie przewróciły się dwa pianina.",
        (
            "Sadownicy na wzgórzach zaczęli okrywać jabłonie siatkami przeciw gradowi.",
            "Trzy majowe burze zniszczyły niemal piątą część zbiorów i kosztowały "
            "dolinę dziewięć milionów.",
            "Pszczelarze skarżą się, że pszczoły gubią się pod siatką.",
            "Województwo płaci połowę ceny, jeśli dziesięciu sąsiadów złoży wniosek razem.",
        ),
    ),
}
EACH = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES.keys())


def cut_from(found: dupdetect.Relation, a: str, b: str) -> str:
    """Give the one passage, which must be the same in both texts."""
    (passage,) = found.passages
    inside = b[passage.b_start : passage.b_end]
    assert a[passage.a_start : passage.a_end] == inside
    return inside


@EACH
def test_cut_stories(language: Language) -> None:
    whole = language.text()
    for kept, part in {
        "head": language.text(0, 3),
        "middle": language.text(2, 4),
        "tail": language.text(3),
    }.items():
        found = dupdetect.compare(whole, part)
        assert (found.kind, found.kept, found.a) == ("truncation", kept, "a")
        assert found.b_coverage == 1.0
        assert 0.25 < found.a_coverage < 0.65
        # The passage is the part but for its last full stop.
        assert part.startswith(cut_from(found, whole, part))
        assert len(part) - found.passages[0].b_end <= 1


@EACH
def test_edited_stories(language: Language) -> None:
    edited = language.separator.join((language.story[0], language.edited, *language.story[2:]))
    found = dupdetect.compare(language.text(), edited)
    assert found.kind == "near_duplicate"
    assert min(found.a_coverage, found.b_coverage) > 0.95
    texts = {"a": language.text(), "b": edited}
    a, b = texts[found.a], texts[found.b]
    for passage in found.passages:
        for a_start, a_end, b_start, b_end in passage.changed:
            assert a[a_start:a_end] != b[b_start:b_end]
    assert sum(len(passage.changed) for passage in found.passages) >= 1


@EACH
def test_stories_of_a_language_in_a_corpus(language: Language) -> None:
    other = language.separator.join(language.other)
    texts = {
        "whole": language.text(),
        "again": language.separator.join(language.story).replace(". ", ".\n"),
        "tail": language.text(3),
        "woven": language.separator.join((*language.other, *language.story[1:4])),
        "other": other,
    }
    rows = [{"id": name, "text": text} for name, text in texts.items()]
    found = dupdetect.cluster(rows, relations="all")
    relations = {frozenset((r["a"], r["b"])): r for r in found.relations.to_pylist()}
    kinds = {pair: row["kind"] for pair, row in relations.items()}
    assert kinds.pop(frozenset(("whole", "again"))) == "identical"
    assert kinds.pop(frozenset(("whole", "tail"))) == "truncation"
    assert kinds.pop(frozenset(("again", "tail"))) == "truncation"
    assert kinds.pop(frozenset(("woven", "other"))) == "truncation"
    assert kinds.pop(frozenset(("whole", "woven"))) == "overlap"
    assert kinds.pop(frozenset(("again", "woven"))) == "overlap"
    assert set(kinds) <= {frozenset(("tail", "woven"))}  # they share one sentence
    clusters = {row["id"]: row["cluster"] for row in found.clusters.to_pylist()}
    assert clusters["whole"] == clusters["again"] == clusters["tail"] != clusters["other"]
    assert clusters["woven"] == clusters["other"]
    row = relations[frozenset(("whole", "woven"))]
    for a_start, a_end, b_start, b_end, *_ in row["passages"]:
        assert texts[row["a"]][a_start:a_end] == texts[row["b"]][b_start:b_end]


PLAIN = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")
VOWEL_SIGNS = dict.fromkeys(map(ord, "ًٌٍَُِّْ"))


def test_polish_with_and_without_diacritics() -> None:
    story = LANGUAGES["Polish"].text()
    plain = story.translate(PLAIN)
    assert plain.isascii()
    found = dupdetect.compare(story, plain)
    assert (found.kind, found.a_coverage, found.b_coverage) == ("identical", 1.0, 1.0)
    tail = LANGUAGES["Polish"].text(3).translate(PLAIN)
    found = dupdetect.compare(story, tail)
    assert (found.kind, found.kept, found.b_coverage) == ("truncation", "tail", 1.0)
    (passage,) = found.passages
    assert story[passage.a_start : passage.a_end].translate(PLAIN) == tail[:-1]


def test_arabic_with_and_without_vowel_signs() -> None:
    story = LANGUAGES["Arabic"].text()
    bare = story.translate(VOWEL_SIGNS)
    assert bare != story
    assert dupdetect.compare(story, bare).kind == "identical"


def test_russian_with_and_without_the_dots_of_yo() -> None:
    story = LANGUAGES["Russian"].text()
    assert "ё" in story
    assert dupdetect.compare(story, story.replace("ё", "е")).kind == "identical"


def test_full_and_half_width_forms_are_the_same_words() -> None:
    wide = "ＮＨＫによると、２０２６年の大会には２５か国が参加する。" + LANGUAGES["Japanese"].text()
    narrow = "NHKによると、2026年の大会には25か国が参加する。" + LANGUAGES["Japanese"].text()
    assert dupdetect.compare(wide, narrow).kind == "identical"


@pytest.mark.parametrize(
    ("name", "opening", "closing"),
    [("Chinese", "“", "”"), ("Japanese", "「", "」"), ("Russian", "«", "»"), ("Polish", "„", "”")],
)
def test_quotation_marks_of_other_languages(name: str, opening: str, closing: str) -> None:
    language = LANGUAGES[name]
    quotation = f"{opening}{language.text(0, 3)}{closing}"
    prose = (language.separator.join(part) for part in (language.other[:2], language.other[2:]))
    a, b = (f"{part}\n{quotation}" for part in prose)
    found = dupdetect.compare(a, b)
    assert found.words == found.quoted_words > 20
    assert found.kind == "none"


def test_stories_in_different_languages_are_not_related() -> None:
    texts = [language.text() for language in LANGUAGES.values()]
    found = dupdetect.cluster(texts, relations="all")
    assert found.relations.num_rows == 0
    assert len(found.canonical_ids()) == len(LANGUAGES)
