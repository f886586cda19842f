"""The peer with plotly-resampler, as its documentation shows for large series: all rows are read once into the memory of
the program, and each zoom is answered from there.

    DATABASE_URL=postgresql://… resampler_app.py PORT TABLE
"""

import os
import sys

import pandas
import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc, html
from plotly_resampler import FigureResampler
from sqlalchemy import create_engine

PORT, TABLE = sys.argv[1:]
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:", 1))

frame = pandas.read_sql(f'SELECT time, value FROM public."{TABLE}" ORDER BY time', engine)
# As many points as a plot of ours may have: four for each of 1,500 columns.
figure = FigureResampler(go.Figure(), default_n_shown_samples=6_000)
figure.add_trace(go.Scattergl(name=TABLE, mode="lines"), hf_x=frame["time"], hf_y=frame["value"])

app = Dash(__name__)
app.layout = html.Div(dcc.Graph(id="graph", figure=figure))


@app.callback(Output("graph", "figure"), Input("graph", "relayoutData"), prevent_initial_call=True)
def zoomed(relayout):
    return figure.construct_update_data_patch(relayout)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(PORT), debug=False)
