/** A zod schema as JSON Schema of its input (fields with defaults are optional): the source of reference pages. */
import * as z from 'zod';

export interface SchemaField {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: SchemaField;
  readonly properties?: Readonly<Record<string, SchemaField>>;
  readonly additionalProperties?: SchemaField | boolean;
  readonly required?: readonly string[];
  readonly oneOf?: readonly SchemaField[];
  readonly anyOf?: readonly SchemaField[];
}

export function schemaOf(schema: z.ZodType): SchemaField {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaField;
}
