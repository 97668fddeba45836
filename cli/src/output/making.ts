/** How a file was made, as describe tells it. */
interface Made {
  volumeType?: string | undefined;
  readOnly?: boolean | undefined;
  creationMethod?: string | undefined;
}

/** Type, whether it is only read, and the way. */
export function makingFields({ volumeType = '', readOnly, creationMethod = '' }: Made): string[] {
  return [volumeType, readOnly ? 'read-only' : '', creationMethod];
}

export function makingJson({ volumeType, readOnly = false, creationMethod }: Made): object {
  return {
    volumeType: volumeType ?? null,
    readOnly,
    creationMethod: creationMethod ?? null,
  };
}
