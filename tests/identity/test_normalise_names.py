"""Each row of the table of names is a test, and what is true of every name."""

from __future__ import annotations

import subprocess
import sys

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmkit.errors import MissingExtraError
from crmkit.identity.normalise import NAMES, NamePolicy, are_short_forms, name
from crmkit.identity.normalise.readings import reading_of, simplified

XIAOMING = ("wang", "wang xiaoming")


@pytest.mark.parametrize(
    "raw",
    ["王小明", "王　小明", "王小明（收）", "王小明(公司)", "王小明先生", "王小明😀", "王小明[1234]", "收件人：王小明"],
)
def test_a_chinese_name(raw: str) -> None:
    reading = name(raw)
    assert (reading.surname_key, reading.full_key) == XIAOMING
    assert (reading.form, reading.pattern, reading.characters) == ("full", (3, "明"), "王小明")


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "ＷＡＮＧ Xiaoming",
            "Xiaoming Wang",
            "WANG, XIAOMING",
            "Wang Xiao Ming",
            "Xiao-Ming Wang",
            "Mr. Xiaoming Wang",
        ),
        *("wang xiaoming", "Xiao Ming Wang", "Wang, Xiao Ming"),
    ],
)
def test_the_order_of_latin_names_does_not_matter(raw: str) -> None:
    reading = name(raw)
    assert (reading.surname_key, reading.full_key, reading.pattern) == (*XIAOMING, None)


def test_traditional_and_simplified_are_one_key_and_homophones_share_the_reading_only() -> None:
    traditional, plain, homophone = name("張偉"), name("张伟"), name("张玮")
    assert (plain.surname_key, plain.full_key, plain.pattern) == ("zhang", "wei zhang", (2, "伟"))
    assert attrs.evolve(traditional, display="") == attrs.evolve(plain, display="")
    assert homophone.full_key == name("张炜").full_key == plain.full_key
    assert len({homophone.characters, plain.characters, name("张炜").characters}) == 3


@pytest.mark.parametrize("raw", ["欧阳小明", "歐陽小明"])
def test_surnames_of_two_characters_first(raw: str) -> None:
    assert (name(raw).surname_key, name(raw).full_key, name(raw).pattern) == ("ouyang", "ouyang xiaoming", (4, "明"))


@pytest.mark.parametrize(
    ("character", "key"),
    [
        *(("单", "shan"), ("仇", "qiu"), ("曾", "zeng"), ("翟", "zhai"), ("查", "zha"), ("解", "xie"), ("区", "ou")),
        *(("朴", "piao"), ("尉迟", "yuchi"), ("万俟", "moqi"), ("长孙", "zhangsun"), ("單", "shan"), ("盖", "ge")),
    ],
)
def test_readings_of_surnames_come_from_their_own_table(character: str, key: str) -> None:
    reading = name(f"{character}小明")
    assert (reading.surname_key, reading.full_key) == (key, " ".join(sorted((key, "xiaoming"))))


@pytest.mark.parametrize("raw", ["吕明", "LYU Ming", "Lü Ming", "Lv Ming", "呂明", "LU Ming"])
def test_the_spellings_of_u_with_dots_are_one_key(raw: str) -> None:
    assert (name(raw).surname_key, name(raw).full_key) == ("lu", "lu ming")


@pytest.mark.parametrize(
    ("raw", "surname", "pattern"),
    [
        *(("王*明", "wang", (3, "明")), ("王**", "wang", (3, None)), ("*小明", "", (3, "明"))),
        *(
            ("王＊明", "wang", (3, "明")),
            ("歐陽*", "ouyang", (3, None)),
            ("王●明", "wang", (3, "明")),
            ("***", "", None),
        ),
    ],
)
def test_masked_names_give_surname_and_pattern_only(
    raw: str, surname: str, pattern: tuple[int, str | None] | None
) -> None:
    reading = name(raw)
    assert (reading.form, reading.surname_key, reading.full_key, reading.pattern) == ("masked", surname, "", pattern)


@pytest.mark.parametrize("raw", ["王先生", "Ms. Wang", "王女士收", "王总", "Herr Wang", "王", "王小姐（收）"])
def test_behind_a_title_the_length_is_not_known(raw: str) -> None:
    reading = name(raw)
    assert (reading.form, reading.surname_key, reading.full_key, reading.pattern) == ("title", "wang", "", None)


@pytest.mark.parametrize(
    "raw", ["小王", "老李", "阿明", "mm爱购物", "明明", "高兴", "王者荣耀之神", "平平安安", "mei", "😀😀", "花花"]
)
def test_nicknames_have_no_key(raw: str) -> None:
    reading = name(raw)
    assert (reading.form, reading.surname_key, reading.full_key, reading.pattern) == ("nickname", "", "", None)


def test_accents_are_folded_and_ae_oe_ue_kept_as_a_second_key() -> None:
    reading = name("José Müller-Lüdenscheidt")
    assert (reading.surname_key, reading.full_key) == ("mullerludenscheidt", "jose mullerludenscheidt")
    assert reading.second_key == "jose muellerluedenscheidt"
    assert name("Max Müller").second_key == name("Max Mueller").full_key == "max mueller"
    assert name("Łukasz Øster Groß").full_key == "gross lukasz oster"


def test_nicknames_of_given_names_are_a_level_and_no_rewrite() -> None:
    bob, robert = name("Bob O'Brien"), name("Robert OBrien")
    assert (bob.surname_key, bob.full_key) == ("obrien", "bob obrien")
    assert (robert.surname_key, robert.full_key) == ("obrien", "obrien robert")
    assert are_short_forms(bob.given_key, robert.given_key)
    assert not are_short_forms(bob.given_key, "william")


@pytest.mark.parametrize("raw", ["B. Obrien", "Obrien, B.", "Mr B. O’Brien", "B.Obrien"])
def test_initials(raw: str) -> None:
    reading = name(raw)
    assert (reading.surname_key, reading.full_key, reading.initial) == ("obrien", "", "b")


def test_a_full_name_knows_its_initial() -> None:
    assert (name("Bob J. O'Brien").initial, name("Bob J. O'Brien").full_key) == ("b", "bob obrien")
    assert name("Jan van der Berg").surname_key == "vanderberg"
    assert (name("wang xm").surname_key, name("Mei Ng").surname_key) == ("", "ng")
    assert (name("Nguyễn Văn An").surname_key, name("Nguyễn Văn An").full_key) == ("an", "an nguyen van")
    assert name("MÜLLER Max").surname_key == "muller"


@pytest.mark.parametrize("raw", ["王伟、李娜", "王伟&李娜", "Mei Wang & Bob Smith", "王伟/李娜", "王伟，李娜"])
def test_two_people_are_no_evidence_of_either(raw: str) -> None:
    reading = name(raw)
    assert (reading.form, reading.surname_key, reading.full_key, reading.pattern) == ("several", "", "", None)
    assert reading.problem is not None
    assert (reading.problem.code, reading.problem.severity) == ("bad_name", "error")
    assert raw not in reading.problem.value


@pytest.mark.parametrize("raw", ["深圳市某某科技有限公司", "Paper Lantern GmbH", "某某大学第三宿舍"])
def test_organisations_are_no_person(raw: str) -> None:
    assert (name(raw).form, name(raw).surname_key, name(raw).full_key) == ("organisation", "", "")


@pytest.mark.parametrize("raw", ["先生", "客户", "匿名用户", "John Doe", "GUEST"])
def test_placeholders(raw: str) -> None:
    assert (name(raw).form, name(raw).problem) == ("placeholder", None)


@pytest.mark.parametrize("raw", [None, float("nan"), "", "nan", "无", "匿名", "N/A", "\u200b"])
def test_nothing(raw: object) -> None:
    assert (name(raw).form, name(raw).display, name(raw).problem) == ("none", "", None)


@pytest.mark.parametrize("raw", ["Wang Li", "Li Wang"])
def test_where_either_part_can_be_the_surname_none_is_claimed(raw: str) -> None:
    assert (name(raw).surname_key, name(raw).full_key) == ("", "li wang")
    assert name("WANG Li").surname_key == name("Wang, Li").surname_key == "wang"


def test_other_scripts_are_compared_as_they_are_written() -> None:
    assert name("Иван Петров").characters == name("Петров ИВАН").characters == "иван петров"
    assert (name("山田 たろう").form, name("山田 たろう").full_key) == ("foreign", "")
    assert name("Tony 王小明").full_key == name("王小明 Wang Xiaoming").full_key == "wang xiaoming"
    assert name("买买提·艾力").surname_key == ""


@pytest.mark.parametrize("raw", ["王\u202e小明", "王小\ud800明", "王\x00小明"])
def test_signs_that_cannot_be_seen_are_said_and_left_out(raw: str) -> None:
    reading = name(raw)
    assert (reading.display, reading.full_key) == ("王小明", "wang xiaoming")
    assert reading.problem is not None
    assert (reading.problem.severity, reading.problem.code) == ("warning", "untidy_name")


@pytest.mark.parametrize("raw", ["王" * 10_000, "Mei " * 2_500, "A" * 10_000, "*" * 10_000])
def test_a_name_of_ten_thousand_signs_is_cut_and_said(raw: str) -> None:
    reading = name(raw)
    assert len(reading.display) <= 200
    assert max(len(reading.full_key), len(reading.surname_key), len(reading.characters)) <= 200
    assert reading.problem is not None
    assert "longer than 200" in reading.problem.reason


NAMES_LIKE = st.one_of(
    st.text(max_size=30),
    st.text("王李欧阳小明先生收*·、&（）公司 ", max_size=8),
    st.text("WangXiaoMing ,.'-ü*&", max_size=20),
)


@given(NAMES_LIKE)
@example("王小明（收）")
@example("ǅ Ŀ")
@settings(max_examples=1000, deadline=None)
def test_a_name_as_we_show_it_is_read_as_the_same(raw: str) -> None:
    reading = name(raw)
    assert name(reading.display) == reading
    assert (reading.surname_key + reading.full_key + reading.second_key + reading.initial).isascii()
    assert (reading.problem is None) == (not reading.reason and not reading.remark)


def test_keys_do_not_depend_on_what_was_read_before() -> None:
    first = name("歐陽小明")
    name.cache_clear()
    assert name("歐陽小明") == first


def test_a_host_brings_its_own_tables() -> None:
    ours = attrs.evolve(
        NAMES,
        surnames=(*NAMES.surnames, "甲"),
        surname_readings=(*NAMES.surname_readings, ("王", "ong")),
        titles=NAMES.titles | {"掌柜"},
        placeholders={*NAMES.placeholders, "某人"},
        not_names=NAMES.not_names | {"王牌"},
    )
    assert name("甲小明", ours).surname_key == "jia"
    assert name("王小明", ours).full_key == "ong xiaoming"
    assert name("李掌柜", ours).form == "title"
    assert name("某人", ours).form == "placeholder"
    assert name("王牌", ours).form == "nickname"
    assert NamePolicy() == NAMES


def test_the_masked_form_shows_no_more_than_platforms_do() -> None:
    assert (name("王小明").masked, name("王伟").masked, name("Mei Wang").masked) == ("王*明", "王*", "M***")


def test_the_tables_cover_the_standard_characters() -> None:
    assert reading_of("玥琪梓萱睿煜霖") == "yueqizixuanruiyulin"
    assert simplified("國際飯店陳劉趙") == "国际饭店陈刘赵"
    assert reading_of("媗☃") == ""


def test_the_extra_reads_more_characters_and_changes_none() -> None:
    wide = attrs.evolve(NAMES, readings="library", simplifying="library")
    assert name("王媗媗", wide).full_key == "wang xuanxuan"
    assert name("王媗媗").full_key == ""
    assert name("王小明", wide) == name("王小明")


def test_without_the_extra_the_caller_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    with pytest.raises(MissingExtraError, match="identity-zh"):
        reading_of("媗", "library")


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys; from crmkit.identity.normalise import name; name('王小明');"
        "print([m for m in ('pandas', 'numpy', 'rapidfuzz', 'phonenumbers', 'pypinyin', 'opencc') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
