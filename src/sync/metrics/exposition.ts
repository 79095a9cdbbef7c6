/**
 * The text that Prometheus reads: valid in its own format (0.0.4), which node_exporter parses, and in OpenMetrics 1.0.
 *
 * Both have gauges alike; to the older one `# UNIT` and `# EOF` are comments.
 *
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
import { METRICS, type MetricName } from './names.ts';

export interface Sample {
  readonly name: MetricName;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Of one name: a label that somebody else fills must not fill Prometheus. */
const SERIES_MAX = 100;

/** Lines of one name stand together. A value that is no number, of a time that nobody could read, is left out. */
export function formatSamples(samples: readonly Sample[]): string {
  const byName = Map.groupBy(
    samples.filter(({ value }) => Number.isFinite(value)),
    ({ name }) => name,
  );
  return [...[...byName].flatMap(([name, alike]) => [...head(name), ...alike.slice(0, SERIES_MAX).map(formatSample)]), '# EOF', ''].join(
    '\n',
  );
}

function head(name: MetricName): string[] {
  const unit = name.endsWith('_seconds') ? [`# UNIT ${name} seconds`] : [];
  return [`# HELP ${name} ${METRICS[name]}`, `# TYPE ${name} gauge`, ...unit];
}

function formatSample({ name, labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.toWellFormed().replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`).replaceAll('\n', String.raw`\n`);
}
