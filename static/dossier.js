// Draws what the server has put into the page as JSON. Colours are those of the stylesheet, light or dark; without this
// script the tables beside the pictures say the same.
"use strict";
(() => {
  const ready = () => window.Plotly && document.querySelectorAll("[data-plot]").length;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const looks = {
    own: (own) => ({ mode: own.marks ? "lines+markers" : "lines", line: { color: colour("--accent"), width: 2.5 }, marker: { size: 5 } }),
    others: () => ({ mode: "lines", line: { color: colour("--ink-soft"), width: 1.5, dash: "dot" } }),
    corrected: () => ({ mode: "markers", marker: { color: colour("--surface"), size: 9, line: { color: colour("--other"), width: 2 } } }),
    low: () => ({ mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false }),
    band: () => ({ mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: faint(colour("--accent")), hoverinfo: "skip" }),
  };

  function faint(hex) {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    return `rgba(${r}, ${g}, ${b}, 0.22)`;
  }

  function trace(one, figure) {
    const look = looks[one.role]({ marks: one.x.length < 60 });
    if (figure.steps && one.role === "own") look.line.shape = "hv";
    return { type: "scatter", name: one.name, x: one.x, y: one.y, text: one.text, hoverinfo: "text+name", connectgaps: false, ...look };
  }

  function layout(figure) {
    const ink = colour("--ink-soft"), line = colour("--line");
    const axis = { gridcolor: line, linecolor: line, tickfont: { color: ink, size: 12 }, zeroline: false, fixedrange: true };
    return {
      margin: { l: 44, r: 12, t: 8, b: 32 }, height: 240, autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, color: ink, size: 12 },
      xaxis: { ...axis, type: "date", tickformat: "%m-%d", nticks: 6, showgrid: false },
      yaxis: { ...axis, ticksuffix: figure.suffix, nticks: 5, rangemode: figure.zero ? "tozero" : "normal", ...(figure.range ? { range: figure.range } : {}) },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: ink } },
      showlegend: figure.traces.some((one) => one.role === "others" || one.role === "band"),
      hovermode: "x", hoverlabel: { font: { family: getComputedStyle(document.body).fontFamily } },
    };
  }

  function draw(box) {
    const figure = JSON.parse(document.getElementById(box.dataset.plot).textContent);
    box.hidden = false;
    const traces = figure.traces.filter((one) => one.x.length).map((one) => trace(one, figure));
    window.Plotly.react(box, traces, layout(figure), { displayModeBar: false, responsive: true });
  }

  function all() {
    if (!ready()) return;
    document.querySelectorAll("[data-plot]").forEach(draw);
    document.querySelectorAll("[data-plot-table]").forEach((table) => { table.open = false; });
    document.querySelectorAll("[data-without-plot]").forEach((part) => { part.hidden = true; });
  }

  all();
  document.addEventListener("htmx:afterSettle", all); // a piece that came after the page may hold one
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.querySelectorAll("[data-plot]").forEach(draw));
})();
