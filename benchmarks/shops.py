"""Makes invented shops: order files in the real layouts of Taobao and Shopify, the same bytes for the same seed.

    python benchmarks/shops.py demo src/crmkit/demo                               # the files that crmkit ships
    python benchmarks/shops.py taobao OUT --orders 50000 --lines 80000 --seed 7   # a big pair, to time and to kill

Everybody in them is invented. Needs only the standard library.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import shopify_file
import taobao_file

UNTIL = datetime(2026, 11, 23, 22, 0)
"""When the invented exports were written, Beijing time; it is in the Taobao files' names."""

SINCE = datetime(2025, 11, 24)


@dataclass(frozen=True)
class Product:
    title: str
    english: str
    variant: str
    english_variant: str
    sku: str
    cents: int


PRODUCTS = (
    Product(
        "陶瓷杯 小号, 带盖", "Ceramic Cup with lid", "颜色分类：青；容量：200ml", "Celadon / 200 ml", "CUP-S", 3990
    ),
    Product("手工皂 橙花味 100g", "Hand-made Soap 100 g", "香型：橙花", "Orange blossom", "SOAP-7", 2500),
    Product('"小森"系列笔记本 A5', 'Notebook "Grove" A5', "", "", "NB-A5", 1880),
    Product("棉麻桌布 120x160", "Linen Tablecloth 120x160", "颜色分类：原麻", "Flax", "TBL-12-N", 12800),
    Product("亚麻围裙 厨房防水罩衣", "Linen Apron", "颜色分类：沙色；尺码：M", "Sand / M", "APR-01-M", 8900),
    Product("羊毛毯 单人（无内胆）", "Wool Blanket, single", "颜色分类：灰格", "Grey check", "WL-1-G", 39900),
    Product("纸灯笼 30cm", "Paper Lantern 30 cm", "颜色分类：米白", "Ivory", "LAN-30", 4600),
    Product("纸灯笼 60cm", "Paper Lantern 60 cm", "颜色分类：米白", "Ivory", "LAN-60", 9800),
    Product("竹筷 十双装", "Bamboo Chopsticks, ten pairs", "", "", "CHO-10", 2990),
    Product("铸铁茶壶 0.8L", "Cast-iron Teapot 0.8 l", "颜色分类：黑", "Black", "POT-08", 26800),
    Product("香薰蜡烛 雪松", "Scented Candle", "香型：雪松", "Cedar", "CAN-CED", 6900),
    Product("帆布袋 大号", "Canvas Bag, large", "颜色分类：原色", "Natural", "BAG-L", 5900),
)

STEMS = ("测试", "虚构", "示例", "假想", "样板", "测试𠮷")
WORDS = ("amber", "birch", "cedar", "dune", "ember", "fern", "grove", "heath", "iris", "juniper", "kelp", "linden")


@dataclass(frozen=True)
class Person:
    """Is somebody who does not exist."""

    number: int
    payer_is_plain: bool

    @property
    def nick(self) -> str:
        return f"{STEMS[self.number % len(STEMS)]}_{WORDS[self.number % len(WORDS)]}{self.number:02d}"

    @property
    def word(self) -> str:
        return WORDS[self.number % len(WORDS)]

    @property
    def email(self) -> str:
        return f"{self.word}{self.number:02d}@example.com"

    @property
    def payer(self) -> str:
        return self.email if self.payer_is_plain else f"{self.email[:3]}***@example.com"

    @property
    def phone(self) -> str:
        return f"138{self.number % 100_000_000:08d}"


@dataclass(frozen=True)
class Line:
    product: Product
    quantity: int
    due: int
    refunded: int = 0


@dataclass(frozen=True)
class Sale:
    """Is one order; amounts are cents."""

    person: Person
    placed: datetime
    fate: str
    lines: tuple[Line, ...]
    postage: int
    note: str = ""

    @property
    def goods(self) -> int:
        return sum(line.due for line in self.lines)

    @property
    def total(self) -> int:
        return self.goods + self.postage

    @property
    def listed(self) -> int:
        return sum(line.product.cents * line.quantity for line in self.lines)

    @property
    def is_paid(self) -> bool:
        return self.fate not in ("waiting", "cancelled")

    @property
    def refunded(self) -> int:
        return self.total if self.fate == "refunded" else sum(line.refunded for line in self.lines)

    @property
    def paid_at(self) -> datetime:
        return self.placed + timedelta(minutes=1, seconds=30)

    @property
    def shipped_at(self) -> datetime:
        return self.placed + timedelta(days=1, hours=3)

    @property
    def received_at(self) -> datetime:
        return self.placed + timedelta(days=6, hours=5)


NOTES = ("", "", "", "", "", "请放门卫，谢谢", "周末送货,\n提前联系", '包装写"新年快乐"')


def sale(draw: random.Random, person: Person, placed: datetime, lines: int) -> Sale:
    """Draws what is bought, what becomes of it and what it costs."""
    fate = fate_of(draw, UNTIL - placed)
    off = draw.choice((0, 0, 0, 5, 10))
    bought = []
    for product in draw.sample(PRODUCTS, lines):
        quantity = draw.choice((1, 1, 1, 2, 3)) if product.cents < 10_000 else 1
        bought.append(Line(product, quantity, product.cents * quantity * (100 - off) // 100))
    if fate == "partly":
        bought[0] = replace(bought[0], refunded=bought[0].due if lines > 1 else bought[0].due // 4)
    elif fate == "refunded":
        bought = [replace(line, refunded=line.due) for line in bought]
    free = fate == "refunded" or sum(line.due for line in bought) >= 9900
    return Sale(person, placed, fate, tuple(bought), 0 if free else 800, draw.choice(NOTES))


def fate_of(draw: random.Random, age: timedelta) -> str:
    """Draws how far an order of this age has come."""
    luck = draw.random()
    if luck < 0.05:
        return "cancelled"
    if age < timedelta(days=3):
        return "waiting" if luck < 0.45 else "paid"
    if age < timedelta(days=14):
        return "waiting" if luck < 0.14 else "paid" if luck < 0.4 else "shipped"
    if luck < 0.10:
        return "refunded"
    if luck < 0.16:
        return "partly"
    return "shipped" if age < timedelta(days=40) and luck < 0.3 else "done"


HABITS = (
    # people, orders each, days since the last one, days between two
    (10, (5, 6, 7, 8), (0, 16), (15, 40)),
    (5, (4, 5), (45, 80), (20, 45)),
    (6, (4, 5, 6), (150, 250), (12, 24)),
    (12, (1,), (0, 30), (0, 1)),
    (9, (1,), (40, 85), (0, 1)),
    (12, (2, 3), (2, 70), (20, 60)),
    (9, (2, 3), (95, 150), (20, 60)),
    (9, (1, 2), (120, 190), (25, 60)),
    (9, (1, 2), (200, 270), (20, 40)),
    (9, (1,), (280, 362), (0, 1)),
)
"""Ninety people by how they buy, so that every kind of customer is there."""


def visits(draw: random.Random) -> Iterator[tuple[int, datetime]]:
    """Gives number of the person and moment for each visit of each of the ninety."""
    number = 0
    for people, counts, last, gap in HABITS:
        for one in range(people):
            number += 1
            moment = UNTIL - timedelta(days=draw.uniform(*last))
            for _ in range(counts[one % len(counts)]):
                if moment >= SINCE:
                    yield number, moment.replace(microsecond=0)
                moment -= timedelta(days=draw.uniform(*gap))


def demo_sales(seed: int = 8) -> tuple[list[Sale], list[Sale]]:
    """Gives the orders of the ninety: those on Taobao and those in the Shopify shop; twelve people buy at both."""
    draw = random.Random(seed)
    taobao: list[Sale] = []
    shopify: list[Sale] = []
    for count, (number, moment) in enumerate(visits(draw)):
        both = number in BOTH
        person = Person(number, payer_is_plain=both or number % 3 == 0)
        made = sale(draw, person, moment, draw.choice((1, 1, 1, 2, 2, 3)))
        at_taobao = count % 2 == 0 if both else number % 3 != 1
        (taobao if at_taobao else shopify).append(made)
    for sales in (taobao, shopify):
        sales.sort(key=lambda one: one.placed, reverse=True)
    return taobao, shopify


BOTH = frozenset((1, 2, 4, 6, 9, 11, 13, 15, 17, 19, 44, 52))
"""Who buys at both shops; each of them buys at least twice."""


def many_sales(orders: int, lines: int, seed: int) -> Iterator[Sale]:
    """Gives any number of orders, newest first, one after the other."""
    draw = random.Random(seed)
    extra = lines - orders
    span = (UNTIL - SINCE).total_seconds()
    for index in range(orders):
        more = extra * (index + 1) // orders - extra * index // orders
        person = Person(draw.randrange(1, max(2, orders // 3)), payer_is_plain=draw.random() < 0.3)
        placed = (UNTIL - timedelta(seconds=span * (index + 1) / (orders + 1))).replace(microsecond=0)
        yield sale(draw, person, placed, 1 + more)


def write(path: Path, encoding: str, rows: Iterable[str]) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        file.writelines(rows)


def write_taobao(folder: Path, sales: Iterable[Sale], bad: bool = False) -> None:
    """Writes the order file and the item file, row by row."""
    stamp = f"{UNTIL:%Y%m%d%H%M}"
    with (
        (folder / f"ExportOrderList{stamp}.csv").open("w", encoding="gb18030", newline="") as orders,
        (folder / f"ExportOrderDetailList{stamp}.csv").open("w", encoding="gb18030", newline="") as items,
    ):
        orders.write(taobao_file.header(taobao_file.ORDER_COLUMNS))
        items.write(taobao_file.header(taobao_file.ITEM_COLUMNS))
        for index, one in enumerate(sales):
            order, lines = taobao_file.rows(one, index)
            orders.write(order)
            items.writelines(lines)
            if bad and index in taobao_file.BAD:
                orders.write(taobao_file.bad_row(one, index))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shop", choices=("demo", "taobao", "shopify"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--lines", type=int, default=None, help="once to four times --orders")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    lines = asked.lines or asked.orders * 8 // 5
    if not asked.orders <= lines <= 4 * asked.orders:
        parser.error("--lines must lie between once and four times --orders")
    if asked.shop == "demo":
        taobao, shopify = demo_sales()
        write_taobao(asked.folder, taobao, bad=True)
        write(asked.folder / "orders_export_1.csv", "utf-8", shopify_file.rows(shopify, bad=True))
    elif asked.shop == "taobao":
        write_taobao(asked.folder, many_sales(asked.orders, lines, asked.seed))
    else:
        sales = many_sales(asked.orders, lines, asked.seed)
        write(asked.folder / "orders_export_1.csv", "utf-8", shopify_file.rows(sales, bad=False))


if __name__ == "__main__":
    main()
