"""Prints the rows of a Parquet file as JSON, as another library reads them (pyarrow): texts as PostgreSQL prints the values."""
import datetime
import json
import math
import sys

import pyarrow.parquet as parquet


def text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").replace("+00:00", "+00")
    return str(value)


table = parquet.read_table(sys.argv[1])
types = {field.name: str(field.type) for field in table.schema}
rows = [{name: text(value) for name, value in row.items()} for row in table.to_pylist()]
print(json.dumps({"types": types, "rows": rows, "groups": parquet.ParquetFile(sys.argv[1]).num_row_groups}))
