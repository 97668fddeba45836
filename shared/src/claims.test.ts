import { expect, test } from 'vitest';
import { type Claim, claimName, claimsPattern, parseClaimName } from './claims.js';
import { newId } from './ids.js';

const claim = (other: Partial<Claim> = {}): Claim => ({
  ...{ volumeId: newId('vol'), mode: 'w', host: 'host1', orderId: newId('ord'), device: 'xvdb' },
  uuid: '0c5f7a6e-0000-4000-8000-0123456789ab',
  ...other,
});

test('a name says what a person looks for first', () => {
  const one = claim();
  const { volumeId, orderId, uuid } = one;
  expect(claimName(one)).toBe(`${volumeId}.w.host1.${orderId}.xvdb.${uuid}`);
});

test.each(['host1', 'a.b.example', 'ho_st-1', '../..', '*', '[ab]?', 'ü:1 %', '', '.'])(
  'what is written of the host “%s” is read again, and is one plain name',
  (host) => {
    const one = claim({ host, device: 'ide0/hd*', mode: 'r' });
    expect(claimName(one)).toMatch(/^[\w%.-]+$/);
    expect(parseClaimName(claimName(one))).toEqual(one);
    const [wanted = '', mode, pattern] = claimsPattern({ host }).split('.');
    expect([wanted, mode]).toEqual(['*', '[rw]']);
    expect(claimName(one).split('.')[2]).toBe(pattern);
  },
);

test.each([
  '',
  newId('vol'),
  `${newId('vol')}.w.host1.${newId('ord')}`.replace('.w.', '.x.'),
  `${newId('snap')}.w.host1.${newId('ord')}.xvdb.u`,
  `${newId('vol')}.w.host1.${newId('vol')}.xvdb.u`,
  `${newId('vol')}.w.%zz.${newId('ord')}.xvdb.u`,
  `${claimName(claim())}.more`,
])('“%s” is no claim', (name) => {
  expect(parseClaimName(name)).toBeUndefined();
});

test('a name that no file can have is refused', () => {
  expect(() => claimName(claim({ host: 'h'.repeat(200) }))).toThrow(RangeError);
});
