"""What the codes of problems say, in Chinese; the English sentences are those of the importers."""

from __future__ import annotations

from types import MappingProxyType

from crmkit.segmentation.labels import Language

__all__ = ["CHINESE", "said"]

CHINESE = MappingProxyType(
    {
        "empty_file": "文件是空的。",
        "no_rows": "文件只有表头，没有数据行。",
        "cut_file": "文件在某一行中间断开，断开处的内容未导入；请重新导出。",
        "missing_column": "文件缺少金额、状态或买家所在的列，相应内容按未知处理。",
        "no_line_end": "文件末尾没有换行，可能不完整。",
        "damaged_row": "该行的单元格数与表头不符，或引号未闭合。",
        "damaged_identifier": "编号被表格软件改坏（如 4.50E+17，或末尾变成一串零）。",
        "missing_number": "该行没有订单号。",
        "provisional_number": "订单尚无正式编号，付款后会以另一编号出现。",
        "bad_money": "单元格不是有效金额，或小数位数超出该币种。",
        "bad_whole": "单元格不是范围内的整数。",
        "bad_moment": "单元格不是该格式的时间。",
        "bad_choice": "单元格中的词不在该列的已知取值内。",
        "bad_email": "邮箱地址无法用于识别买家。",
        "bad_phone": "手机号无法用于识别买家。",
        "unknown_status": "订单状态用语未知，状态按时间与金额推断。",
        "no_currency": "无法得知订单的币种。",
        "mixed_currencies": "同一订单出现多个币种的金额。",
        "no_first_row": "订单缺少载有金额的首行。",
        "does_not_add_up": "明细、运费与税费之和与订单总额不符，或账单行与其合计不符。",
        "no_payment_time": "状态或退款表明已付款，却没有付款时间；如何计入详见原因。",
        "paid_unknown": "无法得知付了多少或是否付款，按未付款处理。",
        "closed_with_money": "平台已关闭一笔已付款订单，但写明的退款少于付款。",
        "negative_paid": "订单总额或付款小于零。",
        "bad_refund": "退款多于付款，或小于零。",
        "doubtful_amount": "金额对该币种而言过小，可能被表格软件缩成了千分之一。",
        "refund_estimated": "平台只说明退了哪些商品而未说明金额，退款按价格估算。",
        "contradiction": "同一订单出现两次且内容不一致，以较新的报表为准。",
        "unpriced_lines": "有商品行没有价格，其金额按订单总额分摊。",
        "amounts_unknown": "该文件只有标价；实付金额在与其配套的文件中。",
        "not_priced_yet": "平台尚未给出金额（如待处理订单），暂按零计。",
        "damaged_text": "文字在此之前已被错误的编码读坏，标题有误。",
        "orders_missing": "文件写明的订单数与实际找到的不符。",
        "days_only": "文件只有日期、没有时区；以 zone= 指明店铺时区后才有具体时刻。",
        "unknown_record": "该 JSON 对象不属于任何已知格式。",
        "bad_shape": "JSON 值的类型不对。",
        "no_order": "只有订单的一部分（如退款）而没有订单本身，未入账。",
        "unknown_entry": "账单条目的业务类型未知，按其他资金处理。",
        "bad_order": "订单自相矛盾，详见原因。",
        "refused_order": "订单未能入库：内容过旧、自相矛盾或无法保存。",
        "another_buyer": "同一订单号已属于另一位买家，未覆盖。",
        "seen_elsewhere": "该买家标识在别处也出现过，撤销时予以保留。",
        "changed_since": "此后又有变动，未撤销。",
        "negative_line": "订单含有负数金额的明细，未计积分。",
        "no_award": "该订单未能计积分，详见原因。",
        "currency_mismatch": "该订单的币种与积分规则不符，未计积分。",
        "refund_unknown": "有退款但金额未知，积分暂未收回。",
        "null_moment": "笔订单没有时间，未计入。",
        "null_customer": "笔订单没有客户，未计入。",
        "null_order": "笔订单没有订单号，未计入。",
        "null_amount": "笔订单没有金额，未计入。",
        "not_finite": "笔订单的金额为无穷大，未计入。",
        "amount_too_large": "笔订单的金额过大，未计入。",
        "amount_too_fine": "笔订单的金额小数位过多，未计入。",
        "flat": "该维度上所有客户相同，得分一样。",
        "nothing_seen": "所选时段内没有可用的订单。",
        "float_ids": "客户编号是小数（如 123.0），按原样使用。",
        "ids_like_missing": "有客户编号形如空值（如“nan”），按原样使用。",
        "open_window": "检验窗口尚未结束，实际购买次数偏少，不宜据此校准。",
    }
)
"""Code → Chinese sentence."""


def said(code: str, lang: Language) -> str:
    """Returns what a code says in Chinese, or "" where the problem's own sentence must do.

    Example:
        >>> said("no_rows", "zh"), said("no_rows", "en")
        ('文件只有表头，没有数据行。', '')
    """
    return CHINESE.get(code, "") if lang == "zh" else ""
