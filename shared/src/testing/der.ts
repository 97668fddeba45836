import forge from 'node-forge';

/** One value in DER: tag, length, content. */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), content]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
export const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts);
export const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
export const octets = (...parts: readonly Buffer[]): Buffer => der(0x04, ...parts);
export const bits = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);

export function oid(text: string): Buffer {
  return der(0x06, Buffer.from(forge.asn1.oidToDer(text).getBytes(), 'latin1'));
}

/** The tags of the string types that names are made of. */
export const STRING = { utf8: 0x0c, printable: 0x13, teletex: 0x14, ia5: 0x16, bmp: 0x1e } as const;

export const ATTRIBUTE = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  DC: '0.9.2342.19200300.100.1.25',
  email: '1.2.840.113549.1.9.1',
} as const;

/** An attribute of a name: its type, the bytes or text of its value, and the tag of its string type. */
export type Attribute = readonly [type: string, value: string | Buffer, tag?: number];

/** An X.501 Name, most general part first; a part may have several attributes. */
export function nameOf(...parts: readonly (readonly Attribute[])[]): Buffer {
  const attributes = parts.map((part) =>
    set(
      ...part.map(([type, value, tag = STRING.utf8]) =>
        sequence(oid(type), der(tag, Buffer.from(value as string))),
      ),
    ),
  );
  return sequence(...attributes);
}

/** The name of a user or authority of the tests. */
export function labName(commonName: string, organisation = 'Lab'): Buffer {
  return nameOf([[ATTRIBUTE.O, organisation]], [[ATTRIBUTE.CN, commonName]]);
}
