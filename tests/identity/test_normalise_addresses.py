"""Each row of the table of addresses is a test, and what is true of every address."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmkit.identity.normalise import ADDRESSES, AddressPolicy, address
from crmkit.identity.normalise.chinese import _number
from crmkit.identity.normalise.divisions import POSTCODES, index_of, short_name

NANSHAN = "广东|深圳|南山"


@pytest.mark.parametrize(
    "raw",
    [
        "广东省深圳市南山区科技路12号阳光花园3栋2单元1501室",
        "深圳南山区 科技路12号 阳光花园3#2单元1501",
        "南山区科技路十二号3幢二单元1501",
        "廣東省深圳市南山區科技路12號陽光花園3棟2單元1501室",
        "广东 深圳 南山区 粤海街道 科技路12号 3号楼 2单元 15层 1501房",
        "中国广东省深圳市南山区科技路12号阳光花园3-2-1501",
        "518000广东省深圳市南山区科技路１２号３栋２单元１５０１",
    ],
)
def test_one_flat_in_many_ways(raw: str) -> None:
    reading = address(raw)
    assert (reading.district_key, reading.street_key, reading.unit_key) == (NANSHAN, "科技路12", "科技路12-3-2-1501")
    assert reading.form == "home"


def test_levels() -> None:
    reading = address("广东省深圳市南山区粤海街道科技路12号阳光花园3栋2单元1501室")
    assert (reading.province, reading.city, reading.district, reading.town) == ("广东", "深圳", "南山", "粤海街道")
    assert (reading.road, reading.number, reading.estate) == ("科技路", "12", "阳光花园")
    assert (reading.building, reading.unit, reading.room, reading.rest) == ("3", "2", "1501", "")


def test_flats_of_one_house_differ() -> None:
    keys = {address(f"南山区科技路12号3栋2单元{room}室").unit_key for room in ("1501", "1502", "1601")}
    assert len(keys) == 3
    assert address("南山区科技路12号3栋1501室").unit_key != address("南山区科技路12号3单元1501室").unit_key
    assert address("南山区科技路12号3栋").unit_key == ""


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("上海市上海市浦东新区张杨路500弄12号301室", "上海|上海|浦东"),
        ("上海浦东张杨路500弄12号301室", "上海|上海|浦东"),
        ("浙江省义乌市稠城街道工人西路8号", "浙江|金华|义乌"),
        ("浙江省金华市义乌市工人西路8号", "浙江|金华|义乌"),
        ("义乌市工人西路8号", "浙江|金华|义乌"),
        ("广东省东莞市虎门镇人民路3号", "广东|东莞|虎门"),
        ("广东东莞虎门人民路3号", "广东|东莞|虎门"),
        ("吉林省吉林市昌邑区解放路5号", "吉林|吉林|昌邑"),
        ("湖北省仙桃市沙嘴街道仙桃大道5号", "湖北|仙桃|沙嘴"),
        ("湖北省省直辖县级行政区划仙桃市沙嘴街道仙桃大道5号", "湖北|仙桃|沙嘴"),
        ("北京市市辖区朝阳区三里屯路1号", "北京|北京|朝阳"),
        ("贵州省黔东南苗族侗族自治州凯里市北京路1号", "贵州|黔东南|凯里"),
        ("内蒙古自治区赤峰市阿鲁科尔沁旗天山镇", "内蒙古|赤峰|阿鲁科尔沁"),
        ("杭州市江干区凯旋路1号", "浙江|杭州|江干"),
        ("香港特别行政区中西区皇后大道中12號", "香港|香港|中西"),
        ("台灣省台北市大安區忠孝東路四段12號", "台湾|台北|大安"),
    ],
)
def test_divisions(raw: str, key: str) -> None:
    assert address(raw).district_key == key


def test_a_lane_has_houses() -> None:
    reading = address("上海浦东张杨路500弄12号301室")
    assert (reading.street_key, reading.unit_key) == ("张杨路500", "张杨路500-12-301")


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({}, ""),
        ({"city": "北京市"}, "北京|北京|朝阳"),
        ({"province": "吉林省", "city": "长春市"}, "吉林|长春|朝阳"),
        ({"postcode": "100027"}, "北京|北京|朝阳"),
        ({"postcode": "130012"}, "吉林|长春|朝阳"),
        ({"postcode": "999999"}, ""),
    ],
)
def test_namesakes_are_told_apart_by_columns_and_postcode_only(columns: dict[str, str], key: str) -> None:
    reading = address("朝阳区三里屯路1号", **columns)
    assert (reading.district_key, reading.street_key) == (key, "三里屯路1")


@pytest.mark.parametrize("raw", ["科****", "**路**号", "科技路**号3栋***", "科●●●"])
def test_masked_addresses_have_the_columns_district_only(raw: str) -> None:
    reading = address(raw, province="广东省", city="深圳市", district="南山区")
    assert (reading.form, reading.district_key) == ("masked", NANSHAN)
    assert (reading.street_key, reading.unit_key) == ("", "")
    assert address(raw).district_key == ""


@pytest.mark.parametrize(
    ("tail", "form", "account"),
    [
        ("XX菜鸟驿站", "pickup", ""),
        ("丰巢柜", "locker", ""),
        ("转运仓A1234", "forwarder", "A1234"),
        ("3栋2单元1501代收点", "pickup", ""),
        ("某某集运仓库 会员号 TW-88321", "forwarder", "TW-88321"),
    ],
)
def test_places_of_many_keep_the_street_and_have_no_flat(tail: str, form: str, account: str) -> None:
    reading = address(f"广东省深圳市南山区科技路12号{tail}")
    assert (reading.form, reading.district_key, reading.street_key) == (form, NANSHAN, "科技路12")
    assert (reading.unit_key, reading.is_shared, reading.account) == ("", True, account)
    assert reading.account_scope == (f"{NANSHAN}|科技路12" if account else "")


@pytest.mark.parametrize("raw", ["中山路12号", "北京路5号", "南京东路3号", "上海大厦12号", "朝阳路1号"])
def test_a_street_that_bears_a_citys_name_is_no_city(raw: str) -> None:
    assert (address(raw).province, address(raw).city) == ("", "")


def test_a_street_of_another_name_below_a_known_city() -> None:
    reading = address("深圳市南山区中山路12号1501室")
    assert (reading.district_key, reading.street_key) == (NANSHAN, "中山路12")


def test_the_line_wins_over_columns_that_contradict_it() -> None:
    assert address("广州市天河区体育西路1号", city="深圳市", district="南山区").district_key == "广东|广州|天河"


def test_flats_with_letters_and_other_ways_to_write_house_and_flat() -> None:
    assert address("香港中西区皇后大道中12號3樓A室").unit_key == "皇后大道中12-3A"
    assert address("南山区科技路12号A座15楼1501").unit_key == "科技路12-A-1501"
    assert address("南山区科技路12号院3号楼1501").unit_key == "科技路12-3-1501"
    assert address("石家庄市赵县李家村3组12号").street_key == "李家村3组12"
    assert address("重庆渝中区民权路28号英利大厦3-1501").unit_key == "民权路28-3-1501"
    assert address("上海浦东张杨路500弄12号楼301室").unit_key == "张杨路500-12-301"


def test_an_estate_stands_for_a_street_without_number() -> None:
    reading = address("深圳市南山区阳光花园3栋2单元1501室")
    assert (reading.street_key, reading.unit_key) == ("阳光花园", "阳光花园-3-2-1501")


@pytest.mark.parametrize("raw", [None, float("nan"), "", "nan", "无", "-"])
def test_nothing(raw: Any) -> None:
    assert (address(raw).form, address(raw).display, address(raw).problem) == ("none", "", None)


def test_what_cannot_be_read_is_a_problem() -> None:
    found = address("somewhere").problem
    assert found is not None
    assert (found.code, found.value) == ("bad_address", "so…re")


@pytest.mark.parametrize("raw", ["南山区\u202e科技路12号", "南山区\ud800科技路12号"])
def test_signs_that_cannot_be_seen(raw: str) -> None:
    reading = address(raw)
    assert reading.street_key == "科技路12"
    assert reading.problem is not None
    assert reading.problem.code == "untidy_address"


@pytest.mark.parametrize(
    "raw", ["南山区科技路12号" + "路" * 10_000, "1 Main St " * 1_000, "广东省" * 5_000, "12-" * 4_000]
)
def test_ten_thousand_signs_are_cut_and_said(raw: str) -> None:
    reading = address(raw)
    assert len(reading.display) <= 200
    assert max(map(len, (reading.district_key, reading.street_key, reading.unit_key))) <= 220
    assert reading.problem is not None


ADDRESS_LIKE = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [
                *(
                    "广东省",
                    "深圳",
                    "南山区",
                    "朝阳区",
                    "上海市",
                    "吉林",
                    "科技路",
                    "12号",
                    "十二号",
                    "3栋",
                    "2单元",
                    "1501室",
                ),
                *("*", " ", "转运仓A12", "阳光花园", "镇", "路", "12 Main St", "Apt 5", ", ", "-", "518000", "驿站"),
            ]
        ),
        max_size=9,
    ).map("".join),
)


@given(ADDRESS_LIKE, st.sampled_from(["", "北京市", "深圳市", "Springfield"]))
@example("南山区科技路12号3栋2单元1501室", "")
@settings(max_examples=800, deadline=None)
def test_an_address_as_we_show_it_is_read_as_the_same(raw: str, city: str) -> None:
    reading = address(raw, city=city)
    assert address(reading.display, city=city) == reading
    if reading.unit_key:
        assert reading.street_key


def test_numerals() -> None:
    said = {"十": "10", "十二": "12", "二十": "20", "一百零三": "103", "一百二十": "120", "一五〇一": "1501", "两": "2"}
    assert {numeral: _number(numeral) for numeral in said} == said


def test_the_table_of_divisions_is_whole() -> None:
    index = index_of(())
    places = {place for names in index.names.values() for name in names for place in name.places}
    provinces = {place[0] for place in places}
    assert len(provinces) == 34
    assert {province for _, province in POSTCODES} == provinces - {"香港", "澳门", "台湾"}
    cities = {place[:2] for place in places if place[1]}
    counties = {place for place in places if place[2]}
    assert (len(cities) > 350, len(counties) > 2_800) == (True, True)
    assert all(place[0] and (place[1] or not place[2]) for place in places)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        *(
            ("浦东新区", "浦东"),
            ("广西壮族自治区", "广西"),
            ("克孜勒苏柯尔克孜自治州", "克孜勒苏"),
            ("锡林郭勒盟", "锡林郭勒"),
        ),
        *(
            ("双江拉祜族佤族布朗族傣族自治县", "双江"),
            ("神农架林区", "神农架"),
            ("郊区", "郊区"),
            ("香港特别行政区", "香港"),
        ),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


def test_a_host_brings_its_own_tables() -> None:
    ours = attrs.evolve(
        ADDRESSES,
        more_divisions=("广东省|新城市|东湖区",),
        preferred=(*ADDRESSES.preferred, ("朝阳区", "北京|北京|朝阳")),
        forwarders=(*ADDRESSES.forwarders, "海淘中心"),
        pickups=(),
    )
    assert address("新城市东湖区科技路1号", policy=ours).district_key == "广东|新城|东湖"
    assert address("朝阳区三里屯路1号", policy=ours).district_key == "北京|北京|朝阳"
    assert address("南山区科技路1号海淘中心B77", policy=ours).account == "B77"
    assert address("南山区科技路1号驿站", policy=ours).form == "home"
    assert AddressPolicy() == ADDRESSES
    assert (
        address("甲省乙市丙区科技路1号", policy=AddressPolicy(divisions=("甲省|乙市|丙区",))).district_key
        == "甲省|乙市|丙区"
    )
