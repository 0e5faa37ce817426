"""Values of ours as a lazy frame of the caller's engine, and days since 1970 as its dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmkit.errors import InputError

__all__ = ["literal_frame", "repeated", "with_date", "with_day_number"]


def literal_frame(beside: Any, columns: Mapping[str, Sequence[Any]]) -> Any:
    """Returns a lazy Narwhals frame of these texts or whole numbers, which can be joined with the frame `beside`.

    Raises:
        InputError: The engine has no way that is known here.
    """
    import narwhals.stable.v2 as nw

    engine = beside.implementation
    if engine.is_polars():
        import polars as pl

        return nw.from_native(pl.LazyFrame({name: list(values) for name, values in columns.items()}))
    if engine.is_duckdb():
        return nw.from_native(_by_duckdb(beside.to_native(), columns))
    if engine.is_pyspark() or engine.is_pyspark_connect():
        return nw.from_native(_by_spark(beside.to_native(), columns))
    raise InputError(f"A frame of {engine} takes no values of ours; give a frame of the same kind, or pandas.")


def _by_duckdb(relation: Any, columns: Mapping[str, Sequence[Any]]) -> Any:
    # On the relation itself: its connection is out of reach, and another one cannot read an in-memory database.
    kinds = {name: "BIGINT" if all(isinstance(each, int) for each in values) else "VARCHAR"
             for name, values in columns.items()}  # fmt: skip
    lists = ", ".join(
        f'unnest([{", ".join(map(_quoted, values))}]::{kinds[name]}[]) AS "{name}"' for name, values in columns.items()
    )
    return relation.limit(0).aggregate("count(*) AS one").project(lists)


def _quoted(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _by_spark(frame: Any, columns: Mapping[str, Sequence[Any]]) -> Any:
    from pyspark.sql import types

    kinds = [
        types.StructField(
            name, types.LongType() if all(isinstance(each, int) for each in values) else types.StringType()
        )
        for name, values in columns.items()
    ]
    rows = list(zip(*columns.values(), strict=True))
    return frame.sparkSession.createDataFrame(rows, types.StructType(kinds))


def with_date(frame: Any, day: str, date: str) -> Any:
    """Returns the lazy Narwhals frame with the whole number `day` since 1970-01-01 added as a date."""
    import narwhals.stable.v2 as nw

    engine = frame.implementation
    if engine.is_duckdb():
        made = f'DATE \'1970-01-01\' + CAST("{day}" AS INTEGER) AS "{date}"'
        return nw.from_native(frame.to_native().project(f"*, {made}"))
    if engine.is_pyspark() or engine.is_pyspark_connect():
        from pyspark.sql import functions

        made = f"date_add(DATE'1970-01-01', CAST(`{day}` AS INT))"
        return nw.from_native(frame.to_native().withColumn(date, functions.expr(made)))
    return frame.with_columns(nw.col(day).cast(nw.Int32).cast(nw.Date).alias(date))


def with_day_number(frame: Any, date: str) -> Any:
    """Returns the lazy Narwhals frame with the column of dates replaced by whole days since 1970-01-01."""
    import narwhals.stable.v2 as nw

    engine = frame.implementation
    if engine.is_duckdb():
        made = f"date_diff('day', DATE '1970-01-01', CAST(\"{date}\" AS DATE)) AS \"{date}\""
        return nw.from_native(frame.to_native().project(f"* REPLACE ({made})"))
    if engine.is_pyspark() or engine.is_pyspark_connect():
        from pyspark.sql import functions

        made = f"CAST(datediff(`{date}`, DATE'1970-01-01') AS BIGINT)"
        return nw.from_native(frame.to_native().withColumn(date, functions.expr(made)))
    return frame.with_columns(nw.col(date).cast(nw.Date).cast(nw.Int32).cast(nw.Int64).alias(date))


def repeated(frame: Any, number: str, step: str) -> Any:
    """Returns each row as often as its whole number `number` says (none for 0), with `step` counting from 0."""
    import narwhals.stable.v2 as nw

    engine = frame.implementation
    if engine.is_polars():
        import polars as pl

        native = frame.to_native().filter(pl.col(number) > 0)
        return nw.from_native(native.with_columns(pl.int_ranges(0, pl.col(number)).alias(step)).explode(step))
    if engine.is_duckdb():
        made = f'unnest(range(CAST("{number}" AS BIGINT))) AS "{step}"'
        return nw.from_native(frame.to_native().project(f"*, {made}"))
    if engine.is_pyspark() or engine.is_pyspark_connect():
        from pyspark.sql import functions

        some = frame.to_native().filter(f"`{number}` > 0")
        return nw.from_native(some.withColumn(step, functions.expr(f"explode(sequence(0L, `{number}` - 1L))")))
    raise InputError(f"Rows of {engine} cannot be repeated here; give a frame of polars, DuckDB, Spark or pandas.")
