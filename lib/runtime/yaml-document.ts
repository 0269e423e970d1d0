/**
 * Reads YAML files that people write, with the position of every value, so that an error names file, line and field and
 * the allowed values, and never shows the value itself (it may be a password).
 */
import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import type { CodeOf } from '../domain/error-catalog.ts';
import { InputError } from '../domain/errors.ts';

export interface DocumentKind {
  /** Error code, for example `bad-config`. */
  readonly code: CodeOf<'input'>;
  /** The kind of file, for messages: `configuration`. */
  readonly name: string;
  readonly hint: string;
}

/** Throws InputError with the kind's code; `details.problems` lists every problem as `file:line field: what`. */
export function parseYaml<S extends z.ZodType>(schema: S, text: string, file: string, kind: DocumentKind): z.infer<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = document.errors.map(error => `${file}:${lines.linePos(error.pos[0]).line} ${error.message}`);
  if (syntax.length > 0) throw invalid(kind, file, syntax);
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap(issue => describeIssue(issue, path => lineOf(document, lines, path)));
  problems.sort((a, b) => a.line - b.line);
  throw invalid(
    kind,
    file,
    problems.map(problem => `${file}:${problem.line} ${problem.text}`),
  );
}

interface Problem {
  readonly line: number;
  readonly text: string;
}

function describeIssue(issue: z.core.$ZodIssue, line: (path: PropertyKey[]) => number): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => {
      const path = [...issue.path, key];
      return { line: line(path), text: `${path.join('.')}: unknown field` };
    });
  }
  const field = issue.path.join('.') || 'the file';
  return [{ line: line(issue.path), text: `${field}: ${withoutPreface(issue.message)}` }];
}

function withoutPreface(message: string): string {
  return message.replace(/^Invalid (?:input|option|string): |^Too (?:small|big): /, '');
}

/** The line of the value, or of the nearest enclosing value if the field is missing. */
function lineOf(document: ReturnType<typeof parseDocument>, lines: LineCounter, path: PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] | null } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function invalid(kind: DocumentKind, file: string, problems: string[]): InputError {
  return new InputError(
    kind.code,
    `The ${kind.name} is not valid:\n${problems.map(problem => `  ${problem}`).join('\n')}`,
    {
      hint: kind.hint,
      details: { file, problems },
    },
  );
}
