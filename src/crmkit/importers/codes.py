"""The stable codes of problems: what was left out, or came through with a remark."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["PROBLEM_CODES"]

PROBLEM_CODES = MappingProxyType(
    {
        "empty_file": "The file holds nothing.",
        "no_rows": "The file holds a header and no rows.",
        "cut_file": "The file ends in the middle of a row; what stood there is left out.",
        "missing_column": "The file lacks columns of money, state or buyer; what they would tell is unknown.",
        "no_line_end": "The file has no line break at its end, as some programs write it; or it is cut.",
        "damaged_row": "The row has another number of cells than the header, or its quotes do not close.",
        "damaged_identifier": "A spreadsheet destroyed the digits of an identifier (4.50E+17, or a tail of zeros).",
        "missing_number": "The row has no order number.",
        "provisional_number": "The order has no number of its own yet; once it is paid it comes under another one.",
        "bad_money": "A cell is not an amount of money, or has more decimals than its currency.",
        "bad_whole": "A cell is not a whole number in its range.",
        "bad_moment": "A cell is not a time in the format's form.",
        "bad_choice": "A cell holds a word that its column does not know.",
        "bad_email": "An e-mail address cannot be used to recognise the buyer.",
        "bad_phone": "A phone number cannot be used to recognise the buyer.",
        "unknown_status": "The status word is not known; the state is taken from times and amounts.",
        "no_currency": "Nothing says in which currency the order is.",
        "mixed_currencies": "One order has amounts in several currencies.",
        "no_first_row": "Rows of an order came without the row that holds its amounts.",
        "does_not_add_up": "Lines, shipping and tax do not give the order's total, or a bill's rows do not give the "
        "totals that it states.",
        "no_payment_time": "The state or a refund tells of a payment and its time is missing; the reason says what "
        "counts.",
        "paid_unknown": "Nothing says how much was paid, or whether; nothing counts as paid.",
        "closed_with_money": "The platform closed a paid order and names less refunded than was paid.",
        "negative_paid": "The order's total, or what was paid, is less than nothing.",
        "bad_refund": "More was refunded than was paid, or less than nothing.",
        "doubtful_amount": "An amount is so small for its currency that a spreadsheet may have cut it to a thousandth.",
        "refund_estimated": "The platform tells what came back and not the money; the amount is reckoned from prices.",
        "contradiction": "The same order came twice and says different things; the newer report counts.",
        "unpriced_lines": "Lines have no price where others of the file do; what they cost is a share of the total.",
        "amounts_unknown": "The file knows list prices only; what was paid stands in the file that belongs to it.",
        "not_priced_yet": "The platform tells no amounts yet, as for pending orders; they count as nothing till then.",
        "damaged_text": "Letters were read in a wrong encoding before the file came here; titles are wrong.",
        "orders_missing": "The file says how many orders it holds, and another number of them was found.",
        "days_only": "The file tells days and no zone; the instants are unknown until `zone=` names the shop's.",
        "unknown_record": "A JSON object among orders is none that a format knows.",
        "bad_shape": "A JSON value is of another kind than belongs there: an object, a list, half a character.",
        "no_order": "A part of an order came without it, such as a refund; nothing is booked.",
        "unknown_entry": "The bill's word for an entry is not known; it counts as other money.",
        "bad_order": "The order contradicts itself in another way; the reason says how.",
    }
)
"""Code → what it says. Codes are never renamed; the docs list the same."""
