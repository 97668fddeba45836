export type ValueType =
  | { kind: 'string' | 'long' | 'boolean' | 'dateTime' }
  | { kind: 'enum'; name: string; values: readonly string[] }
  | { kind: 'complex'; name: string; fields: readonly Field[] };

/** One child element of a message or type. */
export interface Field {
  name: string;
  type: ValueType;
  optional: boolean;
  repeated: boolean;
}

/** A global element: what stands in a SOAP Body. `typeName` is that of its type, where the type has a name. */
export interface Message {
  element: string;
  typeName?: string | undefined;
  fields: readonly Field[];
}

export interface Operation {
  name: string;
  /** The SOAPAction that a request may carry. */
  action: string;
  input: Message;
  output: Message;
}

/** What a WSDL says: its portTypes, each with its one binding and address. */
export interface Description {
  /** Of the WSDL's text, in hexadecimal digits. */
  sha256: string;
  namespace: string;
  ports: readonly {
    name: string;
    location: string;
    operations: readonly Operation[];
  }[];
}
