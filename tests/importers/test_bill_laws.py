"""The laws of bills find formats that lose or change something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from crmkit.importers import BillFormat, registry
from crmkit.importers.bills import reading as bill_reading
from crmkit.importers.platforms import alipay, wechat_pay
from crmkit.testing import BillContract, bill_contract

SAMPLES = Path(__file__).parent / "samples"
ALIPAY = (SAMPLES / "alipay" / "funds.csv", "gb18030", alipay.FUNDS)
WECHAT = (SAMPLES / "wechat_pay" / "trades.csv", "utf-8-sig", wechat_pay.TRADES)


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})


def contract(sample: Path, encoding: str, known: BillFormat, **changes: Any) -> BillContract:
    """A contract of the bill as a worse format reads it."""
    worse = attrs.evolve(known, **changes)
    registry._registered[known.name] = worse
    golden = sample.with_suffix(".golden.json")
    names = {"sample": sample, "golden": golden, "format": worse, "encoding": encoding}
    made: BillContract = type("Worse", (BillContract,), names)()
    return made


def broken(laws: BillContract) -> set[str]:
    """The laws that the format breaks."""
    found = set()
    for name in (name for name in dir(laws) if name.startswith("test_")):
        report = laws._read(laws._data())
        try:
            getattr(laws, name)(report)
        except Exception:
            found.add(name.split("_")[1])
    return found


@pytest.mark.parametrize("bill", [ALIPAY, WECHAT], ids=["alipay", "wechat_pay"])
def test_the_formats_themselves_break_no_law(bill: tuple[Path, str, BillFormat]) -> None:
    assert broken(contract(*bill)) == set()


@pytest.mark.parametrize("bill", [ALIPAY, WECHAT], ids=["alipay", "wechat_pay"])
def test_a_format_that_checks_no_totals_is_found(bill: tuple[Path, str, BillFormat]) -> None:
    assert "B9" in broken(contract(*bill, totals={}))


@pytest.fixture(autouse=True)
def whole_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Damages 200 places here, also where `CRMKIT_TEST_PLACES` asks for fewer."""
    monkeypatch.setattr(bill_contract, "PLACES", 200)


def test_a_format_that_misses_no_trailer_is_found() -> None:
    assert {"B5", "B9"} <= broken(contract(*ALIPAY, stated=lambda _: {}))


def test_a_format_that_splits_rows_at_every_comma_is_found() -> None:
    assert "B1" in broken(contract(*WECHAT, is_backticked=False))


def test_a_format_that_leaves_rows_out_is_found() -> None:
    def some(row: Any) -> Any:
        return [] if row.amount("income") == 0 else alipay.FUNDS.entries(row)

    assert "B1" in broken(contract(*ALIPAY, entries=some))


def test_a_format_that_takes_a_lost_amount_for_nothing_is_found() -> None:
    header = {"账务流水号", "发生时间", "业务类型", "备注"}
    assert "B12" in broken(contract(*ALIPAY, header=header, totals={}))


def test_an_engine_that_tells_entries_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill_reading.Told, "fresh", lambda self, entries, row: list(entries))
    assert "B2" in broken(contract(*ALIPAY))
