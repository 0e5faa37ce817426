"""What stands beside a name or instead of it: titles, placeholders, organisations, names that are none."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from crmkit.identity.normalise.nicknames import NICKNAMES
from crmkit.identity.normalise.readings import Source
from crmkit.identity.normalise.surnames import COMPOUND_SURNAMES, SURNAME_READINGS, SURNAMES

__all__ = ["NAMES", "NamePolicy"]


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.casefold() for value in values)


def _groups(values: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(group) for group in values)


def _pairs(values: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((left, right) for left, right in values)


def _ordered(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


@attrs.frozen(kw_only=True, slots=True, cache_hash=True)
class NamePolicy:
    """Says how names are taken apart.

    Attributes:
        surnames: Chinese surnames of one character, simplified, the most frequent first.
        compound_surnames: Those of two characters.
        surname_readings: Pairs of a surname and its reading, where that is not the characters' common one.
        titles: Words behind a Chinese name ("先生"), simplified.
        latin_titles: Words before or behind a Latin name, lower case, without dots ("ms", "phd").
        particles: Parts of Latin surnames that are written apart ("van", "de").
        organisations: Parts of names that are no person's.
        latin_organisations: The same as whole words of Latin names.
        placeholders: Whole names that name nobody.
        not_names: Words that begin with a surname's character and are a nickname.
        nickname_beginnings: Characters before a surname or given name that make a nickname of it ("小王").
        nicknames: Groups of short forms of given names; a level of comparison, never a rewrite.
        readings: Where readings come from: the package's table, or the extra `identity-zh` for what is not in it.
        simplifying: Where simplified characters come from.

    Example:
        >>> import attrs
        >>> from crmkit.identity.normalise.names import name
        >>> ours = attrs.evolve(NAMES, surnames=(*NAMES.surnames, "甲"))
        >>> name("甲小明").surname_key, name("甲小明", ours).surname_key
        ('', 'jia')
    """

    surnames: tuple[str, ...] = attrs.field(default=SURNAMES, converter=_ordered)
    compound_surnames: tuple[str, ...] = attrs.field(default=COMPOUND_SURNAMES, converter=_ordered)
    surname_readings: tuple[tuple[str, str], ...] = attrs.field(default=SURNAME_READINGS, converter=_pairs)
    titles: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *(
                    "先生",
                    "女士",
                    "小姐",
                    "太太",
                    "夫人",
                    "老师",
                    "师傅",
                    "同学",
                    "阿姨",
                    "叔叔",
                    "大哥",
                    "大姐",
                    "哥",
                    "姐",
                ),
                *(
                    "经理",
                    "医生",
                    "老板",
                    "主任",
                    "教授",
                    "律师",
                    "女生",
                    "男士",
                    "总监",
                    "店长",
                    "博士",
                    "护士",
                    "小朋友",
                    "宝宝",
                    "总",
                    "工",
                ),
            }
        ),
        converter=frozenset,
    )
    latin_titles: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam", "mister", "missus", "herr", "frau"),
                *(
                    "hr",
                    "fr",
                    "mme",
                    "mlle",
                    "monsieur",
                    "madame",
                    "sr",
                    "sra",
                    "srta",
                    "señor",
                    "señora",
                    "sig",
                    "dott",
                ),
                *("jr", "ii", "iii", "iv", "phd", "md", "esq", "mba", "msc", "ing", "dipl", "med"),
            }
        ),
        converter=_folded,
    )
    particles: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *("van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "ten", "ter"),
                *("zu", "zum", "zur", "af", "av", "bin", "ibn", "al", "el"),
            }
        ),
        converter=_folded,
    )
    organisations: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *(
                    "公司",
                    "有限",
                    "集团",
                    "工厂",
                    "商行",
                    "超市",
                    "学校",
                    "大学",
                    "中学",
                    "小学",
                    "幼儿园",
                    "医院",
                    "银行",
                    "酒店",
                ),
                *(
                    "宾馆",
                    "工作室",
                    "事务所",
                    "委员会",
                    "协会",
                    "合作社",
                    "旗舰店",
                    "专营店",
                    "专卖店",
                    "驿站",
                    "快递",
                    "仓库",
                ),
                *(
                    "便利店",
                    "物业",
                    "营业部",
                    "株式会社",
                    "管理处",
                    "服务站",
                    "经营部",
                    "门市",
                    "药店",
                    "商店",
                    "研究所",
                ),
            }
        ),
        converter=frozenset,
    )
    latin_organisations: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *("inc", "ltd", "llc", "gmbh", "corp", "corporation", "company", "limited", "plc", "kg", "sarl"),
                *("srl", "spa", "bv", "university", "hospital", "school", "warehouse", "logistics"),
                *(
                    "trading",
                    "technology",
                    "industries",
                    "group",
                    "store",
                    "shop",
                    "office",
                    "department",
                    "foundation",
                ),
            }
        ),
        converter=_folded,
    )
    placeholders: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *(
                    "先生",
                    "女士",
                    "小姐",
                    "客户",
                    "顾客",
                    "匿名",
                    "匿名用户",
                    "游客",
                    "用户",
                    "买家",
                    "收件人",
                    "收货人",
                    "本人",
                    "测试",
                ),
                *("姓名", "未知", "某某", "某某某", "test", "test test", "guest", "customer", "anonymous", "unknown"),
                *("no name", "noname", "nobody", "first last", "john doe", "jane doe", "user", "buyer", "n/a n/a"),
            }
        ),
        converter=_folded,
    )
    not_names: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *(
                    "高兴",
                    "安静",
                    "白云",
                    "明天",
                    "温暖",
                    "温柔",
                    "向日葵",
                    "平安",
                    "时光",
                    "和平",
                    "幸福",
                    "幸运",
                    "花花世界",
                    "花开",
                ),
                *(
                    "云朵",
                    "雷电",
                    "金鱼",
                    "马上",
                    "路过",
                    "路人",
                    "路人甲",
                    "万事如意",
                    "包子",
                    "毛毛虫",
                    "方便面",
                    "黄金",
                ),
                *(
                    "高手",
                    "国王",
                    "王子",
                    "王者",
                    "公主",
                    "海豚",
                    "阳光",
                    "花生",
                    "小明",
                    "牛奶",
                    "元宝",
                ),
            }
        ),
        converter=frozenset,
    )
    nickname_beginnings: frozenset[str] = attrs.field(default=frozenset("小老阿大"), converter=frozenset)
    nicknames: tuple[tuple[str, ...], ...] = attrs.field(default=NICKNAMES, converter=_groups)
    readings: Source = "table"
    simplifying: Source = "table"


NAMES = NamePolicy()
"""The tables that names are read with unless a host brings its own."""
