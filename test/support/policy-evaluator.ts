/**
 * MiniStack's policy evaluator (MIT) in a child process, for policies that are not deployed anywhere: policy-decisions.py
 * answers one question a line, in order. It ends with this process: its standard input closes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonWithServers } from './servers.ts';

/** A policy document of any kind. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly object[];
}

export interface PolicyQuestion {
  /** ARN of the session, and of its role. */
  readonly principal: string;
  readonly role: string;
  readonly account: string;
  readonly region: string;
  readonly identity: PolicyDocument;
  /** Policy of the session, which narrows what the role allows. */
  readonly session?: PolicyDocument;
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request. */
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
  /** Policy of the resource. */
  readonly policy?: PolicyDocument;
  /** Account of the resource. @default - that of the principal */
  readonly owner?: string;
  /** Whether the resource's policy must allow too, as a key's. */
  readonly required: boolean;
}

export type Decision = 'Allow' | 'Deny' | 'ImplicitDeny';

interface Evaluator {
  ask(question: PolicyQuestion): Promise<Decision>;
}

let running: Promise<Evaluator> | undefined;

/** The one evaluator of this process. The first call on a machine installs it. */
export function policyEvaluator(): Promise<Evaluator> {
  running ??= pythonWithServers().then(evaluatorOn);
  return running;
}

interface Waiting {
  readonly resolve: (decision: Decision) => void;
  readonly reject: (error: Error) => void;
}

function evaluatorOn(python: string): Evaluator {
  const script = join(import.meta.dirname, 'policy-decisions.py');
  const child = spawn(python, ['-B', script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: Waiting[] = [];
  let complaint = '';
  child.stderr.on('data', data => (complaint = (complaint + data).slice(-4000)));
  child.once('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`The policy evaluator ended.\n${complaint}`));
  });
  createInterface({ input: child.stdout }).on('line', line => {
    const { decision, error } = JSON.parse(line);
    const { resolve, reject } = waiting.shift()!;
    if (error === undefined) resolve(decision);
    else reject(new Error(error));
  });
  letProcessEnd(child);
  return {
    ask: question =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        const { identity, session, policy } = question;
        const documents = {
          identity: textOf(identity),
          ...(session && { session: textOf(session) }),
          ...(policy && { policy: textOf(policy) }),
        };
        child.stdin.write(`${JSON.stringify({ ...question, ...documents })}\n`);
      }),
  };
}

/** By statements: the policies of a function are asked for again and again, and are long. */
const texts = new WeakMap<readonly object[], string>();

function textOf(document: PolicyDocument): string {
  const known = texts.get(document.Statement) ?? JSON.stringify(document);
  texts.set(document.Statement, known);
  return known;
}

/** Waiting tests keep the process alive; the evaluator must not. */
function letProcessEnd(child: ChildProcess): void {
  child.unref();
  for (const stream of child.stdio) (stream as unknown as { unref?(): void } | null)?.unref?.();
}
