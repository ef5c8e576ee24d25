/** Draws what was measured as an SVG that is readable on light and on dark pages. */
import { logger, Error as OnlyErrors, parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Bars, or lines over a number. */
export type Plot = Bars | Lines;

/** One bar for each way, grouped by what is logged. */
interface Bars {
  readonly kind: 'bars';
  readonly title: string;
  /** The title of the axis of values, with their unit; none where each group has its own unit, and says it in its name. */
  readonly axis?: string;
  readonly points: readonly BarPoint[];
}

/** One bar. */
interface BarPoint {
  readonly group: string;
  readonly way: string;
  readonly value: number;
}

/** One line for each way; both axes are logarithmic. */
interface Lines {
  readonly kind: 'lines';
  readonly title: string;
  readonly axis: string;
  /** The title of the axis of `at`. */
  readonly across: string;
  readonly points: readonly LinePoint[];
}

/** One point of a line. */
interface LinePoint {
  readonly way: string;
  readonly at: number;
  readonly value: number;
}

/** Colors that stand out from white as well as from black. */
const TEXT = '#7d8590';
const RULE = '#7d859055';
const BARE = '#8c959f';
const BASELINE = '#d29922';
const OURS = { pinoDestination: '#1f9d8f', VictoriaLogsTransport: '#a371f7', preload: '#2f81f7' };
const PEERS = ['#db6d28', '#e5534b', '#bf8700', '#c9618f'];

/** The text of the SVG. */
export async function draw(plot: Plot): Promise<string> {
  const spec = plot.kind === 'bars' ? barsSpec(plot) : linesSpec(plot);
  const view = new View(parse(compile(spec, { logger: logger(OnlyErrors) }).spec), {
    renderer: 'none',
  }).logLevel(OnlyErrors);
  return `${await view.toSVG()}\n`;
}

function barsSpec({ title, axis, points }: Bars): TopLevelSpec {
  const ways = [...new Set(points.map(({ way }) => way))];
  const groups = [...new Set(points.map(({ group }) => group))];
  const y = { field: 'way', type: 'nominal', sort: ways, axis: { title: null } } as const;
  const x = {
    field: 'value',
    type: 'quantitative',
    axis: { title: axis ?? null, format: ',~r', grid: false },
  } as const;
  return {
    ...common(title),
    data: { values: points.map((point) => ({ ...point, label: short(point.value) })) },
    facet: {
      row: {
        field: 'group',
        sort: groups,
        header: { title: null, labelAngle: 0, labelAlign: 'left', labelOrient: 'top' },
      },
    },
    spec: {
      width: 460,
      height: { step: 20 },
      encoding: { y, x },
      layer: [
        {
          mark: { type: 'bar', height: 14 },
          encoding: { color: { ...colors(ways), legend: null } },
        },
        {
          mark: { type: 'text', align: 'left', dx: 4, color: TEXT },
          encoding: { text: { field: 'label' } },
        },
      ],
    },
    resolve: { scale: { y: 'independent', x: axis === undefined ? 'independent' : 'shared' } },
  };
}

function linesSpec({ title, axis, across, points }: Lines): TopLevelSpec {
  const ways = [...new Set(points.map(({ way }) => way))];
  const scale = { type: 'log' } as const;
  return {
    ...common(title),
    width: 460,
    height: 260,
    data: { values: [...points] },
    mark: { type: 'line', point: true, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'at',
        type: 'quantitative',
        scale,
        axis: { title: across, tickCount: 5, format: '~s' },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        scale,
        axis: { title: axis, tickCount: 5, format: '~s' },
      },
      color: { ...colors(ways), legend: { title: null } },
    },
  };
}

function common(title: string) {
  return {
    title: { text: title, anchor: 'start' },
    background: 'transparent',
    config: {
      font: 'system-ui, sans-serif',
      view: { stroke: null },
      title: { color: TEXT, fontSize: 14 },
      axis: {
        labelColor: TEXT,
        titleColor: TEXT,
        gridColor: RULE,
        domainColor: RULE,
        tickColor: RULE,
        labelLimit: 300,
      },
      header: { labelColor: TEXT, labelFontSize: 12, labelFontWeight: 'bold' },
      legend: { labelColor: TEXT },
    },
  } as const;
}

/** One thing has one color in all plots: cold for ours, gray for a program alone, yellow for the baseline, warm for others. */
function colors(ways: readonly string[]) {
  const peers = [...PEERS];
  const color = (way: string): string => {
    if (way.includes('pinoDestination')) return OURS.pinoDestination;
    if (way.includes('VictoriaLogsTransport')) return OURS.VictoriaLogsTransport;
    if (way.startsWith('ours')) return OURS.preload;
    if (way.includes('alone') || way === 'bare') return BARE;
    return way.includes('baseline') ? BASELINE : (peers.shift() ?? TEXT);
  };
  return {
    field: 'way',
    type: 'nominal',
    scale: { domain: [...ways], range: ways.map(color) },
  } as const;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}
