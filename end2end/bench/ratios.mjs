// What was asked of Andon and of a peer in the same run, side by side.

export function ratios(report, { asked, shown, dash, resampler, uplot }) {
  const time = (what, andon, other) => report.ratio(what, 'ms', andon?.median, other?.median);
  const bytes = (what, andon, other) => report.ratio(what, 'B', andon, other);
  time('Dash: 6 h of four series: answer', asked?.six_hours.time, dash?.six_hours.time);
  bytes('Dash: 6 h of four series: bytes', asked?.six_hours.bytes, dash?.six_hours.bytes);
  time('Dash: 1 h of 1-s data: answer', asked?.hour.time, dash?.hour.time);
  bytes('Dash: 1 h of 1-s data: bytes', asked?.hour.bytes, dash?.hour.bytes);
  time('Dash: 1 day of 1-s data: answer', asked?.day.time, dash?.day.time);
  bytes('Dash: 1 day of 1-s data: bytes', asked?.day.bytes, dash?.day.bytes);
  time('Dash: all of 1-s data: answer', asked?.all.time, dash?.all?.time);
  bytes('Dash: all of 1-s data: bytes', asked?.all.bytes, dash?.all?.bytes);
  time('Dash: click → drawn (Andon: and rastered), nothing asked before', shown?.click.to_raster, dash?.click.to_drawn);
  time('Dash: click → frame painted, nothing asked before', shown?.click.to_frame, dash?.click.to_frame);
  time('Dash: first paint (peer: “Loading…”)', shown?.first_paint, dash?.first_paint);
  time('Dash: first paint with curves', shown?.first_paint, dash?.drawn);
  time('Dash: page alive', shown?.drawn, dash?.drawn);
  bytes('Dash: code of the page, as transferred', shown?.weight, dash?.weight);
  bytes('Dash: code of the page, both brotli 11', shown?.weight, dash?.weight_brotli);
  time('plotly-resampler (rows in its memory): 1 h: answer', asked?.hour.time, resampler?.hour.time);
  bytes('plotly-resampler: 1 h: bytes', asked?.hour.bytes, resampler?.hour.bytes);
  time('plotly-resampler (rows in its memory): 1 day: answer', asked?.day.time, resampler?.day.time);
  bytes('plotly-resampler: 1 day: bytes', asked?.day.bytes, resampler?.day.bytes);
  time('plotly-resampler (rows in its memory): all: answer', asked?.all.time, resampler?.all.time);
  bytes('plotly-resampler: all: bytes', asked?.all.bytes, resampler?.all.bytes);
  time('uPlot: arrays → raster (Andon: answer → raster, with decoding and figures)', shown?.click.answer_to_raster, uplot?.raster);
}
