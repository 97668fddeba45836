const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `10 GiB`, `512 MiB`: in the largest unit in which it is a whole number, so that nothing is rounded. */
export function size(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (amount > 0 && amount % 1024 === 0 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount} ${UNITS[unit]}`;
}

/** `4.2 GiB`, `120 MiB`: rounded, for what changes while it is read. */
export function roughSize(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  const digits = amount < 10 && unit > 0 ? 1 : 0;
  return `${Number(amount.toFixed(digits))} ${UNITS[unit]}`;
}
