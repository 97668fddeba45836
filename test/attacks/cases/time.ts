import { NS } from '@vbs-lustre/shared/soap/namespaces';
import { edit, timestampOf } from '../../../shared/src/testing/message.js';
import { type Attack, edited, signed } from '../support/attack.js';
import { at } from './messages.js';
import { SOURCE } from './sources.js';

const EXPIRED = 'wsu:MessageExpired';
const INVALID = 'wsse:InvalidSecurity';

const TEST = `${SOURCE.wss4j} TimestampTest`;

/** Messages of another time than now, or of none. */
export const TIME: Attack[] = [
  ...(
    [
      ['expired', -400, -100],
      ['expired, as it says itself, though not old', -100, -61],
      ['not expired, as it says itself, but old', -400, 190],
      ['created in the future', 1_000, 1_300],
      ['lifetime of 24 hours', 0, 86_400],
      ['expires before it was created', 30, -30],
    ] as const
  ).map(([name, created, expires]) =>
    stamped({ name, source: TEST, verdict: EXPIRED }, () => timestampOf(at(created), at(expires))),
  ),
  stamped({ name: 'without Expires', source: TEST, verdict: INVALID }, (stamp) =>
    edit(stamp, /<wsu:Expires>.*<\/wsu:Expires>/, ''),
  ),
  stamped({ name: 'without Created', source: `${SOURCE.bsp} R3203`, verdict: INVALID }, (stamp) =>
    edit(stamp, /<wsu:Created>.*<\/wsu:Created>/, ''),
  ),
  stamped({ name: 'two Created', source: `${SOURCE.bsp} R3203`, verdict: INVALID }, (stamp) =>
    edit(stamp, '<wsu:Expires>', `<wsu:Created>${at(0)}</wsu:Created><wsu:Expires>`),
  ),
  stamped({ name: 'two Expires', source: `${SOURCE.bsp} R3224`, verdict: INVALID }, (stamp) =>
    edit(stamp, '<wsu:Expires>', `<wsu:Expires>${at(300)}</wsu:Expires><wsu:Expires>`),
  ),
  stamped(
    { name: 'something else in it', source: `${SOURCE.bsp} R3222`, verdict: INVALID },
    (stamp) => edit(stamp, '</wsu:Timestamp>', '<wsu:X></wsu:X></wsu:Timestamp>'),
  ),
  ...['tomorrow', '2026-11-24', '2026-11-24T12:00:00', '2026-13-45T12:00:00Z', '1795521600'].map(
    (time) =>
      stamped({ name: `Created is ${time}`, source: `${SOURCE.bsp} R3217`, verdict: INVALID }, () =>
        timestampOf(time, at(300)),
      ),
  ),
  edited({ name: 'no Timestamp', source: TEST, verdict: INVALID }, ({ text, plan }) =>
    edit(text, plan.timestamp, ''),
  ),
  edited(
    { name: 'two Timestamps', source: `${SOURCE.bsp} R3227`, verdict: INVALID },
    ({ text, plan: { timestamp } }) =>
      edit(text, timestamp, timestamp + timestamp.replace('"Timestamp"', '"Other"')),
  ),
  edited(
    {
      name: 'Expires moved after signing',
      source: `${SOURCE.wss4j} ModifiedRequestTest`,
      verdict: 'wsse:FailedCheck',
    },
    ({ text }) => edit(text, /(?<=<wsu:Expires>)[^<]+/, at(310)),
  ),
  edited(
    { name: 'Timestamp of another namespace', source: `${SOURCE.wss} 10`, verdict: INVALID },
    ({ text, plan: { timestamp } }) =>
      edit(
        text,
        timestamp,
        timestamp.replace(
          `xmlns:wsu="${NS.wsu}" wsu:Id="Timestamp"`,
          'xmlns:wsu="urn:e" Id="Timestamp"',
        ),
      ),
  ),
];

/** A message that is signed with this Timestamp. */
function stamped(about: Parameters<typeof signed>[0], change: (stamp: string) => string): Attack {
  return signed(
    { ...about, name: `Timestamp: ${about.name}` },
    ({ timestamp: before, references }) => {
      const timestamp = change(before);
      return {
        timestamp,
        references: [...references.slice(0, 1), { uri: '#Timestamp', form: timestamp }],
      };
    },
  );
}
