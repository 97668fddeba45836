import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Description, ValueType } from '@vbs-lustre/shared/soap/schema';
import { describeWsdl } from './describe.js';

/** The contracts: the names of the WSDLs and of what is generated from them. */
const CONTRACTS = ['vbslustre', 'vbslustre-admin', 'volume-delegate', 'vmm-delegate'];

/**
 * Writes of every WSDL the TypeScript types, and what services and clients read at run time; with `--check` only compares, and
 * exits with code 1 if a file is not what would be written.
 */
for (const name of CONTRACTS) {
  const description = await describeWsdl(new URL(`../${name}.wsdl`, import.meta.url));
  write(name, `src/generated/${name}.ts`, renderTypes(name, description));
  write(name, `generated/${name}.json`, renderDescription(description));
}

function write(name: string, file: string, text: string): void {
  const target = new URL(`../${file}`, import.meta.url);
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
  } else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error(`wsdl/${file} is not what wsdl/${name}.wsdl says: npm run generate`);
    process.exitCode = 1;
  }
}

/** An operation a line, so that a difference shows which have changed. */
function renderDescription({ ports, ...contract }: Description): string {
  const portTexts = ports.map(({ operations, ...port }) => {
    const lines = operations.map((operation) => JSON.stringify(operation)).join(',\n');
    return `${JSON.stringify(port).slice(0, -1)},"operations":[\n${lines}\n]}`;
  });
  return `${JSON.stringify(contract).slice(0, -1)},"ports":[\n${portTexts.join(',\n')}\n]}\n`;
}

function renderTypes(name: string, { ports }: Description): string {
  const types = new Map<string, string>();
  const portTypes = ports.map((port) => {
    const operations = port.operations.map(({ name, input, output }) => {
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
  return `${header}\n${[...types.values(), ...portTypes].join('\n')}`;
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
