/** The tables of docs/cost.md that a run of the functions' benchmark writes: medians of its rounds. */
import { functionMemoryMb } from '../lib/domain/function-memory.ts';
import { MEMORY_SIZES_MB } from '../lib/planner/function-time.ts';
import type { MeasuredCall } from './function-cloud.ts';
import { callTime, operationMs, operationUsd, requestsOf } from './function-cost.ts';
import type { Operation } from './function-operations.ts';
import { mebibytes, median } from './measure.ts';

type Rounds = readonly (readonly Operation[])[];

/** As Markdown. `rounds`: the same operations, measured that often. */
export function functionsPage(rounds: Rounds, scale: number): string {
  const found = rounds[0]!.map((_, index) => rounds.map(round => round[index]!));
  const sizes = MEMORY_SIZES_MB.map(size => `${size.toLocaleString('en-US')} MB`);
  return [
    `Scale ${scale}, medians of ${rounds.length} round(s).`,
    '',
    '| operation | calls | transitions | GET, HEAD | PUT, LIST | catalog reads, writes | KMS | processor | waiting | peak memory | requests, $ per 1,000 |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...found.map(requestsRow),
    '',
    `| milliseconds, and $ per 1,000 without requests | ${sizes.join(' | ')} | as deployed |`,
    `| --- |${' ---: |'.repeat(sizes.length + 1)}`,
    ...found.map(memoryRow),
    '',
    '| function | deployed with | processor | main thread | waiting | peak memory |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...functionRows(rounds),
    '',
  ].join('\n');
}

function requestsRow(rounds: readonly Operation[]): string {
  const [{ name, transitions, calls }] = rounds as [Operation];
  const requests = rounds.map(requestsOf);
  const many = (of: (each: (typeof requests)[number]) => number) => whole(median(requests.map(of)));
  const time = (of: (call: MeasuredCall) => number) =>
    whole(median(rounds.map(each => each.calls.reduce((sum, call) => sum + of(call), 0))));
  const cells = [
    ...[name, whole(calls.length), whole(transitions), many(({ get }) => get), many(({ put, list }) => put + list)],
    `${many(({ reads }) => reads)}, ${many(({ writes }) => writes)}`,
    many(({ keys, signatures }) => keys + signatures),
    `${time(call => callTime(call).cpuMs)} ms`,
    `${time(call => callTime(call).waitMs)} ms`,
    `${peak(rounds.flatMap(each => each.calls))} MiB`,
    dollars(median(rounds.map(each => operationUsd(each, functionMemoryMb).requests)) * 1000),
  ];
  return `| ${cells.join(' | ')} |`;
}

function memoryRow(rounds: readonly Operation[]): string {
  const cell = (memoryOf: (name: string) => number) => {
    const took = median(rounds.map(each => operationMs(each, memoryOf)));
    const usd = median(rounds.map(each => operationUsd(each, memoryOf).functions));
    return `${whole(took)} ms, ${dollars(usd * 1000)}`;
  };
  const cells = [...MEMORY_SIZES_MB.map(size => cell(() => size)), cell(functionMemoryMb)];
  return `| ${[rounds[0]!.name, ...cells].join(' | ')} |`;
}

function functionRows(rounds: Rounds): string[] {
  const calls = Map.groupBy(
    rounds.flat().flatMap(each => each.calls),
    call => (call.start ? `${call.name}, with its start` : call.name),
  );
  return [...calls].map(([label, found]) => {
    const time = (of: 'cpuMs' | 'mainMs' | 'waitMs') => `${whole(median(found.map(call => callTime(call)[of])))} ms`;
    const cells = [label, `${functionMemoryMb(found[0]!.name)} MB`, time('cpuMs'), time('mainMs'), time('waitMs')];
    return `| ${cells.join(' | ')} | ${peak(found)} MiB |`;
  });
}

const peak = (calls: readonly MeasuredCall[]) => mebibytes(Math.max(...calls.map(call => call.maxRssBytes)));
const whole = (value: number) => Math.round(value).toLocaleString('en-US');
const dollars = (usd: number) => `$${Number(usd.toPrecision(2))}`;
