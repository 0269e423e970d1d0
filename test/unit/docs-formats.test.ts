/**
 * docs/formats.md lists the fields of every stored document as the code reads them: the same names, and the same ones can
 * be absent.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Activity } from '../../lib/domain/activity.ts';
import { Alarm } from '../../lib/domain/alarm.ts';
import { ArchiveBody } from '../../lib/domain/archive.ts';
import { AuditAnchor, AuditAnchorPage } from '../../lib/domain/audit-anchor.ts';
import { AuditEvent } from '../../lib/domain/audit-event.ts';
import { Block, ChunkEntry, ChunkPage, PageContent, View } from '../../lib/domain/chunk-page.ts';
import { Departure } from '../../lib/domain/departure.ts';
import {
  DestructionAppendix,
  DestructionCertificate,
  DestructionOrder,
  DestructionOutcome,
  DestructionPlan,
} from '../../lib/domain/destruction.ts';
import { DrilledTenant, DrillRecord, ProvedRestore } from '../../lib/domain/drill.ts';
import { HoldfastEvent } from '../../lib/domain/event.ts';
import { EvidenceManifest } from '../../lib/domain/evidence/bundle.ts';
import { ExportDocument } from '../../lib/domain/export-document.ts';
import { FailoverRecord, FailoverStepDone } from '../../lib/domain/failover.ts';
import {
  GlassReview,
  GovernedRequest,
  RequestDecision,
  RequestEnd,
  RequestResult,
} from '../../lib/domain/governed-request.ts';
import { HoldCertificate, HoldDetails, HoldRecord, ReleaseCertificate, ReleaseRecord } from '../../lib/domain/hold.ts';
import { KeyCopy, KeyCopyPage } from '../../lib/domain/key-copy.ts';
import {
  DiscardedChanges,
  GapEntry,
  HeldLogBody,
  IndexedRun,
  LogBody,
  LogIndexBody,
  MarkerEntry,
  Reshaping,
  SegmentEntry,
} from '../../lib/domain/log-manifest.ts';
import { ErasureBody, IncrementalBody, ManifestFile, ManifestHeader, ServerInfo } from '../../lib/domain/manifest.ts';
import { KeptMessage } from '../../lib/domain/message-queue.ts';
import { PolicyApproval, PolicyInForce } from '../../lib/domain/policy-change.ts';
import { Principal } from '../../lib/domain/principal.ts';
import { WitnessProbe } from '../../lib/domain/region-probe.ts';
import { RegionState } from '../../lib/domain/region-state.ts';
import { RemovalList } from '../../lib/domain/removal-list.ts';
import { Report, ReportFact, ReportManifest } from '../../lib/domain/report/report.ts';
import { ExportAttempt, ExportList, SealedFileEnd } from '../../lib/domain/sealed-export.ts';
import { SnapshotBody } from '../../lib/domain/snapshot-body.ts';
import { SourceIdentity } from '../../lib/domain/source-epoch.ts';
import { StatusPage } from '../../lib/domain/status-page/status-page.ts';
import { StatusPost } from '../../lib/domain/status-page/status-post.ts';
import {
  ColumnSchema,
  DatabaseSchema,
  Equality,
  ForeignKey,
  TableSchema,
  TypeSchema,
  UniqueKey,
} from '../../lib/domain/table-schema.ts';
import { TableTrace } from '../../lib/domain/table-trace.ts';
import { ObjectTrailer } from '../../lib/local/object-trailer.ts';

interface Json {
  readonly properties?: Record<string, Json>;
  readonly required?: string[];
  readonly anyOf?: Json[];
  readonly items?: Json;
  readonly additionalProperties?: Json | boolean;
}

const jsonOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
const [paged] = jsonOf(SnapshotBody).anyOf!;
const DOCUMENTS: Record<string, Json> = {
  ...Object.fromEntries(
    Object.entries({
      ...{ ObjectTrailer, ManifestFile, ManifestHeader, SourceIdentity, ServerInfo, ChunkPage, PageContent, Block },
      ...{ ChunkEntry, View, LogBody, SegmentEntry, GapEntry, MarkerEntry, Reshaping, TableTrace, Activity },
      ...{ LogIndexBody, IndexedRun, IncrementalBody, DatabaseSchema, TableSchema, ColumnSchema, Equality, UniqueKey },
      ...{ GovernedRequest, RequestDecision, RequestEnd, RequestResult, GlassReview },
      ...{ AuditEvent, Principal, AuditAnchor, AuditAnchorPage },
      ...{ ForeignKey, TypeSchema, ErasureBody, RemovalList, KeyCopy, KeyCopyPage, HeldLogBody },
      ...{ DiscardedChanges, Departure, DestructionPlan, DestructionOrder, DestructionOutcome },
      ...{ DestructionCertificate, DestructionAppendix },
      ...{ HoldRecord, ReleaseRecord, HoldDetails, HoldCertificate, ReleaseCertificate },
      ...{ DrillRecord, DrilledTenant, ProvedRestore },
      ...{ PolicyInForce, PolicyApproval, EvidenceManifest },
      ...{ RegionState, WitnessProbe, FailoverStepDone, FailoverRecord },
      ...{ HoldfastEvent, KeptMessage, Alarm },
      ...{ ExportAttempt, SealedFileEnd, ExportList },
      ...{ ArchiveBody, ExportDocument, Report, ReportFact, ReportManifest, StatusPost, StatusPage },
    }).map(([name, schema]) => [name, jsonOf(schema)]),
  ),
  SnapshotBody: paged!,
  SnapshotTable: paged!.properties!.tables!.items!,
};

const page = readFileSync(join(import.meta.dirname, '../../docs/formats.md'), 'utf8');
const described = new Map(
  [...page.matchAll(/^type (\w+) = \{(.*?)^\};/gms)].map(([, name, fields]) => [name!, fields!]),
);

describe('docs/formats.md', () => {
  it('describes every document', () => {
    expect([...described.keys()].toSorted()).toEqual(Object.keys(DOCUMENTS).toSorted());
  });

  it.each(Object.entries(DOCUMENTS))('lists the fields of %s', (name, json) => {
    const lines = [...described.get(name)!.matchAll(/^ {2}(\w+\??): (.*)/gm)].map(([, field, type]) => [field!, type!]);
    expect(lines.map(([field]) => field).toSorted()).toEqual(fieldsOf(json));
    for (const [field, type] of lines) {
      const inner = /\{ ([\w?, ]+) \}/.exec(type!)?.[1];
      if (inner !== undefined)
        expect(inner.split(', ').toSorted(), field).toEqual(
          fieldsOf(within(json.properties![field!.replace('?', '')]!)),
        );
    }
  });
});

/** Sorted; with a question mark if it can be absent. */
function fieldsOf({ properties = {}, required = [] }: Json): string[] {
  const names = Object.keys(properties).map(name => (required.includes(name) ? name : `${name}?`));
  return names.toSorted();
}

/** The object in a list, in a record, or beside null. */
function within(json: Json): Json {
  if (json.properties) return json;
  const inner = json.items ?? json.anyOf?.find(each => each.properties ?? each.items) ?? json.additionalProperties;
  if (typeof inner !== 'object') throw new Error('The page has an object where the schema has none.');
  return within(inner);
}
