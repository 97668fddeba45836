import { expect, it } from 'vitest';
import { isFault, isFaultCode, ServiceFault } from './faults.js';

it('knows whose fault it is', () => {
  expect(new ServiceFault('InvalidVolume.NotFound', '').side).toBe('Client');
  expect(new ServiceFault('RequestLimitExceeded', '').side).toBe('Server');
});

it('knows its codes, and no property of an object', () => {
  expect(isFaultCode('VolumeInUse')).toBe(true);
  for (const text of ['', 'volumeInUse', 'constructor', '__proto__'])
    expect(isFaultCode(text)).toBe(false);
});

it('tells one fault from another', () => {
  const fault = new ServiceFault('VolumeInUse', '');
  expect(isFault(fault, 'VolumeInUse')).toBe(true);
  expect(isFault(fault, 'IncorrectState')).toBe(false);
  expect(isFault({ code: 'VolumeInUse' }, 'VolumeInUse')).toBe(false);
});
