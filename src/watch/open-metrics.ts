/**
 * Numbers as text for Prometheus and whoever reads the same: OpenMetrics 1.0, or the older format of Prometheus (0.0.4), which differ in what
 * a counter's family is called and in how the text ends.
 */
import { escapeControls } from '../text/printable.ts';

/** What the two are called in HTTP. */
export const CONTENT_TYPE = {
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
} as const;

export type MetricsFormat = keyof typeof CONTENT_TYPE;

/** Labels in the order given, as they stand between braces. Values may hold anything. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

/** Names come from files and kernels: what has no shape is spelled out, and then what the format gives a meaning. */
function escapeLabel(value: string): string {
  return escapeControls(value).replace(/[\\"]/g, '\\$&');
}

type Samples = Iterable<readonly [labels: string, value: number]>;

/** Writes families one after the other; each has to be written whole. */
export class MetricsText {
  readonly #lines: string[] = [];
  readonly #format: MetricsFormat;

  constructor(format: MetricsFormat) {
    this.#format = format;
  }

  /** @param name without `_total`, which samples of a counter end in */
  counter(name: string, help: string, samples: Samples): void {
    this.#family(this.#format === 'text' ? `${name}_total` : name, 'counter', help);
    for (const [labels, value] of samples) this.#sample(`${name}_total`, labels, value);
  }

  gauge(name: string, help: string, samples: Samples): void {
    this.#family(name, 'gauge', help);
    for (const [labels, value] of samples) this.#sample(name, labels, value);
  }

  /**
   * @param bounds upper ends of all buckets but the last
   * @param samples labels, how many are in each bucket alone, and the sum of what was counted
   */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    samples: Iterable<readonly [labels: string, buckets: ArrayLike<number>, sum: number]>,
  ): void {
    this.#family(name, 'histogram', help);
    for (const [labels, buckets, sum] of samples) {
      const more = labels === '' ? '' : `${labels},`;
      let count = 0;
      for (let i = 0; i < buckets.length; i++) {
        count += buckets[i] as number;
        this.#sample(`${name}_bucket`, `${more}le="${boundText(bounds[i])}"`, count);
      }
      this.#sample(`${name}_count`, labels, count);
      this.#sample(`${name}_sum`, labels, sum);
    }
  }

  /** All of it. */
  toString(): string {
    return `${this.#lines.join('\n')}\n${this.#format === 'openMetrics' ? '# EOF\n' : ''}`;
  }

  #family(name: string, type: string, help: string): void {
    this.#lines.push(`# HELP ${name} ${help.replace(/[\\\n]/g, '')}`, `# TYPE ${name} ${type}`);
  }

  #sample(name: string, labels: string, value: number): void {
    this.#lines.push(`${name}${labels === '' ? '' : `{${labels}}`} ${value}`);
  }
}

/** A whole number has a point too (OpenMetrics, "Canonical Numbers"), so that both formats have the same series. */
function boundText(bound: number | undefined): string {
  if (bound === undefined) return '+Inf';
  return Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
}
