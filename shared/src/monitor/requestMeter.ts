import type { SoapAnswer } from '../soap/pipeline.js';
import { METRICS } from './catalogue.js';
import type { Metrics } from './metrics.js';

/** Hears of every request. */
export interface RequestMeter {
  /** @param seconds from its last byte on */
  answered(answer: Pick<SoapAnswer, 'operation' | 'code'>, seconds: number): void;
  /** Too many requests were at work, or too many connections of one client were open. */
  refused(reason: 'requests' | 'connections'): void;
}

/** All names that nobody knows are one: a stranger must not make as many time series as he likes. */
const UNKNOWN = 'unknown';

export function requestMeter(metrics: Metrics): RequestMeter {
  const operations = metrics.counter(METRICS.operations);
  const durations = metrics.histogram(METRICS.operationSeconds);
  const overload = metrics.counter(METRICS.overload);
  for (const reason of ['requests', 'connections']) overload.inc({ reason }, 0);
  return {
    answered({ operation = UNKNOWN, code }, seconds) {
      operations.inc({ operation, code });
      durations.observe({ operation }, seconds);
    },
    refused: (reason) => overload.inc({ reason }),
  };
}
