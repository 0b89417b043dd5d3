// Draws the charts of a page with ECharts from the JSON beside them; the figures stay in a table below.
const NAMED_COLOURS = 8;
const ROW_HEIGHT = 26; // of a horizontal bar, in pixels
const LETTERS_IN_A_ROW = 45; // of category names that fit side by side in the narrowest panel
const SPAN_HEIGHT = 28; // of a row of a timeline
const NODE_HEIGHT = 34; // of a node of likely flows, with the gap below it
const NARROW = 520; // pixels: axis names are cut shorter below
const MARGIN_OF_MAP = 14; // degrees round the countries that arcs join
const LEAST_OF_MAP = 110; // degrees from west to east, below which no continent is recognised
const ANTARCTICA = "010"; // no country of anything
const STEEPNESS = 0.24; // of arcs
const shapesOfWorld = new Set();
let points = {};
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

// The widths of names are estimated where nothing is painted yet: a wide one of few letters would lose its first.
function marginLeft(chart) {
  if (chart.kind === "hbar") return 26;
  return labelFit(chart).rotate ? 36 : 14;
}

// A country's shape is found by its numeric ISO code, and so is the point that stands for it; both come from our server.
async function loadMap(echarts, place) {
  if (!window.topojson) await import(place.dataset.topojson);
  const world = await (await fetch(place.dataset.world)).json();
  const shapes = window.topojson.feature(world, world.objects.countries);
  shapes.features = shapes.features.filter((shape) => String(shape.id) !== ANTARCTICA);
  for (const shape of shapes.features) {
    joinAcrossDateLine(shape.geometry);
    shape.properties.name = String(shape.id ?? shape.properties.name);
    shapesOfWorld.add(shape.properties.name);
  }
  echarts.registerMap("world", shapes);
  points = await (await fetch(place.dataset.points)).json();
}

// A shape that lies on both sides of the 180th meridian would be drawn with lines across the whole map.
function joinAcrossDateLine(geometry) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  for (const ring of polygons.flat()) {
    const isOnBothSides = ring.some(([east]) => east > 170) && ring.some(([east]) => east < -170);
    if (isOnBothSides) for (const point of ring) if (point[0] < 0) point[0] += 360;
  }
}

function mapOptions(chart, palette) {
  const values = chart.series[0].values;
  const names = new Map(chart.codes.map((code, index) => [code, chart.categories[index]]));
  const dots = chart.codes.map((code, index) => ({ code, index })).filter(({ code }) => !shapesOfWorld.has(code) && points[code]);
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
    tooltip: { ...tooltip(chart, palette), trigger: "item", formatter: ({ name, value }) => (names.has(name) ? `${names.get(name)}\n${formatted(Array.isArray(value) ? value[2] : value)} ${chart.unit}` : "") },
    geo: worldOptions(palette, { top: 0, bottom: 34 }),
    series: [
      {
        type: "map",
        geoIndex: 0,
        data: chart.codes.map((code, index) => ({ name: code, value: values[index] })),
      },
      // What is too small for a shape, such as Hong Kong.
      {
        type: "scatter",
        coordinateSystem: "geo",
        symbolSize: 11,
        itemStyle: { borderColor: palette.ink, borderWidth: 1 },
        data: dots.map(({ code, index }) => ({ name: code, value: [...points[code], values[index]] })),
      },
    ],
  };
}

const worldOptions = (palette, rest) => ({
  map: "world",
  roam: false,
  itemStyle: { areaColor: palette.surface, borderColor: palette.muted, borderWidth: 0.4 },
  emphasis: { label: { show: false }, itemStyle: { areaColor: palette.series[1] } },
  select: { disabled: true },
  ...rest,
});

// The part of the map that holds the countries, with room for arcs above them, and enough around to know it by.
function boundsOf(places) {
  const [west, east] = spread(places.map(([longitude]) => longitude), LEAST_OF_MAP);
  const [south, north] = spread(places.map(([, latitude]) => latitude), LEAST_OF_MAP / 2);
  return [[Math.max(-178, west - MARGIN_OF_MAP), Math.min(82, north + 2 * MARGIN_OF_MAP)], [Math.min(178, east + MARGIN_OF_MAP), Math.max(-58, south - MARGIN_OF_MAP)]];
}

// The least and greatest of some degrees, moved apart where they lie closer than `least`.
function spread(degrees, least) {
  const [low, high] = [Math.min(...degrees), Math.max(...degrees)];
  const more = Math.max(0, least - (high - low)) / 2;
  return [low - more, high + more];
}

function arcOptions(chart, palette) {
  const arcs = chart.arcs.filter((arc) => points[arc.source] && points[arc.target]);
  const used = [...new Set(arcs.flatMap((arc) => [arc.source, arc.target]))];
  const greatest = Math.max(...arcs.map((arc) => arc.value));
  return {
    tooltip: { ...tooltip(chart, palette), trigger: "item", formatter: ({ name, value, data }) => (data?.told ? data.told : chart.places[name] ?? "") },
    geo: worldOptions(palette, { silent: true, boundingCoords: boundsOf(used.map((code) => points[code])), top: 4, bottom: 4, left: 4, right: 4 }),
    series: [
      {
        type: "lines",
        coordinateSystem: "geo",
        symbol: ["none", "arrow"],
        symbolSize: 8,
        data: arcs.map((arc) => {
          const [from, to] = [points[arc.source], points[arc.target]];
          return {
            coords: [from, to],
            told: `${chart.places[arc.source]} → ${chart.places[arc.target]}\n${formatted(arc.value)}, ${arc.is_confirmed ? "with confirmed links" : "inferred alone"}`,
            lineStyle: {
              color: palette.series[arc.is_confirmed ? 0 : 1],
              type: arc.is_confirmed ? "solid" : [6, 4],
              width: 1 + (5 * arc.value) / greatest,
              opacity: 0.85,
              curveness: to[0] > from[0] ? STEEPNESS : -STEEPNESS,
            },
          };
        }),
      },
      {
        type: "scatter",
        coordinateSystem: "geo",
        symbolSize: 7,
        itemStyle: { color: palette.ink },
        label: { show: true, position: "bottom", color: palette.ink, fontSize: 11, textBorderColor: palette.surface, textBorderWidth: 3, formatter: ({ name }) => chart.places[name] },
        labelLayout: { hideOverlap: true },
        data: used.map((code) => ({ name: code, value: points[code] })),
      },
    ],
  };
}

// Bars between days: solid for what is known or confirmed, with a dashed edge for what is inferred.
function timeOptions(chart, palette, width) {
  const isNarrow = width < NARROW;
  const colourOf = { made: palette.series[3], recovered: palette.series[4], confirmed: palette.series[0], inferred: palette.series[0] };
  const days = (text) => new Date(`${text}T00:00:00Z`).getTime();
  const first = Math.min(...chart.spans.map((span) => days(span.first)));
  const last = Math.max(...chart.spans.map((span) => days(span.last)));
  const margin = Math.max((last - first) * 0.03, 86_400_000 * 20);
  return {
    grid: { top: 8, left: 8, right: 16, bottom: 8, containLabel: true },
    tooltip: { ...tooltip(chart, palette), trigger: "item", formatter: ({ data, name }) => data?.told ?? name },
    xAxis: { type: "time", min: first - margin, max: last + margin, axisLabel: { color: palette.muted, hideOverlap: true }, axisLine: { lineStyle: { color: palette.line } }, splitLine: { show: false } },
    yAxis: { type: "category", inverse: true, data: chart.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: palette.line } }, axisLabel: { color: palette.ink, interval: 0, width: isNarrow ? 110 : 210, overflow: "truncate" } },
    series: [
      {
        type: "custom",
        encode: { x: [1, 2], y: 0 },
        data: chart.spans.map((span, index) => ({
          value: [index, days(span.first), days(span.last)],
          told: `${span.label}\n${span.first} to ${span.last}${span.share ? `\nprobability ${span.share}` : ""}`,
        })),
        renderItem: (_, api) => {
          const span = chart.spans[api.value(0)];
          const [x, y] = api.coord([api.value(1), api.value(0)]);
          const [end] = api.coord([api.value(2), api.value(0)]);
          const isInferred = span.kind === "inferred";
          const colour = colourOf[span.kind];
          return {
            type: "rect",
            shape: { x: x - 3, y: y - 6, width: end - x + 6, height: 12, r: 3 },
            style: { fill: colour, fillOpacity: isInferred ? 0.25 : 0.9, stroke: colour, lineWidth: 1.25, lineDash: isInferred ? [4, 3] : null },
          };
        },
        markLine: {
          symbol: "none",
          label: { show: false },
          lineStyle: { color: palette.series[1], type: "dotted", opacity: 0.7 },
          data: chart.marks.map((mark) => ({ xAxis: days(mark.day), name: mark.text })),
        },
      },
    ],
  };
}

// Likely flows: pale where inferred alone, full where a link was confirmed, grey where unknown.
function flowOptions(chart, palette) {
  return {
    tooltip: { ...tooltip(chart, palette), trigger: "item", formatter: ({ dataType, data, name, value }) => `${dataType === "edge" ? `${label(data.source)} → ${label(data.target)}${data.is_confirmed ? ", with confirmed links" : ""}` : label(name)}\n${formatted(value)} ${chart.unit}` },
    series: [
      {
        type: "sankey",
        left: 4,
        right: 150,
        top: 8,
        bottom: 8,
        nodeGap: 12,
        nodeWidth: 12,
        draggable: false,
        emphasis: { focus: "adjacency" },
        label: { color: palette.ink, fontSize: 11, width: 140, overflow: "truncate", formatter: ({ name }) => label(name) },
        data: chart.nodes.map((node) => ({ name: node.name, depth: node.depth, itemStyle: { color: node.is_unknown ? palette.muted : palette.series[STAGE_COLOURS[node.depth]] } })),
        links: chart.flows.map((flow) => ({ ...flow, lineStyle: { color: "source", opacity: flow.is_confirmed ? 0.6 : 0.22 } })),
      },
    ],
  };
}

// Both stages of countries have one colour, and so have both stages of companies.
const STAGE_COLOURS = [2, 0, 0, 1, 1, 4];

const mostAtOneStage = (chart) => Math.max(...chart.nodes.map((node) => chart.nodes.filter((each) => each.depth === node.depth).length));

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

function options(chart, palette, width) {
  const shared = { animation: false, color: palette.series, backgroundColor: "transparent", textStyle: { fontFamily: palette.font, color: palette.ink }, aria: { enabled: true } };
  if (chart.kind === "map") return { ...shared, ...mapOptions(chart, palette) };
  if (chart.kind === "sankey") return { ...shared, ...sankeyOptions(chart, palette) };
  if (chart.kind === "flow") return { ...shared, ...flowOptions(chart, palette) };
  if (chart.kind === "arcs") return { ...shared, ...arcOptions(chart, palette) };
  if (chart.kind === "timeline") return { ...shared, ...timeOptions(chart, palette, width) };
  const hasLegend = chart.series.length > 1;
  return {
    ...shared,
    // Decals tell series apart without colour; on a single series they would be noise.
    aria: { enabled: true, decal: { show: hasLegend } },
    legend: { show: hasLegend, type: "scroll", top: 0, left: 0, textStyle: { color: palette.ink }, icon: "roundRect" },
    grid: { top: (hasLegend ? 26 : 0) + (chart.unit && chart.kind !== "hbar" ? 30 : 8), left: marginLeft(chart), right: 20, bottom: chart.kind === "hbar" && chart.unit ? 32 : 8, containLabel: true },
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
  if (chart.kind === "timeline") place.style.height = `${chart.spans.length * SPAN_HEIGHT + 60}px`;
  if (chart.kind === "flow") place.style.height = `${Math.max(6, mostAtOneStage(chart)) * NODE_HEIGHT + 40}px`;
  if (chart.kind === "map" || chart.kind === "arcs") await loadMap(echarts, place);
  const instance = echarts.init(place, null, { renderer: "svg" });
  instance.setOption(options(chart, colours(), place.clientWidth));
  place.closest("figure").querySelector(".chart-figures").open = false;
  if (chart.links) {
    instance.on("click", ({ dataIndex, dataType, seriesType, name }) => {
      if (seriesType === "scatter") dataIndex = chart.codes.indexOf(name);
      if (dataType === "node" || ["sankey", "flow"].includes(chart.kind)) return; // a drawn flow adds up several: the figures open them
      if (chart.links[dataIndex]) window.location.assign(chart.links[dataIndex]);
    });
  }
  new ResizeObserver(() => instance.resize()).observe(place);
  drawn.set(place, () => instance.setOption(options(chart, colours(), place.clientWidth), true));
}

document.addEventListener("forensics:theme", () => {
  for (const [place, redraw] of drawn) {
    if (place.isConnected) redraw();
    else drawn.delete(place);
  }
});
