// Draws the charts of a page with ECharts from the JSON beside them; the figures stay in a table below.
const NAMED_COLOURS = 8;
const ROW_HEIGHT = 26; // of a horizontal bar, in pixels
const LETTERS_IN_A_ROW = 45; // of category names that fit side by side in the narrowest panel
const drawn = new Map();

function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    series: Array.from({ length: NAMED_COLOURS }, (_, index) => read(`--chart-${index + 1}`)),
    font: getComputedStyle(document.body).fontFamily,
    ink: read("--ink"),
    muted: read("--ink-muted"),
    line: read("--line"),
    surface: read("--surface"),
  };
}

const formatted = (value) => (value === null || value === undefined ? "–" : Number(value).toLocaleString("en"));

const compact = (value) => (Math.abs(value) < 100_000 ? formatted(value) : Number(value).toLocaleString("en", { notation: "compact" }));

// Every bar keeps its name: long ones lean and are cut short; a line's periods may be thinned out.
function labelFit(chart) {
  if (chart.kind === "line") return { hideOverlap: true };
  if (chart.kind === "hbar") return { interval: 0, width: 190, overflow: "truncate" };
  const isLong = chart.categories.join("").length > LETTERS_IN_A_ROW;
  return isLong ? { interval: 0, rotate: 40, width: 110, overflow: "truncate" } : { interval: 0 };
}

// A country's shape is found by its numeric ISO code; the shapes come from our own server.
async function loadMap(echarts, place) {
  if (!window.topojson) await import(place.dataset.topojson);
  const world = await (await fetch(place.dataset.world)).json();
  const shapes = window.topojson.feature(world, world.objects.countries);
  for (const shape of shapes.features) shape.properties.name = String(shape.id ?? shape.properties.name);
  echarts.registerMap("world", shapes);
}

function mapOptions(chart, palette) {
  const values = chart.series[0].values;
  const names = new Map(chart.codes.map((code, index) => [code, chart.categories[index]]));
  return {
    visualMap: {
      min: 0,
      max: Math.max(...values),
      text: [formatted(Math.max(...values)), "0"],
      inRange: { color: [palette.line, palette.series[0]] },
      textStyle: { color: palette.ink },
      orient: "horizontal",
      left: 0,
      bottom: 0,
      itemHeight: 120,
    },
    tooltip: { ...tooltip(chart, palette), trigger: "item", formatter: ({ name, value }) => (names.has(name) ? `${names.get(name)}\n${formatted(value)} ${chart.unit}` : "") },
    series: [
      {
        type: "map",
        map: "world",
        roam: false,
        top: 0,
        bottom: 34,
        itemStyle: { areaColor: palette.surface, borderColor: palette.muted, borderWidth: 0.4 },
        emphasis: { label: { show: false }, itemStyle: { areaColor: palette.series[1] } },
        select: { disabled: true },
        data: chart.codes.map((code, index) => ({ name: code, value: values[index] })),
      },
    ],
  };
}

function sankeyOptions(chart, palette) {
  return {
    tooltip: { ...tooltip(chart, palette), trigger: "item", formatter: ({ dataType, data, name, value }) => `${dataType === "edge" ? `${label(data.source)} → ${label(data.target)}` : label(name)}\n${formatted(value)} ${chart.unit}` },
    series: [
      {
        type: "sankey",
        left: 4,
        right: 130,
        top: 8,
        bottom: 8,
        nodeGap: 6,
        nodeWidth: 12,
        draggable: false,
        emphasis: { focus: "adjacency" },
        label: { color: palette.ink, fontSize: 11, width: 120, overflow: "truncate", formatter: ({ name }) => label(name) },
        lineStyle: { color: "source", opacity: 0.35 },
        data: chart.nodes.map((node, index) => ({ name: node.name, depth: node.depth, itemStyle: { color: palette.series[index % NAMED_COLOURS] } })),
        links: chart.flows,
      },
    ],
  };
}

// Nodes carry their stage before their name, since one country can be both origin and dispatch.
const label = (name) => name.slice(name.indexOf(":") + 1);

function axes(chart, palette) {
  const category = {
    type: "category",
    data: chart.categories,
    inverse: chart.kind === "hbar", // the first category on top, as in the table
    axisLabel: { color: palette.ink, ...labelFit(chart) },
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
  };
  const value = {
    type: "value",
    name: chart.unit ?? "",
    nameLocation: chart.kind === "hbar" ? "middle" : "end",
    nameGap: chart.kind === "hbar" ? 28 : 14,
    nameTextStyle: { color: palette.muted, align: chart.kind === "hbar" ? "center" : "left" },
    axisLabel: { color: palette.muted, formatter: compact, hideOverlap: true },
    splitLine: { lineStyle: { color: palette.line } },
    max: chart.unit === "%" ? 100 : undefined,
    minInterval: chart.series.every((each) => each.values.every(Number.isInteger)) ? 1 : 0,
  };
  return chart.kind === "hbar" ? { xAxis: value, yAxis: category } : { xAxis: category, yAxis: value };
}

// Days of controls as vertical lines, the average before as a horizontal one.
function marks(chart, palette) {
  const lines = (chart.marks ?? []).map((mark) => ({ xAxis: mark.category, name: mark.text }));
  if (chart.baseline) lines.push({ yAxis: chart.baseline, lineStyle: { color: palette.muted, type: "dashed" } });
  return lines.length === 0 ? undefined : { symbol: "none", label: { show: false }, lineStyle: { color: palette.series[1], type: "dotted" }, data: lines };
}

function seriesOf(chart, palette) {
  return chart.series.map((each, index) => ({
    markLine: index === 0 ? marks(chart, palette) : undefined,
    name: each.name,
    type: chart.kind === "line" ? "line" : "bar",
    stack: chart.kind === "stacked" ? "all" : undefined,
    data: each.values,
    barMaxWidth: 28,
    symbolSize: 6,
    cursor: chart.links ? "pointer" : "default",
  }));
}

function tooltip(chart, palette) {
  return {
    renderMode: "richText",
    trigger: "axis",
    axisPointer: { type: chart.kind === "line" ? "line" : "shadow" },
    valueFormatter: (value) => `${formatted(value)}${chart.unit ? ` ${chart.unit}` : ""}`,
    backgroundColor: palette.surface,
    borderColor: palette.line,
    textStyle: { color: palette.ink, fontFamily: palette.font },
    confine: true,
  };
}

function options(chart, palette) {
  const shared = { animation: false, color: palette.series, backgroundColor: "transparent", textStyle: { fontFamily: palette.font, color: palette.ink }, aria: { enabled: true } };
  if (chart.kind === "map") return { ...shared, ...mapOptions(chart, palette) };
  if (chart.kind === "sankey") return { ...shared, ...sankeyOptions(chart, palette) };
  const hasLegend = chart.series.length > 1;
  return {
    ...shared,
    // Decals tell series apart without colour; on a single series they would be noise.
    aria: { enabled: true, decal: { show: hasLegend } },
    legend: { show: hasLegend, type: "scroll", top: 0, left: 0, textStyle: { color: palette.ink }, icon: "roundRect" },
    grid: { top: (hasLegend ? 26 : 0) + (chart.unit && chart.kind !== "hbar" ? 30 : 8), left: labelFit(chart).rotate ? 36 : 14, right: 20, bottom: chart.kind === "hbar" && chart.unit ? 32 : 8, containLabel: true },
    // Drawn as SVG text: the HTML tooltip writes style attributes, which the content security policy refuses.
    tooltip: tooltip(chart, palette),
    ...axes(chart, palette),
    series: seriesOf(chart, palette),
  };
}

export async function drawChart(place) {
  place.dataset.drawn = "";
  const chart = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  if (chart.categories.length === 0) return;

  const echarts = await import(place.dataset.module);
  place.hidden = false;
  if (chart.kind === "hbar") {
    const bars = chart.categories.length * Math.max(1, chart.series.length);
    place.style.height = `${bars * ROW_HEIGHT + 90}px`;
  }
  if (chart.kind === "map") await loadMap(echarts, place);
  const instance = echarts.init(place, null, { renderer: "svg" });
  instance.setOption(options(chart, colours()));
  place.closest("figure").querySelector(".chart-figures").open = false;
  if (chart.links) {
    instance.on("click", ({ dataIndex, dataType }) => {
      if (dataType === "node" || chart.kind === "sankey") return; // a drawn flow adds up several: the figures open them
      if (chart.links[dataIndex]) window.location.assign(chart.links[dataIndex]);
    });
  }
  new ResizeObserver(() => instance.resize()).observe(place);
  drawn.set(place, () => instance.setOption(options(chart, colours()), true));
}

document.addEventListener("forensics:theme", () => {
  for (const [place, redraw] of drawn) {
    if (place.isConnected) redraw();
    else drawn.delete(place);
  }
});
