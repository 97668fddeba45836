export const FUNCTIONS: readonly {
  module: string;
  name: string;
  kind: string;
  others: readonly string[];
}[];
export const METHODS: readonly {
  module: string;
  name: string;
  kinds: Readonly<Record<string, string>>;
  others: readonly string[];
}[];
