import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { errorFields, type Log } from '../log.js';
import { within } from '../waiting.js';
import type { Metric } from './catalogue.js';

/** Seconds: from a Describe to an attach that a hypervisor takes its time for. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Less than Prometheus waits (10 s). */
const READ_WITHIN_MS = 3_000;

export interface Sample {
  labels?: Record<string, string>;
  value: number;
}

/** The metrics of one service, and those of its process. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
    collectDefaultMetrics({ register: this.#registry });
  }

  counter(metric: Metric): Counter {
    return new Counter(this.#settingsOf(metric));
  }

  histogram(metric: Metric): Histogram {
    return new Histogram({ ...this.#settingsOf(metric), buckets: BUCKETS });
  }

  /** @param read is asked at each scrape; what it can't tell, or not within three seconds, is left out */
  gauge(metric: Metric, read: () => Sample[] | Promise<Sample[]>): void {
    const log = this.#log;
    new Gauge({
      ...this.#settingsOf(metric),
      async collect() {
        this.reset();
        // Without labels, a reset sets it to 0.
        if (metric.labels.length === 0) this.remove();
        try {
          const samples = await within(READ_WITHIN_MS, Promise.resolve(read()));
          for (const { labels = {}, value } of samples ?? []) this.set(labels, value);
        } catch (error) {
          log.debug('a metric cannot be read', { metric: metric.name, ...errorFields(error) });
        }
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #settingsOf({ name, help, labels }: Metric) {
    return { name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}
