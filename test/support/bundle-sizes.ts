/**
 * The bytes that a function loads at its start: its file and the chunks that it imports, without those that it imports
 * only when it uses them. And what they are made of, by package, for whoever has to find out what grew.
 */
import type { BundledFile, Bundles } from '../../lib/infra/constructs/function-code.ts';

export interface BundleSize {
  /** File in lambdas/ or tasks/, without directory and extension. */
  readonly name: string;
  readonly directory: string;
  readonly bytes: number;
  /** Bytes by package, and of our own files, largest first. */
  readonly parts: readonly (readonly [name: string, bytes: number])[];
}

/** Largest first. */
export function bundleSizes({ outputs }: Bundles): BundleSize[] {
  const entries = Object.entries(outputs).filter(([, { entryPoint }]) => /^(lambdas|tasks)\//.test(entryPoint ?? ''));
  return entries
    .map(([path, { entryPoint }]) => {
      const [directory, file] = entryPoint!.split('/') as [string, string];
      const loaded = [...loadedBy(path, outputs)].map(each => outputs[each]!);
      const bytes = loaded.reduce((sum, each) => sum + each.bytes, 0);
      return { name: file.replace(/\.ts$/, ''), directory, bytes, parts: partsOf(loaded) };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

/** Sources in what these functions load at their start. */
export function sourcesOf({ outputs }: Bundles, isMeant: (name: string) => boolean): Set<string> {
  const entries = Object.entries(outputs).filter(
    ([, { entryPoint }]) => entryPoint !== undefined && isMeant(entryPoint),
  );
  const loaded = entries.flatMap(([path]) => [...loadedBy(path, outputs)]);
  return new Set(loaded.flatMap(path => Object.keys(outputs[path]!.inputs)));
}

function loadedBy(path: string, outputs: Bundles['outputs'], found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const each of outputs[path]!.imports)
    if (!each.external && each.kind !== 'dynamic-import') loadedBy(each.path, outputs, found);
  return found;
}

function partsOf(files: readonly BundledFile[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { inputs } of files)
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(path) ?? 'lib';
      sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
    }
  return [...sums].sort(([, a], [, b]) => b - a);
}

/** `asn1.js/node_modules/bn.js`: a second copy has a name of its own. */
function packageOf(path: string): string | undefined {
  return /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+(?:\/node_modules\/(?:@[^/]+\/)?[^/]+)*)/.exec(path)?.[1];
}
