"""Categories, regions, carriers and invented names. None of the names is a real brand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Category(NamedTuple):
    """A category's habits. Rates are per delivered order, prices in yuan, effects in log-odds."""

    name: str
    share: float  # of stores
    price: float  # median
    buyer_returns: float  # size and no_reason
    size_reason: float  # of the buyer's returns
    product: float  # effect on product faults
    logistics: float  # effect on late dispatch
    grave: float  # share of product faults that are counterfeit or unsafe
    english: str
    chinese: str


CATEGORIES = (
    Category("apparel", 0.20, 139, 0.120, 0.70, 0.20, 0.10, 0.006, "Wear", "服饰"),
    Category("shoes and bags", 0.09, 199, 0.085, 0.65, 0.10, 0.05, 0.030, "Shoes & Bags", "鞋包"),
    Category("beauty", 0.13, 118, 0.022, 0.02, 0.00, -0.10, 0.030, "Beauty", "美妆"),
    Category("fresh food", 0.09, 76, 0.006, 0.00, 0.55, -0.30, 0.012, "Fresh", "生鲜"),
    Category("snacks", 0.09, 49, 0.008, 0.00, -0.35, -0.10, 0.008, "Snacks", "零食"),
    Category("jewellery", 0.06, 420, 0.070, 0.15, 0.45, 0.15, 0.045, "Jewellery", "珠宝"),
    Category("electronics", 0.07, 329, 0.030, 0.00, 0.15, -0.05, 0.015, "Tech", "数码"),
    Category("home", 0.10, 95, 0.025, 0.10, -0.05, 0.15, 0.004, "Home", "家居"),
    Category("mother and baby", 0.06, 108, 0.028, 0.30, -0.15, -0.05, 0.020, "Baby", "母婴"),
    Category("sports", 0.05, 165, 0.055, 0.55, -0.10, 0.00, 0.008, "Sports", "运动"),
    Category("books and stationery", 0.04, 42, 0.010, 0.00, -0.60, 0.00, 0.010, "Books", "书坊"),
    Category("pet supplies", 0.02, 68, 0.014, 0.10, -0.25, 0.05, 0.010, "Pets", "宠物"),
)


def _words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


REGIONS = ("East", "South", "North", "Central", "Southwest", "Northeast", "Northwest", "Far West")
REGION_SHARES = (0.27, 0.21, 0.15, 0.14, 0.11, 0.06, 0.04, 0.02)
TRANSIT_DAYS = np.array(  # by region of the store and of the buyer
    [
        [1.3, 2.2, 2.0, 1.8, 2.8, 2.9, 3.6, 5.2],
        [2.2, 1.3, 2.7, 2.0, 2.5, 3.5, 3.9, 5.6],
        [2.0, 2.7, 1.3, 1.9, 2.9, 2.0, 2.9, 4.8],
        [1.8, 2.0, 1.9, 1.3, 2.2, 2.9, 3.0, 5.0],
        [2.8, 2.5, 2.9, 2.2, 1.4, 3.8, 3.1, 4.9],
        [2.9, 3.5, 2.0, 2.9, 3.8, 1.4, 3.7, 5.6],
        [3.6, 3.9, 2.9, 3.0, 3.1, 3.7, 1.6, 3.4],
        [5.2, 5.6, 4.8, 5.0, 4.9, 5.6, 3.4, 2.0],
    ]
)
CARRIERS = ("Jade Horse Express", "Lantern Parcel", "云鹤快运", "Redleaf Courier", "青石物流")
CARRIER_SHARES = (0.31, 0.25, 0.20, 0.14, 0.10)
CARRIER_SLOWNESS = (0.92, 0.98, 1.0, 1.08, 1.14)

TERMS = (
    "7-day no-reason returns; refund within 48 h",
    "七天无理由退货，48小时内退款",
    "15-day returns, we pay the way back",
    "坏单包赔，生鲜签收24小时内联系客服",
    "Exchange or refund within 7 days of receipt",
    "运费险已投保；退货签收后24小时退款",
    "No returns once opened, unless faulty",
)
HAN_HEAD = _words(
    "青禾 云汐 木言 知夏 南栀 半山 初见 晴川 拾光 星野 鹿鸣 花间 素年 锦溪 "
    "白榆 沐风 棠梨 望舒 微澜 松间 海棠 北辰 若水 长乐 竹里 小满 谷雨 流萤 芳甸 暖阳"
)
HAN_TAIL = _words("小铺 生活馆 工坊 优选 良品 集市 商行 之家 仓 严选 铺子 研究所 百货 杂货店")
ENGLISH_HEAD = _words(
    "Amber Azure Birch Bright Cedar Clover Coral Crane Dawn Ember Fern Golden Harbour Hazel Indigo Ivory "
    "Juniper Lark Lotus Maple Meadow Misty Moonlit Northern Olive Opal Pebble Pine Plum Quiet River Rowan "
    "Saffron Silver Sparrow Summer Tidal Velvet Willow Winter"
)
ENGLISH_TAIL = _words("House Lane Studio Corner Works Loft Market Garden Bay Room Trading Collective Yard Hill")
HAN_NICK = _words(
    "小鹿 阿蓝 桃子 糖糖 大山 老周 米娅 团子 阿宁 小北 果果 安安 "
    "七七 阿飞 小满 可可 石头 朵朵 阿澈 栗子 木木 小柚 南南 阿森"
)
HAN_SHOW = _words("直播间 好物说 的日常 来了 选品 开箱 严选官 说{} 爱{} 聊{}")
ENGLISH_NICK = _words(
    "Mia Leo Luna Kai Ivy Theo Nora Felix Zoe Hugo Ada Milo Wren Otis Cleo Jude Faye Remy Tess Arlo Nell Rhys Skye Joss"
)
ENGLISH_SHOW = _words("Live|Picks|on Air|Unboxed|Daily|Tonight|Finds|loves {}|talks {}|& Friends", "|")

COMPLAINT_TEXTS = {
    "false_advertising": ("The host promised more than what arrived", "主播说的和实物不一样", "功效夸大"),
    "counterfeit": ("Looks like a fake", "怀疑是假货"),
    "safety": ("Smoke came out when I plugged it in", "用后皮肤过敏"),
    "quality": ("Broke after two days", "质量太差，用一次就坏", "Poor stitching"),
    "delivery": ("Still waiting for my parcel", "物流一直不更新", "Arrived far too late"),
    "service": ("Nobody answers", "客服态度差，不回复", "Rude replies"),
    "refund": ("Refund still missing", "退货签收了还不退款"),
    "brushing": ("These sales look made up", "疑似刷单"),
    "other": ("Something is wrong with this order", "其他问题"),
}


def store_names(rng: np.random.Generator, categories: list[int]) -> list[str]:
    """One distinct name per store, Chinese, English or both."""
    return _distinct([_store_name(rng, CATEGORIES[c]) for c in categories], "{}{}号店", "{} No. {}")


def anchor_names(rng: np.random.Generator, count: int) -> list[str]:
    """`count` distinct names of hosts, Chinese, English or both."""
    return _distinct([_anchor_name(rng) for _ in range(count)], "{}{}", "{} {}")


def _choose(rng: np.random.Generator, words: list[str]) -> str:
    return words[int(rng.integers(len(words)))]


def _store_name(rng: np.random.Generator, category: Category) -> str:
    chinese = _choose(rng, HAN_HEAD) + category.chinese + _choose(rng, HAN_TAIL)
    english = f"{_choose(rng, ENGLISH_HEAD)} {_choose(rng, ENGLISH_TAIL)}"
    style = rng.random()
    if style < 0.55:
        return chinese
    return f"{english} {category.english}" if style < 0.8 else f"{chinese} {english}"


def _anchor_name(rng: np.random.Generator) -> str:
    category = CATEGORIES[int(rng.integers(len(CATEGORIES)))]
    chinese = _choose(rng, HAN_NICK) + _choose(rng, HAN_SHOW).format(category.chinese)
    nick = _choose(rng, ENGLISH_NICK)
    style = rng.random()
    if style < 0.55:
        return chinese
    if style >= 0.8:
        return f"{chinese} {nick}"
    return f"{nick} {_choose(rng, ENGLISH_SHOW).format(category.english)}"


def _distinct(names: list[str], chinese: str, english: str) -> list[str]:
    seen: dict[str, int] = {}
    taken = set(names)
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        pattern = english if name.isascii() else chinese
        out.append(name if seen[name] == 1 else _free(name, pattern, seen, taken))
    return out


def _free(name: str, pattern: str, seen: dict[str, int], taken: set[str]) -> str:
    while (candidate := pattern.format(name, seen[name])) in taken:
        seen[name] += 1
    taken.add(candidate)
    return candidate
