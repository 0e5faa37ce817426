"""Stock and money in the shop's own tables, in the shop's own transaction: they stand or fall with the orders."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Engine, String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from crmkit import Crm, Identifier, Money
from crmkit.orders import (
    Buyer,
    FulfilmentEvent,
    LedgerEvent,
    Order,
    OrderKey,
    OrderLine,
    OrderStatus,
    PaymentReceived,
    RefundUndone,
    Shipped,
    ShippingUndone,
    StockOut,
    StockOutUndone,
)
from crmkit.storage.sqlalchemy import SqlAlchemyStore


class Base(DeclarativeBase):
    """The shop's own tables."""


class StockMove(Base):
    """Units of one SKU that left the stock (above zero) or came back (below zero)."""

    __tablename__ = "shop_stock_moves"
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    sku: Mapped[str] = mapped_column(String(64), primary_key=True)
    units: Mapped[int] = mapped_column(BigInteger)


class Parcel(Base):
    """An order that was handed to a carrier (+1), or was not after all (-1)."""

    __tablename__ = "shop_parcels"
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    number: Mapped[str] = mapped_column(String(64))
    sign: Mapped[int]


class MoneyMove(Base):
    """Money that came in (above zero) or went back (below zero), in minor units."""

    __tablename__ = "shop_money_moves"
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int] = mapped_column(BigInteger)


class Stock:
    """Books goods; what is booked under a key already stays as it is."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def book(self, events: Sequence[FulfilmentEvent]) -> None:
        keys = [event.key for event in events]
        moved = self._session.scalars(select(StockMove.key).where(StockMove.key.in_(keys)))
        sent = self._session.scalars(select(Parcel.key).where(Parcel.key.in_(keys)))
        booked = {*moved, *sent}
        for event in events:
            if event.key not in booked:
                booked.add(event.key)
                self._session.add_all(self._rows(event))
        self._session.flush()

    @staticmethod
    def _rows(event: FulfilmentEvent) -> Iterator[Base]:
        if isinstance(event, StockOut | StockOutUndone):
            units: dict[str, int] = {}
            for item in event.items:
                units[item.sku] = units.get(item.sku, 0) + item.quantity
            sign = 1 if isinstance(event, StockOut) else -1
            for sku, number in units.items():
                yield StockMove(key=event.key, sku=sku, units=sign * number)
        elif isinstance(event, Shipped | ShippingUndone):
            yield Parcel(key=event.key, number=event.number, sign=1 if isinstance(event, Shipped) else -1)


class MoneyBook:
    """Books money; what is booked under a key already stays as it is."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def book(self, events: Sequence[LedgerEvent]) -> None:
        keys = [event.key for event in events]
        booked = set(self._session.scalars(select(MoneyMove.key).where(MoneyMove.key.in_(keys))))
        for event in events:
            if event.key not in booked:
                booked.add(event.key)
                sign = 1 if isinstance(event, PaymentReceived | RefundUndone) else -1
                row = MoneyMove(key=event.key, currency=event.amount.currency, minor=sign * event.amount.minor)
                self._session.add(row)
        self._session.flush()


def opened(url: str) -> Engine:
    """Gives a database with the shop's tables and crmkit's."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    SqlAlchemyStore(engine).create_schema()
    return engine


@contextmanager
def shop(engine: Engine) -> Iterator[Crm]:
    """Gives crmkit inside one transaction of the shop."""
    with Session(engine) as session, session.begin():
        yield Crm(SqlAlchemyStore.joining(session), fulfilment=Stock(session), ledger=MoneyBook(session))


def units_out(session: Session) -> dict[str, int]:
    """Gives the units of each SKU that left the stock."""
    query = select(StockMove.sku, func.sum(StockMove.units)).group_by(StockMove.sku).order_by(StockMove.sku)
    return {row[0]: int(row[1]) for row in session.execute(query) if row[1]}


def shipped(session: Session) -> set[str]:
    """Gives the numbers of the orders that were handed to a carrier."""
    query = select(Parcel.number, func.sum(Parcel.sign)).group_by(Parcel.number)
    return {row[0] for row in session.execute(query) if row[1]}


def balance(session: Session) -> dict[str, Money]:
    """Gives what came in less what went back, by currency."""
    currency = MoneyMove.currency
    query = select(currency, func.sum(MoneyMove.minor)).group_by(currency).order_by(currency)
    return {row[0]: Money.of_minor(int(row[1]), row[0]) for row in session.execute(query) if row[1]}


def an_order(number: str) -> Order:
    price = Money("59.90", "CNY")
    return Order(
        key=OrderKey("own-shop", "paper-lantern", number),
        status=OrderStatus.SHIPPED,
        currency="CNY",
        total=price,
        paid=price,
        placed_at=datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
        lines=(OrderLine(sku="LAMP-1", title="Paper lamp", quantity=1, unit_price=price, total=price),),
        buyer=Buyer(identifiers=(Identifier("email", "mei@example.com"),)),
    )


def show(engine: Engine, what: str) -> None:
    with Session(engine) as session:
        money = ", ".join(map(str, balance(session).values())) or "no money"
        print(f"{what}: {units_out(session) or 'nothing'} left the stock, {money}")


def main() -> None:
    engine = opened("sqlite:///stock-and-ledger.db")
    orders = [an_order("A-1"), an_order("A-2")]
    try:
        with shop(engine) as crm:
            crm.take(orders)
            raise RuntimeError("the shop's own code fails before the commit")
    except RuntimeError:
        show(engine, "after a failure")
    with shop(engine) as crm:
        taken = crm.take(orders)
    show(engine, "after the same call")
    with shop(engine) as crm:
        crm.take(orders)
    show(engine, "after once more")
    with shop(engine) as crm:
        print(crm.revert(taken.batch))
    show(engine, "after undoing it")
    engine.dispose()


if __name__ == "__main__":
    main()
