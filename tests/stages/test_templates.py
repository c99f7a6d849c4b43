"""One wording with other facts is a template; corrections, spellings and other units are copies."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

import dupdetect
from benchmarks.quality import ablate
from dupdetect.config import Config
from tests.support.rules_texts import FERRY, paragraphs

RULES = {"templates"}

EARNINGS = (
    "{place} (Wire) - {firm} on Tuesday reported net income of ${net} million in its second "
    "quarter. The company, based in {place}, said it had profit of {share} cents per share. "
    "The results topped what analysts had expected, an average of {expected} cents per share. "
    "{firm} posted revenue of ${revenue} million in the period. In the final minutes of trading "
    "its shares hit a high of twelve months."
)
LOTTERY = (
    "The winning numbers in the evening drawing of the Five State Lottery were: {numbers}. No "
    "ticket matched all six numbers drawn, and the jackpot grows to an estimated ${jackpot} "
    "million. Players who match five of six numbers win 2,500 dollars. Tickets can be bought until "
    "an hour before the drawing."
)
WEATHER = (
    "Today in {place}: cloudy at first, with sunny spells developing through the afternoon. Highs "
    "of {high} degrees, lows of {low} overnight. The chance of rain is {rain} per cent. Tomorrow: "
    "patchy mist and fog will clear to leave a mostly dry day with bright intervals."
)
VISIT = (
    "The leader on Monday met the president of {land}, {guest}, who is on a state visit. The two "
    "heads of state held talks in a warm atmosphere and had an exchange of views on matters of "
    "common concern. Both sides agreed to deepen trust, to expand trade and to strengthen "
    "exchanges between the two peoples. President {guest} will leave for {land} on Sunday."
)
GRANT = (
    "Senator Holm announced today that the fire department of {place} will receive a grant of "
    "${sum}. The money comes from a programme that helps departments buy equipment and train "
    "their people. Firefighters of {place} put their lives at risk for their neighbours, the "
    "senator said. The programme is run by the department of homeland security."
)
FORMS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "earnings": (
        EARNINGS,
        {"place": "TULSA", "firm": "Corvid", "net": "41.7", "share": "62", "expected": "66",
         "revenue": "318.2"},
        {"place": "BOSTON", "firm": "Nether", "net": "9.3", "share": "18", "expected": "19",
         "revenue": "77.6"},
    ),
    "lottery": (
        LOTTERY,
        {"numbers": "4, 9, 21, 33, 38, 41", "jackpot": "3.2"},
        {"numbers": "2, 11, 17, 26, 40, 44", "jackpot": "3.5"},
    ),
    "weather": (
        WEATHER,
        {"place": "Elgood", "high": "15", "low": "7", "rain": "20"},
        {"place": "Marl", "high": "17", "low": "9", "rain": "35"},
    ),
    "visit": (
        VISIT,
        {"land": "Moravia", "guest": "Jan Kolar"},
        {"land": "Tarsis", "guest": "Ibo Seman"},
    ),
    "grant": (
        GRANT, {"place": "Lower Wend", "sum": "52,957"}, {"place": "Ostrand", "sum": "261,725"},
    ),
}  # fmt: skip
CHINESE = (
    "央视网消息：{month}月{day}日上午，国家领导人在北京人民大会堂同来访的{guest}举行会谈。"
    "两国领导人就双边关系深入交换意见，一致同意深化互信、扩大贸易、加强人文交流。"
    "会谈后，双方共同见证签署多项合作文件。{guest}将于{day}日离开北京。"
)
ARABIC = (
    "قالت الشرطة إن {count} شخصا أصيبوا في حريق اندلع في مصنع للنسيج في {place} صباح اليوم. "
    "وذكر شهود أن النيران أتت على الطابق الأول قبل وصول رجال الإطفاء. "
    "ونقل {taken} منهم إلى المستشفى في {place} ووصفت حالتهم بأنها مستقرة. "
    "وفتحت السلطات تحقيقا في أسباب الحريق."
)
FORMS["Chinese"] = (
    CHINESE,
    {"month": "3", "day": "15", "guest": "智利总统加夫列尔·博里奇"},
    {"month": "6", "day": "27", "guest": "印度尼西亚总统佐科·维多多"},
)
FORMS["Arabic"] = (
    ARABIC,
    {"count": "37", "place": "طنطا", "taken": "14"},
    {"count": "52", "place": "دمنهور", "taken": "21"},
)


def pair(name: str) -> tuple[str, str]:
    form, one, other = FORMS[name]
    return form.format(**one), form.format(**other)


def kind(a: str, b: str, **settings: Any) -> str:
    """Compare both ways round."""
    found = dupdetect.compare(a, b, config=Config(**settings))
    assert dupdetect.compare(b, a, config=Config(**settings)).kind == found.kind
    return found.kind


EACH = pytest.mark.parametrize("name", FORMS)


@EACH
def test_a_form_filled_for_another_item_is_a_template(name: str) -> None:
    a, b = pair(name)
    assert kind(a, b) == "template"
    off = replace(Config(), **ablate.rules()["templates"])
    assert dupdetect.compare(a, b, config=off).kind == "near_duplicate"


@pytest.mark.parametrize("name", ["earnings", "lottery", "weather", "visit", "grant"])
def test_a_form_in_capitals_is_a_template(name: str) -> None:
    a, b = pair(name)
    assert kind(a.upper(), b.upper()) == "template"


@EACH
def test_a_form_filled_alike_is_a_copy(name: str) -> None:
    form, one, _ = FORMS[name]
    a = form.format(**one)
    assert kind(a, a) == "identical"
    assert kind(a, a + "\n\n" + paragraphs(*FERRY[:2])) in {"truncation", "near_duplicate"}


STORY = paragraphs(*FERRY) + (
    " The ship is 84 metres long and was built in 1987. It carried 31 cars. The sea was 17 degrees "
    "warm, and the nearest harbour is 6.5 miles away. The rescue took 4 hours."
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("31 cars", "35 cars"),
        ("6.5 miles", "10.5 kilometres"),
        ("Valletta", "Valetta"),
        ("1987", "1978"),
        ("The company promised", "The owners promised"),
    ],
    ids=["corrected", "units", "spelling", "turned digits", "words"],
)
def test_a_corrected_story_is_a_copy(old: str, new: str) -> None:
    assert old in STORY
    assert kind(STORY, STORY.replace(old, new)) == "near_duplicate"


def test_an_update_with_some_figures_revised_is_a_copy() -> None:
    revised = STORY.replace("31 cars", "35 cars").replace("4 hours", "6 hours")
    assert kind(STORY, revised) == "near_duplicate"


def test_one_name_in_another_form_is_a_copy() -> None:
    """A city has two names, which stand for each other throughout."""
    assert kind(STORY.replace("Valletta", "Bombay"), STORY.replace("Valletta", "Mumbai")) == (
        "near_duplicate"
    )


def test_a_scan_is_a_copy() -> None:
    rng = random.Random(5)
    words = STORY.split(" ")
    for k in rng.sample(range(len(words)), 18):
        at = rng.randrange(len(words[k]))
        words[k] = words[k][:at] + rng.choice("ceonrtil") + words[k][at + 1 :]
    assert kind(STORY, " ".join(words)) == "near_duplicate"


def test_an_edited_story_in_capitals_is_a_copy() -> None:
    edited = STORY.replace("The company promised", "The owners promised")
    edited = edited.replace("long and was", "wide and was")
    assert kind(STORY.upper(), edited.upper()) == "near_duplicate"


def test_templates_merge_with_nothing() -> None:
    """Two forms and a copy of each: two clusters, and a relation between them."""
    (a, b), other = pair("earnings"), paragraphs(*FERRY)
    rows = [
        {"id": name, "text": text} for name, text in zip("abcde", [a, b, a, b, other], strict=True)
    ]
    found = dupdetect.cluster(rows)
    labels = {row["id"]: row["cluster"] for row in found.clusters.to_pylist()}
    assert labels["a"] == labels["c"] != labels["b"] == labels["d"]
    (row,) = [row for row in found.relations.to_pylist() if row["kind"] == "template"]
    assert {row["a"], row["b"]} <= set("abcd")
    assert found.summary["kinds"]["template"] == 1


@pytest.mark.parametrize("seed", range(3))
def test_order_and_names_of_rows_change_nothing(seed: int) -> None:
    rng = random.Random(seed)
    texts = [text for name in FORMS for text in pair(name)] + [STORY, paragraphs(*FERRY)]
    names = [f"n{k:02}" for k in range(len(texts))]
    rng.shuffle(names)
    order = list(range(len(texts)))
    rng.shuffle(order)
    rows = [{"id": names[k], "text": texts[k]} for k in order]
    found = dupdetect.cluster(rows, relations="all", threads=1 + seed)
    at = dict(zip(names, range(len(texts)), strict=True))
    related = {
        (frozenset((at[row["a"]], at[row["b"]])), row["kind"])
        for row in found.relations.to_pylist()
    }
    pairs = {(frozenset((2 * k, 2 * k + 1)), "template") for k in range(len(FORMS))}
    story = frozenset((len(texts) - 2, len(texts) - 1))
    assert related == pairs | {(story, dupdetect.compare(STORY, paragraphs(*FERRY)).kind)}


@pytest.mark.parametrize("missing", ["although ", "high ", "parish "])
def test_exact_is_one_only_where_no_word_is_missing(missing: str) -> None:
    a = paragraphs(*FERRY)
    found = dupdetect.compare(a, a.replace(missing, "", 1))
    assert (found.a_coverage, found.b_coverage) == (1.0, 1.0)
    words = len(a.replace("\n", " ").split())
    assert found.a_exact == pytest.approx((words - 1) / words)
    assert found.b_exact == 1.0
    assert "100% of b and 99% of a" in str(found)


def test_exact_counts_equal_words_alone() -> None:
    a = paragraphs(*FERRY)
    found = dupdetect.compare(a, a.replace("coastguard", "coastguards").replace("harp", "lyre"))
    assert found.a_coverage == found.b_coverage == 1.0
    assert found.a_exact == found.b_exact == pytest.approx(1 - 1 / len(a.split()))
    same = dupdetect.compare("one two three", "One, two, three")
    assert (same.kind, same.a_exact, same.b_exact) == ("identical", 1.0, 1.0)
    none = dupdetect.compare(a, "Something else was said.")
    assert (none.a_exact, none.b_exact) == (0.0, 0.0)
