"""The peer: the board that one would write with Dash, pandas and plotly, as their tutorials do. No trick for it, none against it.

    DATABASE_URL=postgresql://… dash_app.py PORT TABLE…
"""

import os
import sys

import pandas
import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc, html
from sqlalchemy import create_engine, text

PORT, *TABLES = sys.argv[1:]
RANGES = {"1 h": "1 hour", "6 h": "6 hours", "1 day": "1 day", "All": "1000 years"}

# SQLAlchemy's own choice of a driver changes between its versions.
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:", 1))
app = Dash(__name__)
app.layout = html.Div(
    [dcc.RadioItems(list(RANGES), "1 h", id="range", inline=True)] + [dcc.Graph(id=f"series-{i}") for i in range(len(TABLES))]
)


def figure(table, length):
    quoted = 'public."' + table.replace('"', '""') + '"'
    window = f"SELECT time, value FROM {quoted} WHERE time >= (SELECT max(time) FROM {quoted}) - CAST(:length AS interval) ORDER BY time"
    frame = pandas.read_sql(text(window), engine, params={"length": length})
    line = go.Scatter(x=frame["time"], y=frame["value"], mode="lines", line={"width": 1})
    return go.Figure(line, {"title": table, "height": 200, "margin": {"t": 40, "r": 10, "b": 30, "l": 50}})


@app.callback([Output(f"series-{i}", "figure") for i in range(len(TABLES))], Input("range", "value"))
def board(chosen):
    return [figure(table, RANGES[chosen]) for table in TABLES]


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(PORT), debug=False)
