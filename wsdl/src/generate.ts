import { readFileSync, writeFileSync } from 'node:fs';
import { type Contract, loadContract } from '@vbs-lustre/shared/soap/contract';
import type { ValueType } from '@vbs-lustre/shared/soap/schema';

/** The contracts: the WSDL's file name, and that of the types generated from it. */
const CONTRACTS = ['vbslustre', 'vbslustre-admin', 'volume-delegate', 'vmm-delegate'];

/**
 * Writes the TypeScript types of every WSDL; with `--check` only compares, and exits with code 1 if a file is
 * not what would be written.
 */
for (const name of CONTRACTS) {
  const contract = await loadContract(new URL(`../${name}.wsdl`, import.meta.url));
  const target = new URL(`../src/generated/${name}.ts`, import.meta.url);
  const text = render(name, contract);
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
  } else if (readFileSync(target, 'utf8') !== text) {
    console.error(
      `wsdl/src/generated/${name}.ts is not what wsdl/${name}.wsdl says: npm run generate`,
    );
    process.exitCode = 1;
  }
}

function render(name: string, contract: Contract): string {
  const types = new Map<string, string>();
  const ports = [...contract.ports.values()].map((port) => {
    const operations = [...port.operations.values()].map(({ name, input, output }) => {
      const request = declare(types, input.element, { kind: 'complex', name: '', ...input });
      const response = declare(types, output.typeName ?? output.element, {
        kind: 'complex',
        name: '',
        ...output,
      });
      return `  ${name}: { request: ${request}; response: ${response} };`;
    });
    return `export interface ${port.name} {\n${operations.join('\n')}\n}\n`;
  });
  const header = `// Generated from wsdl/${name}.wsdl by \`npm run generate\`: change the WSDL, not this file.\n`;
  return `${header}\n${[...types.values(), ...ports].join('\n')}`;
}

/** Declares a type once and returns its name. */
function declare(types: Map<string, string>, name: string, type: ValueType): string {
  if (types.has(name)) return name;
  if (type.kind === 'enum') {
    const values = type.values.map((value) => `'${value}'`).join(' | ');
    types.set(name, `export type ${name} = ${values};\n`);
  } else if (type.kind === 'complex' && type.fields.length === 0) {
    types.set(name, `export type ${name} = Record<string, never>;\n`);
  } else if (type.kind === 'complex') {
    const fields = type.fields.map((field) => {
      const item = typeName(types, field.type);
      const optional = field.optional && !field.repeated;
      return `  ${field.name}${optional ? '?' : ''}: ${item}${field.repeated ? '[]' : ''}${optional ? ' | undefined' : ''};`;
    });
    types.set(name, `export interface ${name} {\n${fields.join('\n')}\n}\n`);
  }
  return name;
}

function typeName(types: Map<string, string>, type: ValueType): string {
  switch (type.kind) {
    case 'long':
      return 'number';
    case 'dateTime':
      return 'Date';
    case 'enum':
    case 'complex':
      return declare(types, type.name, type);
    default:
      return type.kind;
  }
}
