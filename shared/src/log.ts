import winston from 'winston';
import { currentRequestId } from './requestId.js';

/** A structured log: one JSON object a line on stderr (or text, for people), times in UTC. */
export type Log = winston.Logger;

export interface LogSettings {
  service: string;
  level: string;
  format: 'json' | 'text';
}

/**
 * Makes the log of one service; each line has the id of the request that it belongs to. Keys, signatures and envelopes are
 * never to be handed to it.
 */
export function createLog(settings: LogSettings): Log {
  const { combine, timestamp, json, printf } = winston.format;
  const text = printf(({ timestamp: time, level, message, service: _service, ...rest }) => {
    const fields = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
    return `${time} ${level} ${message}${fields}`;
  });
  const log = winston.createLogger({
    level: settings.level,
    defaultMeta: { service: settings.service },
    format: combine(timestamp(), settings.format === 'json' ? json() : text),
    transports: [new winston.transports.Console({ stderrLevels: LEVELS })],
  });
  return withRequestIds(log);
}

/** Added when a line is written: a busy log formats it later, when another request is at work. */
function withRequestIds(log: Log): Log {
  const write = log.write.bind(log) as (line: object) => boolean;
  const writeWithId = (line: { requestId?: string }): boolean => {
    const requestId = currentRequestId();
    if (requestId !== undefined) line.requestId ??= requestId;
    return write(line);
  };
  return Object.assign(log, { write: writeWithId });
}

const LEVELS = ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'];

/** What can be said of anything thrown: its message, with the stack where a programmer needs it. */
export function errorFields(error: unknown): { error: string; stack?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  return error.stack === undefined
    ? { error: error.message }
    : { error: error.message, stack: error.stack };
}
