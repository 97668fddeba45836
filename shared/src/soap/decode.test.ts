import { describe, expect, it } from 'vitest';
import { ServiceFault } from '../faults.js';
import { parseXml } from '../xml/parse.js';
import { decodeAnswer, decodeMessage } from './decode.js';
import type { Field, Message, ValueType } from './schema.js';

const field = (name: string, type: ValueType, more: Partial<Field> = {}): Field => ({
  name,
  type,
  optional: true,
  repeated: false,
  ...more,
});
const text = { kind: 'string' } as const;
const item = field(
  'item',
  { kind: 'complex', name: 'Item', fields: [field('id', text, { optional: false })] },
  { repeated: true },
);
const MESSAGE: Message = {
  element: 'Do',
  typeName: undefined,
  fields: [
    field('name', text, { optional: false }),
    field('size', { kind: 'long' }),
    field('flag', { kind: 'boolean' }),
    field('time', { kind: 'dateTime' }),
    field('mode', { kind: 'enum', name: 'Mode', values: ['r', 'w'] }),
    field('set', { kind: 'complex', name: 'Set', fields: [item] }),
  ],
};
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** What `<Do>` with these children says, beside the name that it must have. */
function decode(children: string, name = '<name>n</name>'): object {
  const element = parseXml(`<Do xmlns="urn:test">${name}${children}</Do>`);
  return decodeMessage('urn:test', MESSAGE, element);
}

function faultOf(children: string, name?: string): string {
  try {
    return JSON.stringify(decode(children, name));
  } catch (error) {
    if (error instanceof ServiceFault) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe('reads', () => {
  it.each<[string, object]>([
    ['', {}],
    ['<size>0</size>', { size: 0 }],
    ['<size> 5\n</size>', { size: 5 }],
    ['<size>-1</size>', { size: -1 }],
    ['<size>+1</size>', { size: 1 }],
    ['<size>007</size>', { size: 7 }],
    ['<size>9007199254740991</size>', { size: 9007199254740991 }],
    ['<flag>true</flag>', { flag: true }],
    ['<flag>0</flag>', { flag: false }],
    ['<time>2026-11-24T12:00:00Z</time>', { time: new Date('2026-11-24T12:00:00Z') }],
    ['<time>2026-11-24T13:00:00.5+01:00</time>', { time: new Date('2026-11-24T12:00:00.5Z') }],
    ['<mode>w</mode>', { mode: 'w' }],
    ['<set/>', { set: { item: [] } }],
    [
      '<set><item><id>a</id></item><item><id>b</id></item></set>',
      { set: { item: [{ id: 'a' }, { id: 'b' }] } },
    ],
    [`<size ${XSI} xsi:nil="true"/>`, {}],
    [`<size ${XSI} xsi:type="long">5</size>`, { size: 5 }],
    ['<mode>r</mode><size>1</size>', { mode: 'r', size: 1 }],
    ['\n  <size>1</size>\n', { size: 1 }],
  ])('%s', (children, expected) => {
    expect(decode(children)).toEqual({ name: 'n', ...expected });
  });

  it('text as it is', () => {
    expect(decode('', '<name> a&lt;b\n<![CDATA[<c>]]></name>')).toEqual({ name: ' a<b\n<c>' });
  });
});

describe('refuses', () => {
  it.each([
    ['12abc'],
    ['1.5'],
    ['1e3'],
    ['0x10'],
    [''],
    ['--1'],
    ['1 2'],
    ['NaN'],
    ['Infinity'],
    ['9007199254740992'],
    ['9223372036854775808'],
    ['-9223372036854775809'],
    ['1'.repeat(1000)],
  ])('a size of %j', (value) => {
    expect(faultOf(`<size>${value}</size>`)).toMatch(/^InvalidParameterValue: The parameter size /);
  });

  it.each([
    ['<flag>yes</flag>', 'flag is neither true nor false'],
    ['<time>2026-11-24</time>', 'time is not an xs:dateTime'],
    ['<time>2026-11-24T12:00:00</time>', 'time is not an xs:dateTime'],
    ['<time>2026-13-24T12:00:00Z</time>', 'time is not an xs:dateTime'],
    ['<mode>rw</mode>', 'mode must be r or w'],
    ['<mode> r</mode>', 'mode must be r or w'],
    ['<mode></mode>', 'mode must be r or w'],
    ['<size>1</size><size>1</size>', 'size is given more than once'],
    ['<name>m</name>', 'name is given more than once'],
    ['<colour>red</colour>', 'colour is not a parameter of Do'],
    ['<Size>1</Size>', 'Size is not a parameter of Do'],
    ['<__proto__>1</__proto__>', '__proto__ is not a parameter of Do'],
    ['<constructor/>', 'constructor is not a parameter of Do'],
    ['<size xmlns="urn:evil">1</size>', 'size is not a parameter of Do'],
    ['<size xmlns="">1</size>', 'size is not a parameter of Do'],
    ['<size id="1">1</size>', 'size has the unexpected attribute id'],
    ['<size href="#1"/>', 'size has the unexpected attribute href'],
    ['<size><x/></size>', 'size holds elements where text is expected'],
    ['<set><item><id>a</id><x/></item></set>', 'x is not a parameter of item'],
    ['<set>a</set>', 'set holds text where elements are expected'],
    ['text', 'Do holds text where elements are expected'],
  ])('%s', (children, reason) => {
    expect(faultOf(children)).toBe(`InvalidParameterValue: The parameter ${reason}.`);
  });

  it.each([
    ['is not there', '', ''],
    ['is empty', '', '<name></name>'],
    ['is nil', '', `<name ${XSI} xsi:nil="1"/>`],
  ])('a required text that %s', (_, children, name) => {
    expect(faultOf(children, name)).toBe(
      'MissingParameter: The parameter name is missing; give it a value.',
    );
  });

  it('a required text that is missing in an item', () => {
    expect(faultOf('<set><item/></set>')).toContain('MissingParameter: The parameter id ');
  });

  it('text of more than 4096 characters', () => {
    expect(decode('', `<name>${'x'.repeat(4096)}</name>`)).toHaveProperty('name');
    expect(faultOf('', `<name>${'x'.repeat(4097)}</name>`)).toContain('longer than 4096');
  });

  it('long names without repeating all of them', () => {
    const name = 'x'.repeat(10_000);
    expect(faultOf(`<${name}/>`).length).toBeLessThan(200);
    expect(faultOf(`<size ${name}="1">1</size>`).length).toBeLessThan(200);
  });
});

describe('an answer', () => {
  const answer = (children: string) =>
    decodeAnswer(
      'urn:test',
      MESSAGE,
      parseXml(`<Do xmlns="urn:test"><name>n</name>${children}</Do>`),
    );

  it('may say more than this client knows', () => {
    const newer = '<news><a>1</a></news><set><item><id>i</id><more>m</more></item></set>';
    expect(answer(newer)).toEqual({ name: 'n', set: { item: [{ id: 'i' }] } });
  });

  it('must be right in what it does know', () => {
    expect(() => answer('<size>large</size>')).toThrow('not a whole number');
  });
});
