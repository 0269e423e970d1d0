/** Guesses the component of a table from its name. The team corrects the guess in the model file. */
import type { TableName } from './table-schema.ts';
import type { Component } from './tenant-model.ts';

/** A restore leaves audit tables unchanged unless they are named, so only clear cases count as one. */
const PATTERNS: readonly [Component, RegExp][] = [
  ['audit', /(^|_)(audits?|audit_?logs?|audit_?(events?|trails?)|activity_?logs?|access_?logs?)(_|$)/],
  [
    'customizations',
    /(^|_)(templates?|custom_?fields?|customi[sz]ations?|themes?|layouts?|branding|saved_?(views?|filters?|searches))(_|$)/,
  ],
  [
    'configuration',
    /(^|_)(settings?|config(uration)?s?|preferences?|feature_?flags?|integrations?|webhooks?|options)(_|$)/,
  ],
  [
    'users',
    /(^|_)(users?|roles?|members?|memberships?|permissions?|grants|invitations?|invites?|groups?|teams?|api_?keys?|credentials?)(_|$)/,
  ],
];

export function guessComponent(table: TableName): Component {
  const bare = table
    .replace(/^("(?:[^"]|"")+"|[^".]+)\./, '')
    .replaceAll('"', '')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
  return PATTERNS.find(([, pattern]) => pattern.test(bare))?.[0] ?? 'data';
}
