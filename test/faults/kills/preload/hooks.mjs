// Puts `vbsSteps` of start.mjs around the chokepoints.
import { FUNCTIONS, METHODS } from './chokepoints.mjs';

export async function load(url, context, nextLoad) {
  const isMeant = ({ module }) => url.endsWith(module);
  const real = JSON.stringify(`${url}?real`);
  const lines = [
    ...FUNCTIONS.filter(isMeant).flatMap(({ name, kind }) => [
      `import { ${name} as real } from ${real};`,
      `export const ${name} = globalThis.vbsSteps.aFunction('${kind}', real);`,
    ]),
    ...METHODS.filter(isMeant).flatMap(({ name, kinds }) => [
      `import { ${name} } from ${real};`,
      `globalThis.vbsSteps.methods(${name}.prototype, ${JSON.stringify(kinds)});`,
    ]),
  ];
  if (lines.length === 0) return nextLoad(url, context);
  const source = [`export * from ${real};`, ...lines].join('\n');
  return { format: 'module', shortCircuit: true, source };
}
