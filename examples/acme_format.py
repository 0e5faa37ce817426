"""A new format is a value: declared columns, and crmkit reads the file, reports its bad rows and makes the orders."""

from crmkit import importers
from crmkit.importers import cells

acme = importers.TableFormat(
    name="acme",
    header={"Order No", "Paid at", "E-mail", "SKU", "Qty", "Price", "Cur"},
    one_order_per="Order No",
    order=importers.OrderColumns(
        number=cells.text("Order No"),
        paid_at=cells.moment("Paid at", "%d/%m/%Y %H:%M", zone="Europe/Berlin"),
        email=cells.text("E-mail"),
    ),
    line=importers.LineColumns(sku=cells.text("SKU"), quantity=cells.whole("Qty"), price=cells.money("Price", "Cur")),
)

FILE = """\
Order No,Paid at,E-mail,SKU,Qty,Price,Cur
A-1,24/11/2026 09:30,mei@example.com,LAMP-1,2,19.90,EUR
A-1,24/11/2026 09:30,mei@example.com,BULB-7,1,4.50,EUR
A-2,24/11/2026 10:00,ada@example.com,LAMP-1,one,19.90,EUR
A-3,,bob@example.com,LAMP-1,1,19.90,EUR
"""


def main() -> None:
    importers.register(acme)
    report = importers.read(FILE.encode(), name="acme.csv")
    print(report)
    for order in report.orders:
        print(f"{order.number}: {order.total}, {order.status}, bought by {order.buyer.strongest}")
    for problem in report.problems:
        print(problem)


if __name__ == "__main__":
    main()
