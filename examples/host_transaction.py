"""Points inside the shop's own transaction: the shop's order row and its points stand or fall together."""

from datetime import UTC, datetime

from sqlalchemy import String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from crmkit import Identifier, Money, loyalty
from crmkit.orders import Buyer, Order, OrderKey, OrderLine, OrderStatus
from crmkit.storage.sqlalchemy import SqlAlchemyStore


class Base(DeclarativeBase):
    """The shop's own tables."""


class ShopOrder(Base):
    """The shop's own row of an order."""

    __tablename__ = "shop_orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40))


def an_order(number: str) -> Order:
    price = Money("59.90", "CNY")
    return Order(
        key=OrderKey("own-shop", "paper-lantern", number),
        status=OrderStatus.PAID,
        currency="CNY",
        total=price,
        paid=price,
        placed_at=datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
        lines=(OrderLine(sku="LAMP-1", title="Paper lamp", quantity=1, unit_price=price, total=price),),
        buyer=Buyer(identifiers=(Identifier("email", "mei@example.com"),)),
    )


def main() -> None:
    engine = create_engine("sqlite:///host.db")
    Base.metadata.create_all(engine)
    SqlAlchemyStore(engine).create_schema()
    programme = loyalty.Programme(earn=[loyalty.PerSpend(1, per="1 CNY")])

    order, shop_order = an_order("A-1"), ShopOrder(number="A-1")
    with Session(engine) as session, session.begin():
        session.add(shop_order)
        entry = loyalty.LoyaltyDesk(SqlAlchemyStore.joining(session), programme).earn(order)
    print(f"kept together: {entry.points} points")

    try:
        with Session(engine) as session, session.begin():
            session.add(ShopOrder(number="A-2"))
            loyalty.LoyaltyDesk(SqlAlchemyStore.joining(session), programme).earn(an_order("A-2"))
            raise RuntimeError("the shop's own code fails before the commit")
    except RuntimeError as error:
        print(f"taken back together: {error}")

    with Session(engine) as session:
        orders = session.scalar(select(func.count()).select_from(ShopOrder))
    points = loyalty.LoyaltyDesk(SqlAlchemyStore(engine), programme).balance(entry.account).available
    print(f"{orders} order, {points} points")
    engine.dispose()


if __name__ == "__main__":
    main()
