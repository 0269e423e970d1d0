/** Types of the API, made from its document by bin/write-api.ts. Do not edit. */

export interface paths {
  '/me': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              name: string;
              roles: (
                'tenant-administrator' | 'operator' | 'approver' | 'legal-officer' | 'auditor' | 'system-administrator'
              )[];
              /**
               * References of the tenants of a tenant administrator.
               */
              tenants: string[];
              installation: string;
              timeZone: string;
              /**
               * Clock of the server.
               */
              now: string;
              /**
               * What the policies permit for the whole installation.
               */
              may: (
                | 'seeStatus'
                | 'seeTimeline'
                | 'seeTransactions'
                | 'seeRequests'
                | 'previewRestore'
                | 'readRows'
                | 'readRecords'
                | 'readHolds'
                | 'readAudit'
                | 'exportEvidence'
                | 'snapshot'
                | 'protect'
                | 'drill'
                | 'postStatus'
                | 'restore'
                | 'export'
                | 'hold'
                | 'requestRelease'
                | 'release'
                | 'destroy'
                | 'changePolicy'
                | 'failOver'
                | 'approveRestore'
                | 'approveExport'
                | 'approveHold'
                | 'approveRelease'
                | 'approveDestroy'
                | 'approveChangePolicy'
                | 'approveFailOver'
                | 'reviewBrokenGlass'
                | 'breakGlass'
                | 'erase'
                | 'administer'
              )[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/fleet': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Null until all tenants were counted for the first time: ask again.
               */
              counted: {
                at: string;
                totals: {
                  unprotected: number;
                  broken: number;
                  partial: number;
                  late: number;
                  safe: number;
                  departed: number;
                  destroyed: number;
                };
                storedBytes: number;
              } | null;
              log: {
                newest: string | null;
                ageMs: number | null;
                isLate: boolean;
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
          /**
           * Part of an id, a name or a reference.
           */
          search?: string;
          /**
           * Only tenants that are not safe, the worst first.
           */
          problems?: 'true' | 'false';
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              tenants: {
                /**
                 * Its reference, as in names of objects.
                 */
                tenant: string;
                tenantId: string | null;
                label?: string;
                state: 'unprotected' | 'broken' | 'partial' | 'late' | 'safe' | 'departed' | 'destroyed';
                oldest: {
                  lsn: string;
                  time: string;
                } | null;
                newest: {
                  lsn: string;
                  time: string;
                } | null;
                /**
                 * Milliseconds; null: there is none.
                 */
                newestAgeMs: number | null;
                snapshots: number;
                incrementals: number;
                lastSnapshot: string | null;
                archives: number;
                /**
                 * Its moment.
                 */
                lastArchive: string | null;
                lastVerified: {
                  at: string;
                  ok: boolean;
                  backup: string;
                } | null;
                storedBytes: number;
                gaps: number;
                tableGaps: {
                  tables: string[];
                  reason:
                    | 'slot-lost'
                    | 'slot-created'
                    | 'new-epoch'
                    | 'row-moved'
                    | 'key-destroyed'
                    | 'unresolved-value'
                    | 'model-changed'
                    | 'suspect'
                    | 'unprotected';
                  detail: string | null;
                  ended: boolean;
                  from: {
                    lsn: string;
                    time: string;
                  };
                  to: {
                    lsn: string;
                    time: string;
                  } | null;
                }[];
                needsSnapshot: boolean;
                /**
                 * Nothing new of it is expected.
                 */
                outside?: 'departed' | 'destroyed';
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}': {
    get: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Its reference, as in names of objects.
               */
              tenant: string;
              tenantId: string | null;
              label?: string;
              state: 'unprotected' | 'broken' | 'partial' | 'late' | 'safe' | 'departed' | 'destroyed';
              oldest: {
                lsn: string;
                time: string;
              } | null;
              newest: {
                lsn: string;
                time: string;
              } | null;
              /**
               * Milliseconds; null: there is none.
               */
              newestAgeMs: number | null;
              snapshots: number;
              incrementals: number;
              lastSnapshot: string | null;
              archives: number;
              /**
               * Its moment.
               */
              lastArchive: string | null;
              lastVerified: {
                at: string;
                ok: boolean;
                backup: string;
              } | null;
              storedBytes: number;
              gaps: number;
              tableGaps: {
                tables: string[];
                reason:
                  | 'slot-lost'
                  | 'slot-created'
                  | 'new-epoch'
                  | 'row-moved'
                  | 'key-destroyed'
                  | 'unresolved-value'
                  | 'model-changed'
                  | 'suspect'
                  | 'unprotected';
                detail: string | null;
                ended: boolean;
                from: {
                  lsn: string;
                  time: string;
                };
                to: {
                  lsn: string;
                  time: string;
                } | null;
              }[];
              needsSnapshot: boolean;
              /**
               * Nothing new of it is expected.
               */
              outside?: 'departed' | 'destroyed';
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/timeline': {
    get: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              tenantId: string;
              label?: string;
              tenant: string;
              /**
               * Every moment in these can be recovered.
               */
              window: {
                from: {
                  lsn: string;
                  time: string;
                };
                to: {
                  lsn: string;
                  time: string;
                };
              }[];
              gaps: {
                from: {
                  lsn: string;
                  time: string;
                };
                to: {
                  lsn: string;
                  time: string;
                } | null;
                reason: string;
              }[];
              tableGaps: {
                tables: string[];
                reason:
                  | 'slot-lost'
                  | 'slot-created'
                  | 'new-epoch'
                  | 'row-moved'
                  | 'key-destroyed'
                  | 'unresolved-value'
                  | 'model-changed'
                  | 'suspect'
                  | 'unprotected';
                detail: string | null;
                ended: boolean;
                from: {
                  lsn: string;
                  time: string;
                };
                to: {
                  lsn: string;
                  time: string;
                } | null;
              }[];
              newest: {
                lsn: string;
                time: string;
              } | null;
              /**
               * Milliseconds; null: there is none.
               */
              newestAgeMs: number | null;
              snapshots: {
                id: string;
                kind: 'snapshot' | 'incremental';
                key: string;
                sha256: string;
                from: string;
                to: string;
                fromTime: string;
                toTime: string;
                createdAt: string;
                rows: number;
                bytes: number;
                storedBytes: number;
                chunks: number;
                reusedChunks: number;
                durationMs: number;
                reason: string;
                read?: 'full' | 'changed';
                verified?: {
                  at: string;
                  ok: boolean;
                };
                source?: {
                  system: string;
                  timeline: number;
                  left?: {
                    timeline: number;
                    at: string;
                  }[];
                };
                keepUntil?: string;
              }[];
              incrementals: {
                id: string;
                kind: 'snapshot' | 'incremental';
                key: string;
                sha256: string;
                from: string;
                to: string;
                fromTime: string;
                toTime: string;
                createdAt: string;
                rows: number;
                bytes: number;
                storedBytes: number;
                chunks: number;
                reusedChunks: number;
                durationMs: number;
                reason: string;
                read?: 'full' | 'changed';
                verified?: {
                  at: string;
                  ok: boolean;
                };
                source?: {
                  system: string;
                  timeline: number;
                  left?: {
                    timeline: number;
                    at: string;
                  }[];
                };
                keepUntil?: string;
              }[];
              markers: {
                name: string;
                lsn: string;
                time: string;
                reachable: boolean;
              }[];
              restores: {
                id: string;
                state?: 'committing' | 'done' | 'failed';
                at?: string;
                place?: 'in-place' | 'side-by-side' | 'into-database' | 'as-tenant';
                target?: string;
                totals?: {
                  inserted: number;
                  updated: number;
                  deleted: number;
                };
                requestedBy?: string;
                excluded?: string[];
                transaction?: string | null;
                key?: string;
                sha256?: string;
                record?: {
                  format: 'holdfast.restore-record/1';
                  id: string;
                  tenantId: string;
                  place: 'in-place' | 'side-by-side' | 'into-database' | 'as-tenant';
                  request: {
                    format?: 'holdfast.restore-request/1';
                    tenant: string;
                    target: string;
                    mode?: 'exact' | 'missing-only' | 'columns' | 'merge';
                    tables?: string[];
                    components?: ('data' | 'configuration' | 'users' | 'customizations' | 'audit')[];
                    exclude: string[];
                    rows?: {
                      [k: string]: string;
                    };
                    keys?: {
                      /**
                       * @minItems 1
                       */
                      [k: string]: string[][];
                    };
                    columns?: {
                      /**
                       * @minItems 1
                       */
                      [k: string]: string[];
                    };
                    undoes: string;
                    reverts: {
                      until: string;
                      /**
                       * @minItems 1
                       * @maxItems 1000
                       */
                      only: string[];
                      /**
                       * @minItems 1
                       * @maxItems 1000
                       */
                      except: string[];
                    };
                    overwrite: true;
                    group: string;
                    withChildren?: boolean;
                    sideBySide?: boolean;
                    into?: string;
                    asTenant?: string;
                    mapped: {
                      [k: string]: {
                        [k: string]: string;
                      };
                    };
                    batches?: number;
                    requestedBy?: string;
                    approvedBy?: string[];
                    reason?: string;
                    samples?: number;
                  };
                  requestedBy: string;
                  approvedBy: string[];
                  previewHash: string;
                  approvedPlan: boolean;
                  target: string;
                  targetTime: string | null;
                  chain: {
                    snapshot: string;
                    incrementals: string[];
                    runs: string[];
                  } | null;
                  tables: {
                    table: string;
                    inserted: number;
                    updated: number;
                    deleted: number;
                  }[];
                  totals: {
                    inserted: number;
                    updated: number;
                    deleted: number;
                  };
                  conflicts: {
                    code:
                      | 'key-of-another-tenant'
                      | 'unique-taken'
                      | 'unique-taken-elsewhere'
                      | 'missing-parent'
                      | 'parent-of-another-tenant'
                      | 'still-referenced'
                      | 'still-referenced-elsewhere'
                      | 'cast-failed'
                      | 'lossy-cast'
                      | 'not-null'
                      | 'new-column-without-value'
                      | 'check-violated'
                      | 'partition-missing'
                      | 'cycle-needs-privilege'
                      | 'foreign-row'
                      | 'owned-otherwise'
                      | 'tenant-exists'
                      | 'changed-since'
                      | 'table-missing'
                      | 'table-unowned'
                      | 'table-without-key'
                      | 'table-not-in-backup'
                      | 'table-undecided';
                    table: string;
                    about: string;
                    count: number;
                    explanation: string;
                    blocking: boolean;
                    by: {
                      xid: number;
                      lsn: string;
                      time: string;
                      rows: number;
                    }[];
                  }[];
                  notes: {
                    code:
                      | 'column-gained'
                      | 'column-lost'
                      | 'column-renamed'
                      | 'column-retyped'
                      | 'table-renamed'
                      | 'table-added'
                      | 'table-lost'
                      | 'table-unprotected'
                      | 'kept'
                      | 'left-out'
                      | 'not-compared'
                      | 'trigger-fires'
                      | 'rule-fires'
                      | 'erased'
                      | 'keys-remapped'
                      | 'not-checked'
                      | 'staging'
                      | 'alongside'
                      | 'children-stay-away'
                      | 'changed-since'
                      | 'cluster-backup';
                    table: string | null;
                    text: string;
                  }[];
                  sequences: {
                    sequence: string;
                    table: string;
                    column: string;
                    now: string;
                    to: string;
                  }[];
                  phases: {
                    planMs: number;
                    stageMs: number;
                    diffMs: number;
                    applyMs: number;
                    proveMs: number;
                  };
                  attempts: number;
                  proof: {
                    left: {
                      [k: string]: number;
                    };
                    brokenReferences: number;
                    rows: {
                      [k: string]: number;
                    };
                  };
                  transaction: string | null;
                  partial: true;
                  excluded: string[];
                  schema: string | null;
                  startedAt: string;
                  committedAt: string;
                };
                batch?: {
                  transaction: string;
                  before: {
                    format: 'holdfast.restore-record/1';
                    id: string;
                    tenantId: string;
                    place: 'in-place' | 'side-by-side' | 'into-database' | 'as-tenant';
                    request: {
                      format?: 'holdfast.restore-request/1';
                      tenant: string;
                      target: string;
                      mode?: 'exact' | 'missing-only' | 'columns' | 'merge';
                      tables?: string[];
                      components?: ('data' | 'configuration' | 'users' | 'customizations' | 'audit')[];
                      exclude: string[];
                      rows?: {
                        [k: string]: string;
                      };
                      keys?: {
                        /**
                         * @minItems 1
                         */
                        [k: string]: string[][];
                      };
                      columns?: {
                        /**
                         * @minItems 1
                         */
                        [k: string]: string[];
                      };
                      undoes: string;
                      reverts: {
                        until: string;
                        /**
                         * @minItems 1
                         * @maxItems 1000
                         */
                        only: string[];
                        /**
                         * @minItems 1
                         * @maxItems 1000
                         */
                        except: string[];
                      };
                      overwrite: true;
                      group: string;
                      withChildren?: boolean;
                      sideBySide?: boolean;
                      into?: string;
                      asTenant?: string;
                      mapped: {
                        [k: string]: {
                          [k: string]: string;
                        };
                      };
                      batches?: number;
                      requestedBy?: string;
                      approvedBy?: string[];
                      reason?: string;
                      samples?: number;
                    };
                    requestedBy: string;
                    approvedBy: string[];
                    previewHash: string;
                    approvedPlan: boolean;
                    target: string;
                    targetTime: string | null;
                    chain: {
                      snapshot: string;
                      incrementals: string[];
                      runs: string[];
                    } | null;
                    tables: {
                      table: string;
                      inserted: number;
                      updated: number;
                      deleted: number;
                    }[];
                    totals: {
                      inserted: number;
                      updated: number;
                      deleted: number;
                    };
                    conflicts: {
                      code:
                        | 'key-of-another-tenant'
                        | 'unique-taken'
                        | 'unique-taken-elsewhere'
                        | 'missing-parent'
                        | 'parent-of-another-tenant'
                        | 'still-referenced'
                        | 'still-referenced-elsewhere'
                        | 'cast-failed'
                        | 'lossy-cast'
                        | 'not-null'
                        | 'new-column-without-value'
                        | 'check-violated'
                        | 'partition-missing'
                        | 'cycle-needs-privilege'
                        | 'foreign-row'
                        | 'owned-otherwise'
                        | 'tenant-exists'
                        | 'changed-since'
                        | 'table-missing'
                        | 'table-unowned'
                        | 'table-without-key'
                        | 'table-not-in-backup'
                        | 'table-undecided';
                      table: string;
                      about: string;
                      count: number;
                      explanation: string;
                      blocking: boolean;
                      by: {
                        xid: number;
                        lsn: string;
                        time: string;
                        rows: number;
                      }[];
                    }[];
                    notes: {
                      code:
                        | 'column-gained'
                        | 'column-lost'
                        | 'column-renamed'
                        | 'column-retyped'
                        | 'table-renamed'
                        | 'table-added'
                        | 'table-lost'
                        | 'table-unprotected'
                        | 'kept'
                        | 'left-out'
                        | 'not-compared'
                        | 'trigger-fires'
                        | 'rule-fires'
                        | 'erased'
                        | 'keys-remapped'
                        | 'not-checked'
                        | 'staging'
                        | 'alongside'
                        | 'children-stay-away'
                        | 'changed-since'
                        | 'cluster-backup';
                      table: string | null;
                      text: string;
                    }[];
                    sequences: {
                      sequence: string;
                      table: string;
                      column: string;
                      now: string;
                      to: string;
                    }[];
                    phases: {
                      planMs: number;
                      stageMs: number;
                      diffMs: number;
                      applyMs: number;
                      proveMs: number;
                    };
                    attempts: number;
                    proof: {
                      left: {
                        [k: string]: number;
                      };
                      brokenReferences: number;
                      rows: {
                        [k: string]: number;
                      };
                    };
                    transaction: string | null;
                    partial: true;
                    excluded: string[];
                    schema: string | null;
                    startedAt: string;
                    committedAt: string;
                  } | null;
                  schema: string;
                };
                batches?: string[];
                lsn?: string;
                time?: string;
                [k: string]: unknown;
              }[];
              restoreCommits: {
                tenant: string;
                id: string;
                lsn: string;
                time: string;
                unclear?: boolean;
              }[];
              erasures: {
                id: string;
                key: string;
                sha256: string;
                table: string;
                count: number;
                at: string;
              }[];
              archives: {
                id: string;
                key: string;
                sha256: string;
                to: string;
                toTime: string;
                createdAt: string;
                keep: 'monthly' | 'annual';
                rows: number | null;
                storedBytes: number;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/moment': {
    get: {
      parameters: {
        query: {
          /**
           * A moment: a time with its offset, a position or a marker.
           */
          text: string;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * The exact target, for other requests.
               */
              target: string;
              time: string | null;
              reachable: boolean;
              /**
               * Why it cannot be reached.
               */
              why: string | null;
              hint: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/activity': {
    get: {
      parameters: {
        query?: {
          /**
           * A moment: a time with its offset, a position or a marker.
           */
          from?: string;
          /**
           * A moment: a time with its offset, a position or a marker.
           */
          to?: string;
          table?: string;
          bucketSeconds?: number | null;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              unrouted: {
                table: string;
                insert: number;
                update: number;
                delete: number;
                truncate: number;
              }[];
              holes: {
                from: string;
                to: string;
              }[];
              sizeMs: number;
              buckets: {
                from: number;
                to: number;
                unrecorded: number;
                insert: number;
                update: number;
                delete: number;
                truncate: number;
                largest: {
                  xid: number;
                  lsn: string;
                  time: string;
                  tables: {
                    table: string;
                    insert: number;
                    update: number;
                    delete: number;
                    truncate: number;
                  }[];
                }[];
              }[];
              range: {
                from: string;
                to: string;
              };
              spikes: {
                kind: 'insert' | 'update' | 'delete' | 'truncate';
                from: number;
                to: number;
                count: number;
                median: number;
                transaction?: unknown;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/transactions': {
    get: {
      parameters: {
        query?: {
          /**
           * A moment: a time with its offset, a position or a marker.
           */
          from?: string;
          /**
           * A moment: a time with its offset, a position or a marker.
           */
          to?: string;
          table?: string;
          sort?: 'time' | 'changes' | 'inserts' | 'updates' | 'deletes';
          limit?: number;
          /**
           * As the application said it: `job = nightly-*`.
           */
          context?: string;
          changes?: number | null;
          inserts?: number | null;
          updates?: number | null;
          deletes?: number | null;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              transactions: {
                lsn: string;
                time: string;
                xid: number;
                changes: (
                  | {
                      op: 'truncate';
                      table: string;
                    }
                  | {
                      op: 'marker';
                      name: string;
                    }
                  | {
                      op: 'restore';
                      id: string;
                    }
                )[];
                total: number;
                tables: {
                  table: string;
                  insert: number;
                  update: number;
                  delete: number;
                  truncate: number;
                }[];
                context: {
                  [k: string]: string;
                };
              }[];
              more: boolean;
              unrouted: {
                table: string;
                insert: number;
                update: number;
                delete: number;
                truncate: number;
              }[];
              holes: {
                from: string;
                to: string;
              }[];
              truncated: boolean;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/transactions/{transaction}': {
    get: {
      parameters: {
        path: {
          tenant: string;
          transaction: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              transaction: {
                lsn: string;
                time: string;
                xid: number;
                changes: (
                  | {
                      op: 'truncate';
                      table: string;
                    }
                  | {
                      op: 'marker';
                      name: string;
                    }
                  | {
                      op: 'restore';
                      id: string;
                    }
                )[];
                total: number;
                tables: {
                  table: string;
                  insert: number;
                  update: number;
                  delete: number;
                  truncate: number;
                }[];
                context: {
                  [k: string]: string;
                };
              };
              unrouted: {
                table: string;
                insert: number;
                update: number;
                delete: number;
                truncate: number;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/transactions/{transaction}/rows': {
    get: {
      parameters: {
        query?: {
          limit?: number;
          table?: string;
        };
        path: {
          tenant: string;
          transaction: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              tenant: string;
              /**
               * null: nothing of it is known to be of this tenant.
               */
              transaction: {
                /**
                 * Of its commit.
                 */
                lsn: string;
                /**
                 * Server clock at its commit, with microseconds.
                 */
                time: string;
                xid: number;
                /**
                 * All of its changes, counted.
                 */
                tables: {
                  table: string;
                  insert: number;
                  update: number;
                  delete: number;
                  truncate: number;
                }[];
                /**
                 * What the application said about the transaction.
                 */
                context?: {
                  [k: string]: string;
                };
                /**
                 * The first ones. From a function on AWS, which reads no rows for people: those without rows.
                 */
                changes: (
                  | {
                      op: 'insert';
                      table: string;
                      /**
                       * Text by column; null is NULL.
                       */
                      key: {
                        [k: string]: string | null;
                      };
                      /**
                       * Text by column; null is NULL.
                       */
                      row: {
                        [k: string]: string | null;
                      };
                    }
                  | {
                      op: 'update';
                      table: string;
                      /**
                       * Text by column; null is NULL.
                       */
                      key: {
                        [k: string]: string | null;
                      };
                      /**
                       * Text by column; null is NULL.
                       */
                      row: {
                        [k: string]: string | null;
                      };
                      /**
                       * Text by column; null is NULL.
                       */
                      before: {
                        [k: string]: string | null;
                      };
                      /**
                       * The log lacks the previous values: unchanged columns may be listed.
                       */
                      partial?: true;
                    }
                  | {
                      op: 'delete';
                      table: string;
                      /**
                       * Text by column; null is NULL.
                       */
                      key: {
                        [k: string]: string | null;
                      };
                      /**
                       * Text by column; null is NULL.
                       */
                      row?: {
                        [k: string]: string | null;
                      };
                    }
                  | {
                      op: 'truncate';
                      table: string;
                    }
                  | {
                      op: 'marker';
                      name: string;
                    }
                  | {
                      op: 'restore';
                      id: string;
                    }
                )[];
                /**
                 * All, also those that `changes` omits.
                 */
                total: number;
              } | null;
              /**
               * Changes whose tenant only a restore decides.
               */
              unrouted: {
                table: string;
                insert: number;
                update: number;
                delete: number;
                truncate: number;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/counts': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * A time with its offset, or `2 hours ago`.
             */
            to: string;
            /**
             * `missing-only`: only rows that are gone come back.
             */
            mode?: 'exact' | 'missing-only';
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/restore-requests': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            preview: string;
            /**
             * Of the difference that the person saw.
             */
            hash: string;
            reason: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/counts/{work}': {
    get: {
      parameters: {
        path: {
          tenant: string;
          work: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/asked': {
    get: {
      parameters: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              requests: {
                id: string;
                action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                /**
                 * ISO 8601 UTC.
                 */
                askedAt: string;
                /**
                 * ISO 8601 UTC.
                 */
                until: string;
                reason: string;
                /**
                 * What would be done, in sentences.
                 */
                plan: string[];
                approvals: number;
                /**
                 * How many have approved.
                 */
                approved: number;
                /**
                 * The caller asked for it.
                 */
                isOwn: boolean;
                /**
                 * ISO 8601 UTC.
                 */
                endedAt: string | null;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/audit/chain': {
    get: {
      parameters: {
        query?: {
          /**
           * The page begins after this place; 0: from the first.
           */
          after?: number | null;
          limit?: number;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Part of what each signature is over.
               */
              installation: string;
              events: {
                sequence: number;
                /**
                 * What the next event names by its SHA-256. Null: cannot be read.
                 */
                stored: string | null;
                /**
                 * Null: the stored bytes do not open to one.
                 */
                signed: {
                  document: string;
                  signature: {
                    keyId: string;
                    algorithm: 'ECDSA_SHA_256';
                    value: string;
                  };
                } | null;
              }[];
              /**
               * Keys below the chain that are no place of it.
               */
              foreign: string[];
              /**
               * Last place that the catalog knows of.
               */
              known: number;
              next: number | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/audit/anchors': {
    get: {
      parameters: {
        query?: {
          /**
           * The page begins after this place; 0: from the first.
           */
          after?: number | null;
          limit?: number;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              anchors: {
                sequence: number;
                stored: string | null;
                /**
                 * The way from the head to the root of its page (RFC 9162). Null: the chain is not named.
                 */
                proof: {
                  sequence: number;
                  /**
                   * SHA-256, hexadecimal.
                   */
                  sha256: string;
                  index: number;
                  size: number;
                  /**
                   * Items: SHA-256, hexadecimal.
                   */
                  path: string[];
                } | null;
                isPageDamaged: boolean;
              }[];
              next: number | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/public-keys': {
    get: {
      parameters?: {
        query?: {
          /**
           * Default: the current one.
           */
          id?: string;
        };
      };
      responses: {
        200: {
          content: {
            /**
             * Of `audit public-key`.
             */
            'application/json': {
              keyId: string;
              publicKey: string;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/audit': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
          /**
           * Included.
           */
          from?: string;
          /**
           * Not included.
           */
          to?: string;
          /**
           * Part of the name of who acted.
           */
          who?: string;
          action?: string;
          outcome?:
            | 'allowed'
            | 'denied'
            | 'requested'
            | 'approved'
            | 'refused'
            | 'expired'
            | 'cancelled'
            | 'started'
            | 'done'
            | 'failed'
            | 'reviewed';
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              events: {
                who: {
                  name: string;
                  proof: 'iam' | 'oidc' | 'operating-system' | 'schedule';
                  roles: (
                    | 'tenant-administrator'
                    | 'operator'
                    | 'approver'
                    | 'legal-officer'
                    | 'auditor'
                    | 'system-administrator'
                  )[];
                  tenants: string[];
                  from: string;
                };
                action: string;
                outcome:
                  | 'allowed'
                  | 'denied'
                  | 'requested'
                  | 'approved'
                  | 'refused'
                  | 'expired'
                  | 'cancelled'
                  | 'started'
                  | 'done'
                  | 'failed'
                  | 'reviewed';
                request: string;
                planHash: string;
                policies: string[];
                code: string;
                records: {
                  [k: string]: string;
                };
                brokeGlass: true;
                details: {
                  [k: string]: string | number | boolean | null;
                };
                format: 'holdfast.audit-event/1';
                tenant: string;
                sequence: number;
                previous: string | null;
                at: string;
                key: string;
                /**
                 * SHA-256 of the stored object, hexadecimal.
                 */
                sha256: string;
                tenantId: string | null;
                label?: string;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
              /**
               * How far back this page looked, where a filter passes few.
               */
              readTo: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/audit': {
    get: {
      parameters: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
          /**
           * Included.
           */
          from?: string;
          /**
           * Not included.
           */
          to?: string;
          /**
           * Part of the name of who acted.
           */
          who?: string;
          action?: string;
          outcome?:
            | 'allowed'
            | 'denied'
            | 'requested'
            | 'approved'
            | 'refused'
            | 'expired'
            | 'cancelled'
            | 'started'
            | 'done'
            | 'failed'
            | 'reviewed';
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              events: {
                who: {
                  name: string;
                  proof: 'iam' | 'oidc' | 'operating-system' | 'schedule';
                  roles: (
                    | 'tenant-administrator'
                    | 'operator'
                    | 'approver'
                    | 'legal-officer'
                    | 'auditor'
                    | 'system-administrator'
                  )[];
                  tenants: string[];
                  from: string;
                };
                action: string;
                outcome:
                  | 'allowed'
                  | 'denied'
                  | 'requested'
                  | 'approved'
                  | 'refused'
                  | 'expired'
                  | 'cancelled'
                  | 'started'
                  | 'done'
                  | 'failed'
                  | 'reviewed';
                request: string;
                planHash: string;
                policies: string[];
                code: string;
                records: {
                  [k: string]: string;
                };
                brokeGlass: true;
                details: {
                  [k: string]: string | number | boolean | null;
                };
                format: 'holdfast.audit-event/1';
                tenant: string;
                sequence: number;
                previous: string | null;
                at: string;
                key: string;
                /**
                 * SHA-256 of the stored object, hexadecimal.
                 */
                sha256: string;
                tenantId: string | null;
                label?: string;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
              /**
               * How far back this page looked, where a filter passes few.
               */
              readTo: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/audit/export': {
    get: {
      parameters: {
        query?: {
          format?: 'jsonl' | 'ocsf';
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            /**
             * A line of JSON for each event.
             */
            'application/x-ndjson': string;
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/audit/verifications': {
    post: {
      parameters?: {};
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/configuration': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              file: string;
              settings: {
                path: string;
                value: string | null;
                isDefault: boolean;
                description: string;
              }[];
              /**
               * What a patch can change, as it is now.
               */
              editable: {
                keep: {
                  /**
                   * The last snapshot of each day.
                   */
                  dailyDays?: number;
                  /**
                   * The last snapshot of each week.
                   */
                  weeklyDays?: number;
                  /**
                   * The last snapshot of each month.
                   */
                  monthlyDays?: number;
                  /**
                   * The last snapshot of each year.
                   */
                  annualDays?: number;
                  /**
                   * How far back any second can be recovered; also the minimum lock of every object.
                   */
                  logDays?: number;
                  /**
                   * Snapshots that are taken for a reason, by `snapshot --reason`: fixed and locked when each is taken.
                   */
                  reasons?: {
                    /**
                     * Taken before a migration.
                     */
                    'pre-migration'?: number;
                    /**
                     * Taken before maintenance.
                     */
                    'pre-maintenance'?: number;
                    /**
                     * Taken in an incident.
                     */
                    incident?: number;
                    /**
                     * Taken for compliance.
                     */
                    compliance?: number;
                  };
                };
                approvals: {
                  /**
                   * How many people other than the requester must approve. 0: whoever is allowed to request it decides.
                   */
                  approvals: number;
                  /**
                   * Roles whose approval counts.
                   *
                   * @minItems 1
                   */
                  from?: (
                    | 'tenant-administrator'
                    | 'operator'
                    | 'approver'
                    | 'legal-officer'
                    | 'auditor'
                    | 'system-administrator'
                  )[];
                  /**
                   * Whether the tenant’s own administrator is one of the approvers: `no`, `may` or `must`.
                   */
                  tenantAdministrator?: 'no' | 'may' | 'must';
                  /**
                   * Hours after which a request that was not executed expires.
                   */
                  expiresHours?: number;
                  /**
                   * The action that the rule is for.
                   */
                  action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                  tenants?: string[];
                }[];
                messages: {
                  /**
                   * Name in alarms about messages that could not be delivered.
                   */
                  name: string;
                  /**
                   * `slack` and `teams`: incoming webhooks. `signed`: JSON for a program, with an HMAC-SHA-256 signature. `email`: through the server in `mail`.
                   */
                  kind: 'slack' | 'teams' | 'signed' | 'email';
                  /**
                   * Of `email`: addresses of one message.
                   *
                   * @minItems 1
                   * @maxItems 20
                   */
                  to?: string[];
                  /**
                   * Of webhooks: environment variable with the URL, which is a secret.
                   */
                  urlVariable?: string;
                  /**
                   * File with the URL, instead of a variable.
                   */
                  urlFile?: string;
                  /**
                   * Of `signed`: environment variable with the key.
                   */
                  keyVariable?: string;
                  /**
                   * File with the key, instead of a variable.
                   */
                  keyFile?: string;
                  /**
                   * `approvals`: what waits for a decision. `alarms`. `notes`: every other notice.
                   *
                   * @minItems 1
                   */
                  sends?: ('approvals' | 'alarms' | 'notes')[];
                  /**
                   * For so long after a message, repeats of the same event for the same tenant are counted, then sent as one. Default: 15; 0 for programs (`signed`, `eventbridge`).
                   */
                  repeatMinutes?: number;
                  /**
                   * Hours in which only critical alarms and requests for approval are sent; the rest is sent when they end.
                   */
                  quiet?: {
                    /**
                     * IANA time zone of both times, for example Europe/Berlin.
                     */
                    zone: string;
                    /**
                     * When they begin, for example 22:00.
                     */
                    from: string;
                    /**
                     * When they end, for example 07:00: earlier than `from` means the next day.
                     */
                    to: string;
                  };
                  /**
                   * Escalation: is sent only alarms, and only those that nobody acknowledged within so many minutes.
                   */
                  afterMinutes?: number;
                }[];
                drills: {
                  template: string | null;
                  acceptanceSql: string | null;
                  regionVault: string | null;
                  regionKeys: string | null;
                  testInstallation: boolean;
                };
              };
              model: {
                /**
                 * Where the names of tenants are: `schema.table.column`.
                 */
                label: string | null;
                tables: {
                  table: string;
                  kind: 'root' | 'direct' | 'via' | 'shared' | 'excluded' | 'undecided';
                  component: 'data' | 'configuration' | 'users' | 'customizations' | 'audit';
                  /**
                   * By which the tenant is found; empty where no rows are backed up.
                   */
                  columns: string[];
                  /**
                   * Tables on the way to the tenant.
                   */
                  via: string[];
                  reason: string | null;
                }[];
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/configuration/patch': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            /**
             * Retention in days.
             */
            keep?: {
              /**
               * The last snapshot of each day.
               */
              dailyDays?: number | null;
              /**
               * The last snapshot of each week.
               */
              weeklyDays?: number | null;
              /**
               * The last snapshot of each month.
               */
              monthlyDays?: number | null;
              /**
               * The last snapshot of each year.
               */
              annualDays?: number | null;
              /**
               * How far back any second can be recovered; also the minimum lock of every object.
               */
              logDays?: number | null;
            };
            /**
             * Days, by the reason of a snapshot.
             */
            keepReasons?: {
              'pre-migration'?: number | null;
              'pre-maintenance'?: number | null;
              incident?: number | null;
              compliance?: number | null;
            };
            /**
             * All of them, in place of those before.
             *
             * @maxItems 100
             */
            approvals?:
              | {
                  /**
                   * How many people other than the requester must approve. 0: whoever is allowed to request it decides.
                   */
                  approvals: number;
                  /**
                   * Roles whose approval counts.
                   *
                   * @minItems 1
                   */
                  from?: (
                    | 'tenant-administrator'
                    | 'operator'
                    | 'approver'
                    | 'legal-officer'
                    | 'auditor'
                    | 'system-administrator'
                  )[];
                  /**
                   * Whether the tenant’s own administrator is one of the approvers: `no`, `may` or `must`.
                   */
                  tenantAdministrator?: 'no' | 'may' | 'must';
                  /**
                   * Hours after which a request that was not executed expires.
                   */
                  expiresHours?: number;
                  /**
                   * The action that the rule is for.
                   */
                  action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                  tenants?: string[];
                }[]
              | null;
            /**
             * All of them, in place of those before.
             *
             * @maxItems 50
             */
            messages?:
              | {
                  /**
                   * Name in alarms about messages that could not be delivered.
                   */
                  name: string;
                  /**
                   * `slack` and `teams`: incoming webhooks. `signed`: JSON for a program, with an HMAC-SHA-256 signature. `email`: through the server in `mail`.
                   */
                  kind: 'slack' | 'teams' | 'signed' | 'email';
                  /**
                   * Of `email`: addresses of one message.
                   *
                   * @minItems 1
                   * @maxItems 20
                   */
                  to?: string[];
                  /**
                   * Of webhooks: environment variable with the URL, which is a secret.
                   */
                  urlVariable?: string;
                  /**
                   * File with the URL, instead of a variable.
                   */
                  urlFile?: string;
                  /**
                   * Of `signed`: environment variable with the key.
                   */
                  keyVariable?: string;
                  /**
                   * File with the key, instead of a variable.
                   */
                  keyFile?: string;
                  /**
                   * `approvals`: what waits for a decision. `alarms`. `notes`: every other notice.
                   *
                   * @minItems 1
                   */
                  sends?: ('approvals' | 'alarms' | 'notes')[];
                  /**
                   * For so long after a message, repeats of the same event for the same tenant are counted, then sent as one. Default: 15; 0 for programs (`signed`, `eventbridge`).
                   */
                  repeatMinutes?: number;
                  /**
                   * Hours in which only critical alarms and requests for approval are sent; the rest is sent when they end.
                   */
                  quiet?: {
                    /**
                     * IANA time zone of both times, for example Europe/Berlin.
                     */
                    zone: string;
                    /**
                     * When they begin, for example 22:00.
                     */
                    from: string;
                    /**
                     * When they end, for example 07:00: earlier than `from` means the next day.
                     */
                    to: string;
                  };
                  /**
                   * Escalation: is sent only alarms, and only those that nobody acknowledged within so many minutes.
                   */
                  afterMinutes?: number;
                }[]
              | null;
            drills?: {
              template?: string | null;
              acceptanceSql?: string | null;
              regionVault?: string | null;
              regionKeys?: string | null;
              testInstallation?: boolean | null;
            };
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              file: string;
              /**
               * For `git apply` or `patch -p1`; empty where nothing changes.
               */
              patch: string;
              /**
               * Fields whose value changes.
               */
              changed: string[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/configuration/findings': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              server?: {
                [k: string]: unknown;
              };
              ok: boolean;
              findings: {
                code: string;
                severity: 'error' | 'warning' | 'info';
                table: string | null;
                message: string;
                sql: string[];
                /**
                 * --fix can run it.
                 */
                safe: boolean;
                advice?: string;
              }[];
              execution?: string;
              leftOut?: number;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/destructions': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              destructions: {
                tenant: string;
                number: number;
                stage: 'interrupted' | 'counting' | 'due' | 'certified' | 'complete' | 'cancelled';
                orderedAt: string;
                requestedBy: string;
                /**
                 * End of the countdown.
                 */
                deletionDate: string | null;
                /**
                 * Changes that the application wrote since, and that were not stored.
                 */
                discarded: number;
                tenantId: string | null;
                label?: string;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/destruction': {
    get: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              destruction: {
                tenant: string;
                number: number;
                stage: 'interrupted' | 'counting' | 'due' | 'certified' | 'complete' | 'cancelled';
                orderedAt: string;
                requestedBy: string;
                /**
                 * End of the countdown.
                 */
                deletionDate: string | null;
                /**
                 * Changes that the application wrote since, and that were not stored.
                 */
                discarded: number;
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Why, for the records.
             */
            reason: string;
            /**
             * Reference in your own system.
             */
            ticket?: string;
            /**
             * The reference of the tenant, typed again.
             */
            confirm: string;
            /**
             * Length of the countdown.
             */
            days?: number;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Its id: `GET /tenants/{tenant}/requests/{id}` follows it.
               */
              request: string;
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              /**
               * `approved`: it needs nobody else, and can be executed.
               */
              state: 'waiting' | 'approved';
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many others must approve.
               */
              approvals: number;
              until: string;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/destruction/plan': {
    get: {
      parameters: {
        query?: {
          days?: number;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              planHash: string;
              sentences: string[];
              plan: {
                format: 'holdfast.destruction-plan/1';
                tenant: string;
                days: number;
                mode: 'file' | 'dedicated' | 'pooled';
                keys: {
                  id: string;
                  region: string;
                }[];
                copies: {
                  region: string;
                  kind: string;
                  objects: number;
                  bytes: number;
                  lockedUntil: string | null;
                }[];
                log: {
                  runs: number;
                  bytes: number;
                  lockedUntil: string | null;
                } | null;
                catalog: {
                  [k: string]: number;
                };
                staging: string[] | null;
                live:
                  | {
                      table: string;
                      rows: number;
                    }[]
                  | null;
                stays: {
                  [k: string]: number;
                };
                outside: {
                  what: string;
                  ends: string;
                }[];
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/destruction/cancel': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Why, for the records.
             */
            reason: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              destruction: {
                tenant: string;
                number: number;
                stage: 'interrupted' | 'counting' | 'due' | 'certified' | 'complete' | 'cancelled';
                orderedAt: string;
                requestedBy: string;
                /**
                 * End of the countdown.
                 */
                deletionDate: string | null;
                /**
                 * Changes that the application wrote since, and that were not stored.
                 */
                discarded: number;
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/destruction/finish': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/destruction/certificate': {
    get: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              certified: {
                certificate: {
                  format: 'holdfast.destruction-certificate/1';
                  tenant: string;
                  number: number;
                  nameDigest: string | null;
                  method: string;
                  mode: 'file' | 'dedicated' | 'pooled';
                  keys: {
                    id: string;
                    region: string;
                  }[];
                  deletionDate: string;
                  orderedAt: string;
                  certifiedAt: string;
                  responsible: {
                    request: string;
                    requestedBy: string;
                    approvedBy: string[];
                    reason: string;
                    ticket: string;
                    planHash: string;
                    brokeGlass: boolean;
                  };
                  order: string;
                  proof: {
                    region: string;
                    kind: string;
                    key: string;
                    sha256: string;
                    result: 'key-destroyed';
                  }[];
                  copies: {
                    region: string;
                    kind: string;
                    objects: number;
                    bytes: number;
                    lockedUntil: string | null;
                  }[];
                  log: {
                    runs: number;
                    bytes: number;
                    lockedUntil: string | null;
                  } | null;
                  outside: {
                    what: string;
                    ends: string;
                  }[];
                  discarded: {
                    transactions: number;
                    changes: number;
                  } | null;
                  verify: string[];
                };
                appendix: {
                  format: 'holdfast.destruction-appendix/1';
                  tenant: string;
                  number: number;
                  certificate: string;
                  at: string;
                  regions: string[];
                } | null;
                key: string;
                file: string;
                keyId: string;
                publicKey: string;
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/drills/due': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              due: {
                kind: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region' | 'game-day';
                /**
                 * Beginning of the last that was proved; null: never.
                 */
                last: string | null;
                due: string;
                state: 'done' | 'due' | 'late';
              }[];
              /**
               * The newest of each kind, whatever its outcome.
               */
              newest: {
                id: string;
                kind: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region' | 'game-day';
                outcome: 'passed' | 'slow' | 'failed';
                startedBy: string;
                startedAt: string;
                endedAt: string;
                /**
                 * Tenants that were restored or tried.
                 */
                tenants: number;
                /**
                 * Of the tenant that was nearest to its objective, or beyond it; null: nothing was restored.
                 */
                recovery: {
                  ms: number;
                  objectiveMs: number;
                } | null;
                /**
                 * Of the whole system: what all tenants would take.
                 */
                predictedMs: number | null;
                /**
                 * What went wrong; empty if it passed.
                 */
                findings: string[];
              }[];
              /**
               * Copies in another region are configured.
               */
              hasRegion: boolean;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/drills': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
          kind?: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region' | 'game-day';
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              drills: {
                id: string;
                kind: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region' | 'game-day';
                outcome: 'passed' | 'slow' | 'failed';
                startedBy: string;
                startedAt: string;
                endedAt: string;
                /**
                 * Tenants that were restored or tried.
                 */
                tenants: number;
                /**
                 * Of the tenant that was nearest to its objective, or beyond it; null: nothing was restored.
                 */
                recovery: {
                  ms: number;
                  objectiveMs: number;
                } | null;
                /**
                 * Of the whole system: what all tenants would take.
                 */
                predictedMs: number | null;
                /**
                 * What went wrong; empty if it passed.
                 */
                findings: string[];
              }[];
              /**
               * Keys of records on this page that do not verify.
               */
              altered: string[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            /**
             * Game days damage an installation: they are run by the command alone.
             */
            kind: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region';
            /**
             * Default: those that wait longest.
             *
             * @minItems 1
             * @maxItems 1000
             */
            tenants?: string[];
            /**
             * Default: a random moment of each window.
             */
            moment?: string;
            count?: number;
            seed?: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/drills/{drill}': {
    get: {
      parameters: {
        path: {
          drill: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              format: 'holdfast.drill-record/1';
              id: string;
              kind: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region' | 'game-day';
              installation: string;
              startedBy: string;
              startedAt: string;
              endedAt: string;
              outcome: 'passed' | 'slow' | 'failed';
              seed: string;
              scratch: {
                place: 'outside' | 'source';
                server: string;
                database: string;
              } | null;
              findings: string[];
              phases: {
                phase: string;
                ms: number;
              }[];
              tenants: {
                tenant: string;
                tier: 'critical' | 'standard' | 'historical' | 'archive';
                objectiveMs: number;
                outcome: 'passed' | 'slow' | 'failed';
                restore: {
                  moment: string;
                  target: string;
                  phases: {
                    planMs: number;
                    stageMs: number;
                    diffMs: number;
                    applyMs: number;
                    proveMs: number;
                  };
                  recoveryMs: number;
                  predictedStageMs: number | null;
                  bytes: number;
                  rows: number;
                  tables: {
                    table: string;
                    rows: number;
                    found: number;
                  }[];
                  differing: number;
                  brokenReferences: number;
                  foreignKeys: number;
                  snapshot: string;
                  backup: {
                    rows: number;
                    tables: number;
                  } | null;
                } | null;
                refused: {
                  moment: string;
                  code: string;
                }[];
                problem: {
                  code: string;
                  message: string;
                } | null;
              }[];
              contention?: {
                atOnce: number;
                singlyMs: number;
                elapsedMs: number;
                longestSinglyMs: number;
                longestMs: number;
              };
              prediction?: {
                tenants: number;
                bytes: number;
                restoredTenants: number;
                restoredBytes: number;
                elapsedMs: number;
                atOnce: number;
                predictedMs: number;
              };
              accidents?: {
                accident: 'delete' | 'overwrite' | 'wipe';
                damaged: number;
                preview: {
                  inserts: number;
                  updates: number;
                  deletes: number;
                };
                restored: boolean;
                undone: boolean;
                previewMs: number;
                restoreMs: number;
                undoMs: number;
              }[];
              faults?: {
                fault:
                  | 'slot-dropped'
                  | 'shipper-stopped'
                  | 'object-damaged'
                  | 'key-disabled'
                  | 's3-throttled'
                  | 'database-restarted'
                  | 'failover-in-restore';
                expected: string | null;
                raised: string[];
                alarmMs: number | null;
                mended: boolean;
                problem: {
                  code: string;
                  message: string;
                } | null;
              }[];
              failover?: {
                region: string;
                from: string | null;
                planned: boolean;
                fenced: string[];
                automatic: {
                  state: string;
                  term: number;
                };
                unreachable: string[];
                replica: {
                  role: 'replica' | 'primary';
                  lagSeconds: number | null;
                };
                newest: {
                  position: string;
                  time: string;
                } | null;
                missingRuns: number | null;
                behind: {
                  tenant: string;
                  newest: string | null;
                }[];
                tenants: number;
              };
              acceptance: {
                by: 'sql' | 'hook';
                tenant: string | null;
                checks: {
                  check: string;
                  ok: boolean;
                }[];
                problem: {
                  code: string;
                  message: string;
                } | null;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/evidence': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              bundles: {
                framework: 'gdpr' | 'ccpa' | 'hipaa' | 'sox' | 'soc2' | 'iso27001' | 'dora';
                from: string;
                to: string;
                at: string;
                tenant: string | null;
                id: string;
                /**
                 * Its files can be downloaded; otherwise whoever made it has them.
                 */
                isKept: boolean;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            framework: 'gdpr' | 'ccpa' | 'hipaa' | 'sox' | 'soc2' | 'iso27001' | 'dora';
            /**
             * Included.
             */
            from: string;
            /**
             * Not included; default: now.
             */
            to?: string;
            /**
             * Only this tenant.
             */
            tenant?: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/evidence/{id}': {
    get: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              framework: 'gdpr' | 'ccpa' | 'hipaa' | 'sox' | 'soc2' | 'iso27001' | 'dora';
              from: string;
              to: string;
              at: string;
              tenant: string | null;
              id: string;
              title: string;
              controls: {
                id: string;
                title: string;
                state: 'met' | 'partly-met' | 'not-met';
                missing: string[];
                asks: string;
                questions: string[];
              }[];
              files: {
                name: string;
                bytes: number;
              }[];
              /**
               * Of `evidence verify`.
               */
              verification: {
                /**
                 * Exit code 3 if not.
                 */
                ok: boolean;
                keyId: string | null;
                framework: string | null;
                from: string | null;
                to: string | null;
                files: {
                  name: string;
                  ok: boolean;
                }[];
                problems: string[];
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/evidence/{id}/files': {
    get: {
      parameters: {
        path: {
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            /**
             * A tar file.
             */
            'application/x-tar': string;
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/executions/{execution}': {
    get: {
      parameters: {
        path: {
          tenant: string;
          execution: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/holds': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              holds: {
                tenant: string;
                hold: string;
                /**
                 * Null where the record does not verify: the hold stands.
                 */
                matter: string | null;
                at: string | null;
                /**
                 * The first moment that must stay recoverable; null: everything that there is.
                 */
                from: string | null;
                reviewBy: string | null;
                /**
                 * Not shown to the tenant’s administrator.
                 */
                hidden: boolean;
                /**
                 * False where its record, or a release, was not signed by this installation.
                 */
                signed: boolean;
                tenantId: string | null;
                label?: string;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/holds': {
    get: {
      parameters: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              holds: {
                tenant: string;
                hold: string;
                /**
                 * Null where the record does not verify: the hold stands.
                 */
                matter: string | null;
                at: string | null;
                /**
                 * The first moment that must stay recoverable; null: everything that there is.
                 */
                from: string | null;
                reviewBy: string | null;
                /**
                 * Not shown to the tenant’s administrator.
                 */
                hidden: boolean;
                /**
                 * False where its record, or a release, was not signed by this installation.
                 */
                signed: boolean;
                tenantId: string | null;
                label?: string;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Why, for the records.
             */
            reason: string;
            /**
             * Reference in your own system.
             */
            ticket?: string;
            matter: string;
            /**
             * The first moment that must stay recoverable; null: everything.
             */
            from?: string | null;
            reviewBy?: string | null;
            /**
             * Not shown to the tenant’s administrator.
             */
            hidden?: boolean;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Its id: `GET /tenants/{tenant}/requests/{id}` follows it.
               */
              request: string;
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              /**
               * `approved`: it needs nobody else, and can be executed.
               */
              state: 'waiting' | 'approved';
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many others must approve.
               */
              approvals: number;
              until: string;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/matters/{hold}': {
    get: {
      parameters: {
        path: {
          hold: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              matter: string | null;
              holds: {
                tenant: string;
                hold: string;
                /**
                 * Null where the record does not verify: the hold stands.
                 */
                matter: string | null;
                at: string | null;
                /**
                 * The first moment that must stay recoverable; null: everything that there is.
                 */
                from: string | null;
                reviewBy: string | null;
                /**
                 * Not shown to the tenant’s administrator.
                 */
                hidden: boolean;
                /**
                 * False where its record, or a release, was not signed by this installation.
                 */
                signed: boolean;
                requestedBy: string | null;
                approvedBy: string[];
                reason: string | null;
                /**
                 * The last proof that everything is held.
                 */
                certificate: {
                  format: 'holdfast.hold-certificate/1';
                  tenant: string;
                  hold: string;
                  at: string;
                  /**
                   * @minItems 1
                   */
                  regions: {
                    region: string;
                    objects: number;
                    bytes: number;
                  }[];
                  copiedRuns: number;
                } | null;
                tenantId: string | null;
                label?: string;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/holds/{hold}': {
    get: {
      parameters: {
        path: {
          tenant: string;
          hold: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              tenant: string;
              hold: string;
              /**
               * Null where the record does not verify: the hold stands.
               */
              matter: string | null;
              at: string | null;
              /**
               * The first moment that must stay recoverable; null: everything that there is.
               */
              from: string | null;
              reviewBy: string | null;
              /**
               * Not shown to the tenant’s administrator.
               */
              hidden: boolean;
              /**
               * False where its record, or a release, was not signed by this installation.
               */
              signed: boolean;
              requestedBy: string | null;
              approvedBy: string[];
              reason: string | null;
              /**
               * The last proof that everything is held.
               */
              certificate: {
                format: 'holdfast.hold-certificate/1';
                tenant: string;
                hold: string;
                at: string;
                /**
                 * @minItems 1
                 */
                regions: {
                  region: string;
                  objects: number;
                  bytes: number;
                }[];
                copiedRuns: number;
              } | null;
              tenantId: string | null;
              label?: string;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/holds/{hold}/release': {
    post: {
      parameters: {
        path: {
          tenant: string;
          hold: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Why, for the records.
             */
            reason: string;
            /**
             * Reference in your own system.
             */
            ticket?: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Its id: `GET /tenants/{tenant}/requests/{id}` follows it.
               */
              request: string;
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              /**
               * `approved`: it needs nobody else, and can be executed.
               */
              state: 'waiting' | 'approved';
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many others must approve.
               */
              approvals: number;
              until: string;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/holds/verify': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/previews': {
    get: {
      parameters: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
          /**
           * Only those whose rows are still in the database.
           */
          kept?: 'true' | 'false';
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              previews: {
                id: string;
                createdAt: string;
                requestedBy: string;
                /**
                 * The caller made it, and can ask for its restore.
                 */
                isOwn: boolean;
                /**
                 * False: its rows are gone from the database, and it cannot be applied.
                 */
                isKept: boolean;
                /**
                 * Null: until it is applied or dropped; or it is gone.
                 */
                keptUntil: string | null;
                mode: 'exact' | 'missing-only' | 'columns' | 'merge';
                /**
                 * The restore that it takes back.
                 */
                undoes: string | null;
                /**
                 * How many transactions it takes back, or all since the target; null: it is no such preview.
                 */
                takesBack: number | 'all' | null;
                /**
                 * As it was asked for.
                 */
                target: string;
                /**
                 * Of the target, where it was given as a time.
                 */
                targetTime: string | null;
                totals: {
                  inserts: number;
                  updates: number;
                  deletes: number;
                  rows: number;
                };
              }[];
              /**
               * Plans that were met and cannot be read: altered, or of another version. They cannot be applied.
               */
              unreadable: {
                id: string;
                code: string;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * As it was at that moment. Exactly one of target, revert and undo is given.
             */
            target?: string;
            /**
             * What these transactions did is taken back; what came later stays.
             */
            revert?: {
              /**
               * @maxItems 1000
               *
               * Items: Id of a transaction, or the position of its commit.
               */
              transactions?: string[];
              /**
               * Every transaction with this context: `job = nightly-*`.
               */
              context?: string;
              /**
               * A moment: a time with its offset, a position or a marker.
               */
              from?: string;
              /**
               * A moment: a time with its offset, a position or a marker.
               */
              to?: string;
            };
            /**
             * What that restore wrote is taken back. `exact`: also what was written since.
             */
            undo?: {
              restore: string;
              exact?: boolean;
            };
            mode?: 'exact' | 'missing-only' | 'merge';
            /**
             * With mode merge: transactions that are not taken back.
             *
             * @maxItems 1000
             *
             * Items: Id of a transaction, or the position of its commit.
             */
            keep?: string[];
            /**
             * Also take back what was changed again since.
             */
            overwrite?: boolean;
            /**
             * @maxItems 1000
             */
            tables?: string[];
            components?: ('data' | 'configuration' | 'users' | 'customizations' | 'audit')[];
            /**
             * @maxItems 1000
             */
            exclude?: string[];
            rows?: {
              [k: string]: string;
            };
            keys?: {
              /**
               * @minItems 1
               * @maxItems 10000
               */
              [k: string]: string[][];
            };
            columns?: {
              /**
               * @minItems 1
               */
              [k: string]: string[];
            };
            withChildren?: boolean;
            reason?: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/alarms': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            /**
             * `messages list`.
             */
            'application/json': {
              alarms: {
                format: 'holdfast.alarm/1';
                id: string;
                kind:
                  | 'backup-late'
                  | 'backup-failed'
                  | 'integrity'
                  | 'window-shrunk'
                  | 'approval-wanted'
                  | 'restore'
                  | 'drill'
                  | 'hold'
                  | 'destruction'
                  | 'fail-over'
                  | 'status-change'
                  | 'accident'
                  | 'audit'
                  | 'installation';
                severity: 'critical' | 'warning';
                tenant: string | null;
                message: string;
                firstAt: string;
                lastAt: string;
                count: number;
                acknowledged: {
                  by: string;
                  at: string;
                  reason: string;
                } | null;
                endedAt: string | null;
              }[];
              /**
               * Messages that wait to be sent. Null on AWS.
               */
              waiting: number | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/alarms/acknowledgement': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            /**
             * Its id.
             */
            alarm: string;
            /**
             * What you do about it.
             */
            reason?: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            /**
             * The alarm, as acknowledged.
             */
            'application/json': {
              format: 'holdfast.alarm/1';
              id: string;
              kind:
                | 'backup-late'
                | 'backup-failed'
                | 'integrity'
                | 'window-shrunk'
                | 'approval-wanted'
                | 'restore'
                | 'drill'
                | 'hold'
                | 'destruction'
                | 'fail-over'
                | 'status-change'
                | 'accident'
                | 'audit'
                | 'installation';
              severity: 'critical' | 'warning';
              tenant: string | null;
              message: string;
              firstAt: string;
              lastAt: string;
              count: number;
              acknowledged: {
                by: string;
                at: string;
                reason: string;
              } | null;
              endedAt: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/recipients/test': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            /**
             * Only to this one.
             */
            recipient?: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            /**
             * `messages test`. Exit code 7 where a recipient did not accept it.
             */
            'application/json': {
              tested: {
                recipient: string;
                /**
                 * Null: it accepted the test.
                 */
                failed: string | null;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/cost': {
    get: {
      parameters?: {
        query?: {
          /**
           * Default: as in the catalog.
           */
          tenants?: number;
          /**
           * Default: as in the deployment.
           */
          keys?: 'dedicated' | 'pooled';
          /**
           * Regions with a copy of the vault. Default: as in the deployment.
           */
          regions?: '1' | '2' | '3';
          /**
           * How functions reach the services of AWS.
           */
          network?: 'endpoints' | 'nat' | 'there';
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              tenants: number;
              /**
               * Dollars a month by list price, without free tiers.
               */
              usd: number;
              usdPerTenant: number;
              lines: {
                /**
                 * Service.
                 */
                group: string;
                name: string;
                usd: number;
                arithmetic: string;
              }[];
              profile: {
                tenants: number;
                /**
                 * Rows of an average tenant.
                 */
                tenantBytes: number;
                /**
                 * Change log of an average tenant.
                 */
                changedBytesPerDay: number;
                /**
                 * Share of tenants with a change.
                 */
                active: {
                  minute: number;
                  hour: number;
                  day: number;
                };
                newChunkShare: number;
                tables: number;
                /**
                 * Figures of the catalog; the others are assumed.
                 */
                counted?: string[];
              };
              keys: 'dedicated' | 'pooled';
              assumptions: {
                [k: string]: number | string;
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/advice': {
    get: {
      parameters?: {
        query?: {
          /**
           * Default: as in the catalog.
           */
          tenants?: number;
          /**
           * Default: as in the deployment.
           */
          keys?: 'dedicated' | 'pooled';
          /**
           * Regions with a copy of the vault. Default: as in the deployment.
           */
          regions?: '1' | '2' | '3';
          /**
           * How functions reach the services of AWS.
           */
          network?: 'endpoints' | 'nat' | 'there';
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Dollars a month as deployed.
               */
              usd: number;
              tenants: number;
              /**
               * Figures of the catalog; the others are assumed.
               */
              counted: string[];
              advice: {
                id: string;
                change: string;
                /**
                 * Dollars a month; negative: it costs more.
                 */
                savesUsd: number;
                recoveryPoint: string;
                recoveryTime: string;
                note: string;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/tables': {
    get: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              tables: {
                table: string;
                component: 'data' | 'configuration' | 'users' | 'customizations' | 'audit';
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/previews/{preview}': {
    get: {
      parameters: {
        path: {
          tenant: string;
          preview: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              /**
               * Its reference.
               */
              tenant: string;
              tenantId: string;
              label?: string;
              createdAt: string;
              /**
               * False: its rows are gone from the database, and it cannot be applied.
               */
              isKept: boolean;
              /**
               * Null: until it is applied or dropped; or it is gone.
               */
              keptUntil: string | null;
              /**
               * The command line that does the same.
               */
              command: string;
              /**
               * How many must approve the restore.
               */
              approvals: number;
              /**
               * The caller made it, and can ask for its restore.
               */
              isOwn: boolean;
              /**
               * Without samples.
               */
              preview: {
                format: 'holdfast.preview/1';
                request: {
                  format?: 'holdfast.restore-request/1';
                  tenant: string;
                  target: string;
                  mode?: 'exact' | 'missing-only' | 'columns' | 'merge';
                  tables?: string[];
                  components?: ('data' | 'configuration' | 'users' | 'customizations' | 'audit')[];
                  exclude: string[];
                  rows?: {
                    [k: string]: string;
                  };
                  keys?: {
                    /**
                     * @minItems 1
                     */
                    [k: string]: string[][];
                  };
                  columns?: {
                    /**
                     * @minItems 1
                     */
                    [k: string]: string[];
                  };
                  undoes: string;
                  reverts: {
                    until: string;
                    /**
                     * @minItems 1
                     * @maxItems 1000
                     */
                    only: string[];
                    /**
                     * @minItems 1
                     * @maxItems 1000
                     */
                    except: string[];
                  };
                  overwrite: true;
                  group: string;
                  withChildren?: boolean;
                  sideBySide?: boolean;
                  into?: string;
                  asTenant?: string;
                  mapped: {
                    [k: string]: {
                      [k: string]: string;
                    };
                  };
                  batches?: number;
                  requestedBy?: string;
                  approvedBy?: string[];
                  reason?: string;
                  samples?: number;
                };
                target: string;
                targetTime: string | null;
                staging: string;
                tables: {
                  table: string;
                  inserts: number;
                  updates: number;
                  deletes: number;
                  bornAfter: number;
                  alongside: number;
                  columns: {
                    [k: string]: number;
                  };
                  samples: {
                    op: 'insert' | 'update' | 'delete';
                    key: {
                      [k: string]: string | null;
                    };
                    about: {
                      [k: string]: string | null;
                    };
                    changes: {
                      [k: string]: {
                        now: string | null;
                        target: string | null;
                      };
                    };
                  }[];
                }[];
                totals: {
                  inserts: number;
                  updates: number;
                  deletes: number;
                  rows: number;
                };
                conflicts: {
                  code:
                    | 'key-of-another-tenant'
                    | 'unique-taken'
                    | 'unique-taken-elsewhere'
                    | 'missing-parent'
                    | 'parent-of-another-tenant'
                    | 'still-referenced'
                    | 'still-referenced-elsewhere'
                    | 'cast-failed'
                    | 'lossy-cast'
                    | 'not-null'
                    | 'new-column-without-value'
                    | 'check-violated'
                    | 'partition-missing'
                    | 'cycle-needs-privilege'
                    | 'foreign-row'
                    | 'owned-otherwise'
                    | 'tenant-exists'
                    | 'changed-since'
                    | 'table-missing'
                    | 'table-unowned'
                    | 'table-without-key'
                    | 'table-not-in-backup'
                    | 'table-undecided';
                  table: string;
                  about: string;
                  count: number;
                  explanation: string;
                  blocking: boolean;
                  by: {
                    xid: number;
                    lsn: string;
                    time: string;
                    rows: number;
                  }[];
                }[];
                notes: {
                  code:
                    | 'column-gained'
                    | 'column-lost'
                    | 'column-renamed'
                    | 'column-retyped'
                    | 'table-renamed'
                    | 'table-added'
                    | 'table-lost'
                    | 'table-unprotected'
                    | 'kept'
                    | 'left-out'
                    | 'not-compared'
                    | 'trigger-fires'
                    | 'rule-fires'
                    | 'erased'
                    | 'keys-remapped'
                    | 'not-checked'
                    | 'staging'
                    | 'alongside'
                    | 'children-stay-away'
                    | 'changed-since'
                    | 'cluster-backup';
                  table: string | null;
                  text: string;
                }[];
                sequences: {
                  sequence: string;
                  table: string;
                  column: string;
                  now: string;
                  to: string;
                }[];
                triggersSuppressed: boolean;
                measured: {
                  planMs: number;
                  stageMs: number;
                  diffMs: number;
                };
                predictedApplyMs: number;
                diffDigest: string;
                hash: string;
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/previews/{preview}/drop': {
    post: {
      parameters: {
        path: {
          tenant: string;
          preview: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              dropped: true;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/previews/{preview}/rows': {
    get: {
      parameters: {
        query: {
          /**
           * As the preview names it.
           */
          table: string;
          kind?: 'insert' | 'update' | 'delete';
          /**
           * Only rows in which this column changes.
           */
          column?: string;
          cursor?: string;
          limit?: number;
        };
        path: {
          tenant: string;
          preview: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              table: string;
              columns: {
                name: string;
                type: string;
                isKey: boolean;
                /**
                 * Says whose the row is: the same in all rows.
                 */
                isTenant: boolean;
                /**
                 * Sensitive by the tenant model.
                 */
                isMasked: boolean;
              }[];
              rows: {
                id: string;
                kind: 'insert' | 'update' | 'delete';
                /**
                 * Not asked for: others need it, or would be left behind without it.
                 */
                alongside: boolean;
                /**
                 * Positions of the columns that change.
                 */
                changed: number[];
                /**
                 * As it is now; null: it is not there.
                 */
                before: (string | null)[] | null;
                /**
                 * As it will be; null: it will not be there.
                 */
                after: (string | null)[] | null;
                /**
                 * The application changed the row since: the restore will be refused.
                 */
                isStale: boolean;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/previews/{preview}/samples': {
    get: {
      parameters: {
        query: {
          /**
           * As the preview names it.
           */
          table: string;
          kind?: 'insert' | 'update' | 'delete';
          /**
           * Only rows in which this column changes.
           */
          column?: string;
        };
        path: {
          tenant: string;
          preview: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              table: string;
              columns: {
                name: string;
                type: string;
                isKey: boolean;
                /**
                 * Says whose the row is: the same in all rows.
                 */
                isTenant: boolean;
                /**
                 * Sensitive by the tenant model.
                 */
                isMasked: boolean;
              }[];
              rows: {
                id: string;
                kind: 'insert' | 'update' | 'delete';
                /**
                 * Not asked for: others need it, or would be left behind without it.
                 */
                alongside: boolean;
                /**
                 * Positions of the columns that change.
                 */
                changed: number[];
                /**
                 * As it is now; null: it is not there.
                 */
                before: (string | null)[] | null;
                /**
                 * As it will be; null: it will not be there.
                 */
                after: (string | null)[] | null;
                /**
                 * The application changed the row since: the restore will be refused.
                 */
                isStale: boolean;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/backups': {
    get: {
      parameters: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
          kind?: 'snapshot' | 'incremental';
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              backups: {
                id: string;
                kind: 'snapshot' | 'incremental';
                key: string;
                sha256: string;
                from: string;
                to: string;
                fromTime: string;
                toTime: string;
                createdAt: string;
                rows: number;
                bytes: number;
                storedBytes: number;
                chunks: number;
                reusedChunks: number;
                durationMs: number;
                reason: string;
                read?: 'full' | 'changed';
                verified?: {
                  at: string;
                  ok: boolean;
                };
                source?: {
                  system: string;
                  timeline: number;
                  left?: {
                    timeline: number;
                    at: string;
                  }[];
                };
                keepUntil?: string;
              }[];
              total: number;
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/archives': {
    get: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            /**
             * Of `archive list`.
             */
            'application/json': {
              archives: {
                id: string;
                key: string;
                sha256: string;
                to: string;
                toTime: string;
                createdAt: string;
                keep: 'monthly' | 'annual';
                rows: number | null;
                storedBytes: number;
                /**
                 * Its reference, as in names of objects.
                 */
                tenant: string;
                /**
                 * Kept until then by the retention that is configured.
                 */
                until: string;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * How long.
             */
            keep: 'monthly' | 'annual';
            /**
             * The moment, as for a restore. Default: the newest.
             */
            to?: string;
            reason?: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/snapshots': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Some have a retention of their own.
             */
            reason?:
              'manual' | 'migration' | 'maintenance' | 'pre-migration' | 'pre-maintenance' | 'incident' | 'compliance';
            /**
             * Read every row, and compare with what the log reports as unchanged.
             */
            fullRead?: boolean;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/verifications': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Id of a snapshot. Default: the newest, and the log after it.
             */
            backup?: string;
            /**
             * Compare the state rebuilt for this moment with the live rows instead.
             */
            live?: boolean;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/archives/verifications': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Its id. Default: all.
             */
            archive?: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/regions': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Null: the installation has one region, which is always active.
               */
              status: {
                /**
                 * Where this was asked.
                 */
                region: string;
                home: string;
                /**
                 * Null while a fail-over runs.
                 */
                active: string | null;
                phase: 'healthy' | 'suspected' | 'failing-over' | 'active-elsewhere' | 'failing-back' | null;
                since: string | null;
                by: string | null;
                reason: string | null;
                /**
                 * Regions that can do nothing, as a person states.
                 */
                fenced: string[];
                /**
                 * Enough places have the newest state.
                 */
                stands: boolean;
                /**
                 * This region may ship, restore and expire.
                 */
                mayAct: boolean;
                places: {
                  region: string;
                  witness: boolean;
                  answer: 'state' | 'empty' | 'unreachable';
                  term: number | null;
                }[];
              } | null;
              /**
               * The last ones of the other region, the oldest first.
               */
              probes: {
                at: string;
                database: boolean;
                vault: boolean;
                newest: string | null;
                newestThere?: string | null;
                witness?: {
                  database: boolean;
                  vault: boolean;
                } | null;
                seen?: string | null;
              }[];
              /**
               * By these probes, the other region looks lost.
               */
              isSuspected: boolean;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/regions/probe': {
    post: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              region: string;
              database: boolean;
              vault: boolean;
              newest: string | null;
              suspected: boolean;
              probes: number;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/regions/plan': {
    get: {
      parameters?: {
        query?: {
          /**
           * Stop the writes first, and lose nothing.
           */
          planned?: 'true' | 'false';
          /**
           * Regions that can do nothing, as you state; separated by commas.
           */
          fenced?: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              plan: {
                region: string;
                from: string | null;
                planned: boolean;
                fenced: string[];
                automatic: {
                  state: string;
                  term: number;
                };
                unreachable: string[];
                replica: {
                  role: 'replica' | 'primary';
                  lagSeconds: number | null;
                };
                newest: {
                  position: string;
                  time: string;
                } | null;
                missingRuns: number | null;
                behind: {
                  tenant: string;
                  newest: string | null;
                }[];
                tenants: number;
              };
              sentences: string[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/regions/records': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              records: {
                format: 'holdfast.failover-record/1';
                id: string;
                region: string;
                from: string | null;
                planned: boolean;
                automatic: true;
                responsible: {
                  request: string;
                  requestedBy: string;
                  approvedBy: string[];
                  reason: string;
                  ticket: string;
                  planHash: string;
                  brokeGlass: boolean;
                };
                startedAt: string;
                endedAt: string;
                durations: {
                  step:
                    | 'drain'
                    | 'freeze'
                    | 'activate'
                    | 'catalog'
                    | 'promote'
                    | 'resume'
                    | 'validate'
                    | 'traffic'
                    | 'snapshots';
                  ms: number;
                }[];
                totalMs: number;
                untilTrafficMs: number;
                continued: boolean;
                before: string | null;
                validated: number;
                offered: {
                  tenant: string;
                  verdict: 'same' | 'lacks' | 'newer' | 'differs' | 'failed';
                  rows: number;
                  target: string;
                  code?: string;
                }[];
                doubtful: {
                  tenant: string;
                  verdict: 'same' | 'lacks' | 'newer' | 'differs' | 'failed';
                  rows: number;
                  target: string;
                  code?: string;
                }[];
                steps: string[];
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/regions/failover': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            planned: boolean;
            fenced?: string[];
            reason: string;
            ticket?: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              request: string;
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'started' | 'done';
              planHash: string;
              plan: string[];
              approvals: number;
              until: string;
              result: {
                by: string;
                approvedBy: string[];
                proof?: unknown;
                at: string;
                /**
                 * SHA-256 by vault key.
                 */
                records: {
                  [k: string]: string;
                };
                [k: string]: unknown;
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/reports': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
          kind?: 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly';
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              reports: {
                kind: 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly';
                /**
                 * With the kind, its address.
                 */
                name: string;
                from: string;
                to: string;
                at: string;
                complete: boolean;
                totals: {
                  days: number;
                  missing: {
                    log: number;
                    backups: number;
                    verifications: number;
                    restores: number;
                    drills: number;
                    accidents: number;
                    stored: number;
                  };
                  log: {
                    measuredSeconds: number;
                    downSeconds: number;
                    lostSeconds: number;
                    met: {
                      critical?: number | null;
                      standard?: number | null;
                      historical?: number | null;
                      archive?: number | null;
                    };
                    availability: number | null;
                    longestSilenceSeconds: number | null;
                    changes: number;
                    storedBytes: number;
                  };
                  backups: {
                    expected: number;
                    covered: number;
                    snapshots: number;
                    incrementals: number;
                    storedBytes: number;
                    success: number | null;
                    medianMs: number | null;
                    maxMs: number | null;
                  };
                  verifications: {
                    succeeded: number;
                    failed: number;
                  };
                  restores: {
                    done: number;
                    medianSeconds: number | null;
                    maxSeconds: number | null;
                    notProved: number;
                    failed: number;
                  };
                  drills: {
                    passed: number;
                    slow: number;
                    failed: number;
                  };
                  accidents: number;
                  stored: {
                    day: string;
                    logBytes: number;
                    backupBytes: number;
                    tenants: number;
                  } | null;
                };
              }[];
              /**
               * Keys of reports on this page that do not verify.
               */
              altered: string[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            kind: 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly';
            /**
             * First day, in UTC. Default: the last complete period of the kind.
             */
            from?: string;
            /**
             * Day after the last. Default: today.
             */
            to?: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/reports/verification': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            /**
             * @minItems 1
             * @maxItems 10
             */
            files: {
              name: string;
              text: string;
            }[];
          };
        };
      };
      responses: {
        200: {
          content: {
            /**
             * Of `report verify`.
             */
            'application/json': {
              /**
               * Exit code 3 if not.
               */
              ok: boolean;
              keyId: string | null;
              kind: string | null;
              from: string | null;
              to: string | null;
              files: {
                name: string;
                ok: boolean;
              }[];
              problems: string[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/reports/{kind}/{name}': {
    get: {
      parameters: {
        path: {
          kind: string;
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Where it is kept in the vault.
               */
              key: string;
              report: {
                format: 'holdfast.report/1';
                kind: 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly';
                from: string;
                to: string;
                at: string;
                installation: string;
                complete: boolean;
                state: {
                  tenants: {
                    [k: string]: number;
                  };
                  notSafe: {
                    tenant: string;
                    state: string;
                  }[];
                  notSafeTotal: number;
                  newestMoment: string | null;
                  newestAgeSeconds: number | null;
                  openFailures: {
                    kind: 'backup-failed' | 'integrity-failed' | 'restore-failed';
                    workflow: string;
                    tenant: string | null;
                    code: string;
                    at: string;
                  }[];
                  heldTenants: number;
                  requestsWaiting: number;
                  unreviewedBreakGlass: number;
                };
                totals: {
                  days: number;
                  missing: {
                    log: number;
                    backups: number;
                    verifications: number;
                    restores: number;
                    drills: number;
                    accidents: number;
                    stored: number;
                  };
                  log: {
                    measuredSeconds: number;
                    downSeconds: number;
                    lostSeconds: number;
                    met: {
                      critical?: number | null;
                      standard?: number | null;
                      historical?: number | null;
                      archive?: number | null;
                    };
                    availability: number | null;
                    longestSilenceSeconds: number | null;
                    changes: number;
                    storedBytes: number;
                  };
                  backups: {
                    expected: number;
                    covered: number;
                    snapshots: number;
                    incrementals: number;
                    storedBytes: number;
                    success: number | null;
                    medianMs: number | null;
                    maxMs: number | null;
                  };
                  verifications: {
                    succeeded: number;
                    failed: number;
                  };
                  restores: {
                    done: number;
                    medianSeconds: number | null;
                    maxSeconds: number | null;
                    notProved: number;
                    failed: number;
                  };
                  drills: {
                    passed: number;
                    slow: number;
                    failed: number;
                  };
                  accidents: number;
                  stored: {
                    day: string;
                    logBytes: number;
                    backupBytes: number;
                    tenants: number;
                  } | null;
                };
                previous: {
                  days: number;
                  missing: {
                    log: number;
                    backups: number;
                    verifications: number;
                    restores: number;
                    drills: number;
                    accidents: number;
                    stored: number;
                  };
                  log: {
                    measuredSeconds: number;
                    downSeconds: number;
                    lostSeconds: number;
                    met: {
                      critical?: number | null;
                      standard?: number | null;
                      historical?: number | null;
                      archive?: number | null;
                    };
                    availability: number | null;
                    longestSilenceSeconds: number | null;
                    changes: number;
                    storedBytes: number;
                  };
                  backups: {
                    expected: number;
                    covered: number;
                    snapshots: number;
                    incrementals: number;
                    storedBytes: number;
                    success: number | null;
                    medianMs: number | null;
                    maxMs: number | null;
                  };
                  verifications: {
                    succeeded: number;
                    failed: number;
                  };
                  restores: {
                    done: number;
                    medianSeconds: number | null;
                    maxSeconds: number | null;
                    notProved: number;
                    failed: number;
                  };
                  drills: {
                    passed: number;
                    slow: number;
                    failed: number;
                  };
                  accidents: number;
                  stored: {
                    day: string;
                    logBytes: number;
                    backupBytes: number;
                    tenants: number;
                  } | null;
                } | null;
                days: {
                  day: string;
                  source: 'catalog' | 'signed-report' | 'none';
                  log: {
                    measuredSeconds: number;
                    lateSeconds: {
                      critical?: number;
                      standard?: number;
                      historical?: number;
                      archive?: number;
                    };
                    lostSeconds: number;
                    downSeconds: number;
                    longestSilenceSeconds: number;
                    runs: number;
                    transactions: number;
                    changes: number;
                    storedBytes: number;
                  } | null;
                  backups: {
                    expected: number;
                    covered: number;
                    snapshots: number;
                    incrementals: number;
                    bytes: number;
                    storedBytes: number;
                    durationMs: {
                      median: number;
                      p95: number;
                      max: number;
                    } | null;
                  } | null;
                  verifications: {
                    succeeded: number;
                    failed: number;
                  } | null;
                  restores:
                    | {
                        tenant: string;
                        id: string;
                        place: 'in-place' | 'side-by-side' | 'into-database' | 'as-tenant' | null;
                        outcome: 'done' | 'failed';
                        at: string;
                        seconds: number | null;
                        rows: number | null;
                        proved: boolean | null;
                      }[]
                    | null;
                  drills:
                    | {
                        id: string;
                        kind: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region' | 'game-day';
                        at: string;
                        outcome: 'passed' | 'slow' | 'failed';
                        tenants: number;
                        proved: number;
                        seconds: number | null;
                      }[]
                    | null;
                  failures: {
                    'backup-failed'?: number;
                    'integrity-failed'?: number;
                    'restore-failed'?: number;
                  } | null;
                  accidents:
                    | {
                        at: string;
                        tenant: string;
                        table: string;
                        kind: 'delete' | 'update' | 'truncate';
                        count: number;
                        transaction: {
                          xid: number;
                          lsn: string;
                          time: string;
                          count: number;
                        } | null;
                      }[]
                    | null;
                  stored: {
                    logBytes: number;
                    backupBytes: number;
                    tenants: number;
                  } | null;
                }[];
                corrections: {
                  day: string;
                  lostSeconds: number;
                  downSeconds: number;
                }[];
                compliance:
                  | {
                      name:
                        | 'backups-taken'
                        | 'log-shipped'
                        | 'backups-verified'
                        | 'objects-locked'
                        | 'sealed-per-tenant'
                        | 'other-regions'
                        | 'restores-recorded'
                        | 'restore-drills'
                        | 'erasures-recorded'
                        | 'retention-in-force'
                        | 'retention-applied'
                        | 'audit-trail'
                        | 'approvals'
                        | 'roles'
                        | 'legal-holds'
                        | 'destructions';
                      looked: string;
                      shown: boolean;
                      found: string[];
                      missing: string[];
                      evidence: {
                        total: number;
                        listed: {
                          key: string;
                          sha256: string;
                        }[];
                        digest: string;
                      };
                    }[]
                  | null;
                readiness: {
                  tiers: {
                    tier: 'critical' | 'standard' | 'historical' | 'archive';
                    tenants: number;
                    rows: number;
                    bytes: number;
                    objectiveSeconds: number;
                    longestSeconds: number | null;
                    allSeconds: number | null;
                    withoutSnapshot: number;
                    measuredTenants: number;
                    drilledSeconds: number | null;
                  }[];
                  allSeconds: number | null;
                  basis: {
                    stagings: number;
                    restores: number;
                    drilled: number;
                  };
                  drills: {
                    done: {
                      id: string;
                      kind: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region' | 'game-day';
                      at: string;
                      outcome: 'passed' | 'slow' | 'failed';
                      tenants: number;
                      proved: number;
                      seconds: number | null;
                    }[];
                    missed: {
                      month: string;
                      tier: 'critical' | 'standard' | 'historical' | 'archive';
                    }[];
                    due: {
                      kind: 'single-tenant' | 'several-tenants' | 'accident' | 'whole-system' | 'region' | 'game-day';
                      last: string | null;
                      due: string;
                      state: 'done' | 'due' | 'late';
                    }[];
                    wholeSystemSeconds: number | null;
                  };
                } | null;
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/reports/{kind}/{name}/files': {
    get: {
      parameters: {
        path: {
          kind: string;
          name: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              files: {
                name: string;
                type: string;
                text: string;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/requests': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
          /**
           * Its reference, or `system`.
           */
          tenant?: string;
          state?: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled' | 'failed';
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * On the first page those that are open come first, the oldest first.
               */
              requests: {
                id: string;
                /**
                 * Its reference.
                 */
                tenant: string;
                action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled' | 'failed';
                requestedBy: string;
                reason: string;
                ticket: string | null;
                askedAt: string;
                until: string;
                /**
                 * What is approved.
                 */
                planHash: string;
                /**
                 * In sentences.
                 */
                plan: string[];
                /**
                 * How many must approve.
                 */
                approvals: number;
                decisions: {
                  by: string;
                  agrees: boolean;
                  at: string;
                  comment: string | null;
                }[];
                executedBy: string | null;
                executedAt: string | null;
                /**
                 * Executed without approvals.
                 */
                brokeGlass: boolean;
                /**
                 * Who reviewed an execution without approvals.
                 */
                reviewedBy: string | null;
                /**
                 * What people call the tenant, or its id. Null: it is not known any more.
                 */
                name: string | null;
                /**
                 * Roles whose approval counts.
                 */
                from: string[];
                /**
                 * Id of the preview that a restore applies.
                 */
                preview: string | null;
                /**
                 * Hash of that preview, which the plan names.
                 */
                previewHash: string | null;
                /**
                 * Id of the restore that it became.
                 */
                restore: string | null;
                /**
                 * On AWS: its execution, which whoever asked can follow.
                 */
                execution: string | null;
                /**
                 * The caller made the request.
                 */
                isOwn: boolean;
                steps: {
                  decide: {
                    may: boolean;
                    /**
                     * Why not.
                     */
                    why: string | null;
                  };
                  execute: {
                    may: boolean;
                    /**
                     * Why not.
                     */
                    why: string | null;
                  };
                  cancel: {
                    may: boolean;
                    /**
                     * Why not.
                     */
                    why: string | null;
                  };
                  breakGlass: {
                    may: boolean;
                    /**
                     * Why not.
                     */
                    why: string | null;
                  };
                  review: {
                    may: boolean;
                    /**
                     * Why not.
                     */
                    why: string | null;
                  };
                };
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/requests/{request}': {
    get: {
      parameters: {
        path: {
          tenant: string;
          request: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              /**
               * Its reference.
               */
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled' | 'failed';
              requestedBy: string;
              reason: string;
              ticket: string | null;
              askedAt: string;
              until: string;
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many must approve.
               */
              approvals: number;
              decisions: {
                by: string;
                agrees: boolean;
                at: string;
                comment: string | null;
              }[];
              executedBy: string | null;
              executedAt: string | null;
              /**
               * Executed without approvals.
               */
              brokeGlass: boolean;
              /**
               * Who reviewed an execution without approvals.
               */
              reviewedBy: string | null;
              /**
               * What people call the tenant, or its id. Null: it is not known any more.
               */
              name: string | null;
              /**
               * Roles whose approval counts.
               */
              from: string[];
              /**
               * Id of the preview that a restore applies.
               */
              preview: string | null;
              /**
               * Hash of that preview, which the plan names.
               */
              previewHash: string | null;
              /**
               * Id of the restore that it became.
               */
              restore: string | null;
              /**
               * On AWS: its execution, which whoever asked can follow.
               */
              execution: string | null;
              /**
               * The caller made the request.
               */
              isOwn: boolean;
              steps: {
                decide: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                execute: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                cancel: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                breakGlass: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                review: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/requests/{request}/approve': {
    post: {
      parameters: {
        path: {
          tenant: string;
          request: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Of the plan that the person saw.
             */
            planHash: string;
            comment?: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              /**
               * Its reference.
               */
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled' | 'failed';
              requestedBy: string;
              reason: string;
              ticket: string | null;
              askedAt: string;
              until: string;
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many must approve.
               */
              approvals: number;
              decisions: {
                by: string;
                agrees: boolean;
                at: string;
                comment: string | null;
              }[];
              executedBy: string | null;
              executedAt: string | null;
              /**
               * Executed without approvals.
               */
              brokeGlass: boolean;
              /**
               * Who reviewed an execution without approvals.
               */
              reviewedBy: string | null;
              /**
               * What people call the tenant, or its id. Null: it is not known any more.
               */
              name: string | null;
              /**
               * Roles whose approval counts.
               */
              from: string[];
              /**
               * Id of the preview that a restore applies.
               */
              preview: string | null;
              /**
               * Hash of that preview, which the plan names.
               */
              previewHash: string | null;
              /**
               * Id of the restore that it became.
               */
              restore: string | null;
              /**
               * On AWS: its execution, which whoever asked can follow.
               */
              execution: string | null;
              /**
               * The caller made the request.
               */
              isOwn: boolean;
              steps: {
                decide: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                execute: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                cancel: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                breakGlass: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                review: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/requests/{request}/refuse': {
    post: {
      parameters: {
        path: {
          tenant: string;
          request: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Of the plan that the person saw.
             */
            planHash: string;
            comment?: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              /**
               * Its reference.
               */
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled' | 'failed';
              requestedBy: string;
              reason: string;
              ticket: string | null;
              askedAt: string;
              until: string;
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many must approve.
               */
              approvals: number;
              decisions: {
                by: string;
                agrees: boolean;
                at: string;
                comment: string | null;
              }[];
              executedBy: string | null;
              executedAt: string | null;
              /**
               * Executed without approvals.
               */
              brokeGlass: boolean;
              /**
               * Who reviewed an execution without approvals.
               */
              reviewedBy: string | null;
              /**
               * What people call the tenant, or its id. Null: it is not known any more.
               */
              name: string | null;
              /**
               * Roles whose approval counts.
               */
              from: string[];
              /**
               * Id of the preview that a restore applies.
               */
              preview: string | null;
              /**
               * Hash of that preview, which the plan names.
               */
              previewHash: string | null;
              /**
               * Id of the restore that it became.
               */
              restore: string | null;
              /**
               * On AWS: its execution, which whoever asked can follow.
               */
              execution: string | null;
              /**
               * The caller made the request.
               */
              isOwn: boolean;
              steps: {
                decide: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                execute: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                cancel: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                breakGlass: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                review: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/requests/{request}/cancel': {
    post: {
      parameters: {
        path: {
          tenant: string;
          request: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              /**
               * Its reference.
               */
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled' | 'failed';
              requestedBy: string;
              reason: string;
              ticket: string | null;
              askedAt: string;
              until: string;
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many must approve.
               */
              approvals: number;
              decisions: {
                by: string;
                agrees: boolean;
                at: string;
                comment: string | null;
              }[];
              executedBy: string | null;
              executedAt: string | null;
              /**
               * Executed without approvals.
               */
              brokeGlass: boolean;
              /**
               * Who reviewed an execution without approvals.
               */
              reviewedBy: string | null;
              /**
               * What people call the tenant, or its id. Null: it is not known any more.
               */
              name: string | null;
              /**
               * Roles whose approval counts.
               */
              from: string[];
              /**
               * Id of the preview that a restore applies.
               */
              preview: string | null;
              /**
               * Hash of that preview, which the plan names.
               */
              previewHash: string | null;
              /**
               * Id of the restore that it became.
               */
              restore: string | null;
              /**
               * On AWS: its execution, which whoever asked can follow.
               */
              execution: string | null;
              /**
               * The caller made the request.
               */
              isOwn: boolean;
              steps: {
                decide: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                execute: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                cancel: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                breakGlass: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                review: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/requests/{request}/execute': {
    post: {
      parameters: {
        path: {
          tenant: string;
          request: string;
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/requests/{request}/break-glass': {
    post: {
      parameters: {
        path: {
          tenant: string;
          request: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            reason: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              /**
               * What it does, such as `preview`.
               */
              work: string;
              startedBy: string;
              startedAt: string;
              endedAt: string | null;
              state: 'running' | 'done' | 'failed';
              /**
               * The newest first; one for each step.
               */
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result: {
                [k: string]: unknown;
              } | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/requests/{request}/review': {
    post: {
      parameters: {
        path: {
          tenant: string;
          request: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            comment: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              /**
               * Its reference.
               */
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled' | 'failed';
              requestedBy: string;
              reason: string;
              ticket: string | null;
              askedAt: string;
              until: string;
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many must approve.
               */
              approvals: number;
              decisions: {
                by: string;
                agrees: boolean;
                at: string;
                comment: string | null;
              }[];
              executedBy: string | null;
              executedAt: string | null;
              /**
               * Executed without approvals.
               */
              brokeGlass: boolean;
              /**
               * Who reviewed an execution without approvals.
               */
              reviewedBy: string | null;
              /**
               * What people call the tenant, or its id. Null: it is not known any more.
               */
              name: string | null;
              /**
               * Roles whose approval counts.
               */
              from: string[];
              /**
               * Id of the preview that a restore applies.
               */
              preview: string | null;
              /**
               * Hash of that preview, which the plan names.
               */
              previewHash: string | null;
              /**
               * Id of the restore that it became.
               */
              restore: string | null;
              /**
               * On AWS: its execution, which whoever asked can follow.
               */
              execution: string | null;
              /**
               * The caller made the request.
               */
              isOwn: boolean;
              steps: {
                decide: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                execute: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                cancel: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                breakGlass: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                review: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/restores': {
    get: {
      parameters: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              restores: {
                id: string;
                tenant: string;
                tenantId: string | null;
                state: 'committing' | 'done' | 'failed' | 'unknown';
                at: string | null;
                place: string | null;
                /**
                 * The target as requested.
                 */
                asked: string | null;
                target: string | null;
                targetTime: string | null;
                requestedBy: string | null;
                approvedBy: string[] | null;
                reason: string | null;
                totals: {
                  inserted: number;
                  updated: number;
                  deleted: number;
                } | null;
                partial: boolean;
                proof: 'same' | 'changed' | null;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            preview: string;
            /**
             * Of the preview, as the person saw it.
             */
            hash: string;
            reason: string;
            ticket?: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              /**
               * Its reference.
               */
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled' | 'failed';
              requestedBy: string;
              reason: string;
              ticket: string | null;
              askedAt: string;
              until: string;
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many must approve.
               */
              approvals: number;
              decisions: {
                by: string;
                agrees: boolean;
                at: string;
                comment: string | null;
              }[];
              executedBy: string | null;
              executedAt: string | null;
              /**
               * Executed without approvals.
               */
              brokeGlass: boolean;
              /**
               * Who reviewed an execution without approvals.
               */
              reviewedBy: string | null;
              /**
               * What people call the tenant, or its id. Null: it is not known any more.
               */
              name: string | null;
              /**
               * Roles whose approval counts.
               */
              from: string[];
              /**
               * Id of the preview that a restore applies.
               */
              preview: string | null;
              /**
               * Hash of that preview, which the plan names.
               */
              previewHash: string | null;
              /**
               * Id of the restore that it became.
               */
              restore: string | null;
              /**
               * On AWS: its execution, which whoever asked can follow.
               */
              execution: string | null;
              /**
               * The caller made the request.
               */
              isOwn: boolean;
              steps: {
                decide: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                execute: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                cancel: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                breakGlass: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
                review: {
                  may: boolean;
                  /**
                   * Why not.
                   */
                  why: string | null;
                };
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/restores/{restore}': {
    get: {
      parameters: {
        path: {
          tenant: string;
          restore: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              summary: {
                id: string;
                tenant: string;
                tenantId: string | null;
                state: 'committing' | 'done' | 'failed' | 'unknown';
                at: string | null;
                place: string | null;
                /**
                 * The target as requested.
                 */
                asked: string | null;
                target: string | null;
                targetTime: string | null;
                requestedBy: string | null;
                approvedBy: string[] | null;
                reason: string | null;
                totals: {
                  inserted: number;
                  updated: number;
                  deleted: number;
                } | null;
                partial: boolean;
                proof: 'same' | 'changed' | null;
              };
              /**
               * As it was signed. Null: there is none yet, or nothing of it can be read.
               */
              record: {
                format: 'holdfast.restore-record/1';
                id: string;
                tenantId: string;
                place: 'in-place' | 'side-by-side' | 'into-database' | 'as-tenant';
                request: {
                  format?: 'holdfast.restore-request/1';
                  tenant: string;
                  target: string;
                  mode?: 'exact' | 'missing-only' | 'columns' | 'merge';
                  tables?: string[];
                  components?: ('data' | 'configuration' | 'users' | 'customizations' | 'audit')[];
                  exclude: string[];
                  rows?: {
                    [k: string]: string;
                  };
                  keys?: {
                    /**
                     * @minItems 1
                     */
                    [k: string]: string[][];
                  };
                  columns?: {
                    /**
                     * @minItems 1
                     */
                    [k: string]: string[];
                  };
                  undoes: string;
                  reverts: {
                    until: string;
                    /**
                     * @minItems 1
                     * @maxItems 1000
                     */
                    only: string[];
                    /**
                     * @minItems 1
                     * @maxItems 1000
                     */
                    except: string[];
                  };
                  overwrite: true;
                  group: string;
                  withChildren?: boolean;
                  sideBySide?: boolean;
                  into?: string;
                  asTenant?: string;
                  mapped: {
                    [k: string]: {
                      [k: string]: string;
                    };
                  };
                  batches?: number;
                  requestedBy?: string;
                  approvedBy?: string[];
                  reason?: string;
                  samples?: number;
                };
                requestedBy: string;
                approvedBy: string[];
                previewHash: string;
                approvedPlan: boolean;
                target: string;
                targetTime: string | null;
                chain: {
                  snapshot: string;
                  incrementals: string[];
                  runs: string[];
                } | null;
                tables: {
                  table: string;
                  inserted: number;
                  updated: number;
                  deleted: number;
                }[];
                totals: {
                  inserted: number;
                  updated: number;
                  deleted: number;
                };
                conflicts: {
                  code:
                    | 'key-of-another-tenant'
                    | 'unique-taken'
                    | 'unique-taken-elsewhere'
                    | 'missing-parent'
                    | 'parent-of-another-tenant'
                    | 'still-referenced'
                    | 'still-referenced-elsewhere'
                    | 'cast-failed'
                    | 'lossy-cast'
                    | 'not-null'
                    | 'new-column-without-value'
                    | 'check-violated'
                    | 'partition-missing'
                    | 'cycle-needs-privilege'
                    | 'foreign-row'
                    | 'owned-otherwise'
                    | 'tenant-exists'
                    | 'changed-since'
                    | 'table-missing'
                    | 'table-unowned'
                    | 'table-without-key'
                    | 'table-not-in-backup'
                    | 'table-undecided';
                  table: string;
                  about: string;
                  count: number;
                  explanation: string;
                  blocking: boolean;
                  by: {
                    xid: number;
                    lsn: string;
                    time: string;
                    rows: number;
                  }[];
                }[];
                notes: {
                  code:
                    | 'column-gained'
                    | 'column-lost'
                    | 'column-renamed'
                    | 'column-retyped'
                    | 'table-renamed'
                    | 'table-added'
                    | 'table-lost'
                    | 'table-unprotected'
                    | 'kept'
                    | 'left-out'
                    | 'not-compared'
                    | 'trigger-fires'
                    | 'rule-fires'
                    | 'erased'
                    | 'keys-remapped'
                    | 'not-checked'
                    | 'staging'
                    | 'alongside'
                    | 'children-stay-away'
                    | 'changed-since'
                    | 'cluster-backup';
                  table: string | null;
                  text: string;
                }[];
                sequences: {
                  sequence: string;
                  table: string;
                  column: string;
                  now: string;
                  to: string;
                }[];
                phases: {
                  planMs: number;
                  stageMs: number;
                  diffMs: number;
                  applyMs: number;
                  proveMs: number;
                };
                attempts: number;
                proof: {
                  left: {
                    [k: string]: number;
                  };
                  brokenReferences: number;
                  rows: {
                    [k: string]: number;
                  };
                };
                transaction: string | null;
                partial: true;
                excluded: string[];
                schema: string | null;
                startedAt: string;
                committedAt: string;
              } | null;
              /**
               * Where the signed record is.
               */
              signed: {
                key: string;
                sha256: string;
              } | null;
              canUndo: boolean;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/retention': {
    get: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Its reference, as in names of objects.
               */
              tenant: string;
              tenantId: string | null;
              /**
               * In force: the next expiry applies it.
               */
              policy: {
                /**
                 * The last snapshot of each day.
                 */
                dailyDays: number;
                /**
                 * The last snapshot of each week.
                 */
                weeklyDays: number;
                /**
                 * The last snapshot of each month.
                 */
                monthlyDays: number;
                /**
                 * The last snapshot of each year.
                 */
                annualDays: number;
                /**
                 * How far back any second can be recovered; also the minimum lock of every object.
                 */
                logDays: number;
              };
              configured: {
                /**
                 * The last snapshot of each day.
                 */
                dailyDays: number;
                /**
                 * The last snapshot of each week.
                 */
                weeklyDays: number;
                /**
                 * The last snapshot of each month.
                 */
                monthlyDays: number;
                /**
                 * The last snapshot of each year.
                 */
                annualDays: number;
                /**
                 * How far back any second can be recovered; also the minimum lock of every object.
                 */
                logDays: number;
              };
              /**
               * Configured shorter, and not approved.
               */
              waiting: ('dailyDays' | 'weeklyDays' | 'monthlyDays' | 'annualDays' | 'logDays')[];
              /**
               * Its own retention is not known: nothing of it expires.
               */
              undecided: boolean;
              backups: {
                id: string;
                kind: 'snapshot' | 'incremental' | 'log' | 'archive';
                toTime: string;
                classes: string[];
                keep: boolean;
                /**
                 * Every reason to keep it, or why it goes.
                 */
                reasons: string[];
                /**
                 * Certainly kept until then; null: not certain beyond today.
                 */
                certainUntil: string | null;
                lockedUntil: string | null;
                held: boolean;
                storedBytes: number;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/retention/simulation': {
    get: {
      parameters: {
        query?: {
          dailyDays?: number;
          weeklyDays?: number;
          monthlyDays?: number;
          annualDays?: number;
          logDays?: number;
        };
        path: {
          tenant: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              at: string;
              tenants: {
                tenant: string;
                before: {
                  /**
                   * The last snapshot of each day.
                   */
                  dailyDays: number;
                  /**
                   * The last snapshot of each week.
                   */
                  weeklyDays: number;
                  /**
                   * The last snapshot of each month.
                   */
                  monthlyDays: number;
                  /**
                   * The last snapshot of each year.
                   */
                  annualDays: number;
                  /**
                   * How far back any second can be recovered; also the minimum lock of every object.
                   */
                  logDays: number;
                };
                after: {
                  /**
                   * The last snapshot of each day.
                   */
                  dailyDays: number;
                  /**
                   * The last snapshot of each week.
                   */
                  weeklyDays: number;
                  /**
                   * The last snapshot of each month.
                   */
                  monthlyDays: number;
                  /**
                   * The last snapshot of each year.
                   */
                  annualDays: number;
                  /**
                   * How far back any second can be recovered; also the minimum lock of every object.
                   */
                  logDays: number;
                };
                goes: {
                  backups: number;
                  bytes: number;
                  oldest: string | null;
                  newest: string | null;
                  free: number;
                  held: number;
                  locked: {
                    until: string;
                    backups: number;
                  }[];
                };
                onRelease: number;
                staysLonger: number;
                window: {
                  before: string | null;
                  after: string | null;
                };
              }[];
              log: {
                goes: {
                  backups: number;
                  bytes: number;
                  oldest: string | null;
                  newest: string | null;
                  free: number;
                  held: number;
                  locked: {
                    until: string;
                    backups: number;
                  }[];
                };
                staysLonger: number;
              };
              bytes: number;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/tenants/{tenant}/retention/changes': {
    post: {
      parameters: {
        path: {
          tenant: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /**
             * Why, for the records.
             */
            reason: string;
            /**
             * Reference in your own system.
             */
            ticket?: string;
          };
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Its id: `GET /tenants/{tenant}/requests/{id}` follows it.
               */
              request: string;
              tenant: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              /**
               * `approved`: it needs nobody else, and can be executed.
               */
              state: 'waiting' | 'approved';
              /**
               * What is approved.
               */
              planHash: string;
              /**
               * In sentences.
               */
              plan: string[];
              /**
               * How many others must approve.
               */
              approvals: number;
              until: string;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/backups': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {};
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/previews': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            /**
             * A time with its offset, or `2 hours ago`.
             */
            to: string;
            /**
             * `missing-only`: only rows that are gone come back.
             */
            mode?: 'exact' | 'missing-only';
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/restores': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            preview: string;
            /**
             * Of the difference that the person saw.
             */
            hash: string;
            reason: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              restores: {
                id: string;
                state: 'committing' | 'done' | 'failed' | 'unknown';
                /**
                 * ISO 8601 UTC.
                 */
                at: string | null;
                /**
                 * ISO 8601 UTC.
                 */
                targetTime: string | null;
                reason: string | null;
                totals: {
                  inserted: number;
                  updated: number;
                  deleted: number;
                } | null;
                partial: boolean;
                /**
                 * Compared again after writing: nothing differed.
                 */
                proved: boolean;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/exports': {
    post: {
      parameters?: {};
      requestBody: {
        content: {
          'application/json': {
            /**
             * A time with its offset, or `2 hours ago`.
             */
            to?: string;
            form?: 'sql' | 'csv' | 'ndjson' | 'parquet';
            reason: string;
          };
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/requests/{request}/cancel': {
    post: {
      parameters: {
        path: {
          request: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {};
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
              /**
               * ISO 8601 UTC.
               */
              askedAt: string;
              /**
               * ISO 8601 UTC.
               */
              until: string;
              reason: string;
              /**
               * What would be done, in sentences.
               */
              plan: string[];
              approvals: number;
              /**
               * How many have approved.
               */
              approved: number;
              /**
               * The caller asked for it.
               */
              isOwn: boolean;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/requests/{request}/carry-out': {
    post: {
      parameters: {
        path: {
          request: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {};
        };
      };
      responses: {
        202: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              tenantId: string;
              label: string | null;
              state: 'unprotected' | 'broken' | 'partial' | 'late' | 'safe' | 'departed' | 'destroyed';
              tone: 'good' | 'warn' | 'bad' | 'plain';
              /**
               * Whether the data is safe.
               */
              sentence: string;
              detail: string;
              /**
               * ISO 8601 UTC.
               */
              oldest: string | null;
              /**
               * ISO 8601 UTC.
               */
              newest: string | null;
              newestAgeMs: number | null;
              objective: {
                recoveryPointSeconds: number;
                recoveryTimeSeconds: number;
              };
              /**
               * ISO 8601 UTC.
               */
              lastBackup: string | null;
              lastVerified: {
                /**
                 * ISO 8601 UTC.
                 */
                at: string;
                ok: boolean;
              } | null;
              quotas: {
                backups: {
                  limit: number;
                  used: number;
                  /**
                   * ISO 8601 UTC.
                   */
                  freeAt: string;
                };
                previews: {
                  limit: number;
                  used: number;
                  /**
                   * ISO 8601 UTC.
                   */
                  freeAt: string;
                };
                exports: {
                  limit: number;
                  used: number;
                  /**
                   * ISO 8601 UTC.
                   */
                  freeAt: string;
                };
              };
              /**
               * How many people must approve each.
               */
              approvals: {
                restore: number;
                export: number;
              };
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/timeline': {
    get: {
      parameters?: {};
      responses: {
        200: {
          content: {
            'application/json': {
              /**
               * Every moment of these can be restored.
               */
              window: {
                /**
                 * ISO 8601 UTC.
                 */
                from: string;
                /**
                 * Null: it has not ended.
                 */
                to: string | null;
              }[];
              gaps: {
                /**
                 * ISO 8601 UTC.
                 */
                from: string;
                /**
                 * Null: it has not ended.
                 */
                to: string | null;
              }[];
              /**
               * The newest 200, oldest first.
               */
              backups: {
                id: string;
                /**
                 * ISO 8601 UTC.
                 */
                at: string;
                rows: number;
              }[];
              /**
               * When each took effect.
               */
              restores: {
                id: string;
                /**
                 * ISO 8601 UTC.
                 */
                at: string;
              }[];
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/requests': {
    get: {
      parameters?: {
        query?: {
          /**
           * `next` of the page before.
           */
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              requests: {
                id: string;
                action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                /**
                 * ISO 8601 UTC.
                 */
                askedAt: string;
                /**
                 * ISO 8601 UTC.
                 */
                until: string;
                reason: string;
                /**
                 * What would be done, in sentences.
                 */
                plan: string[];
                approvals: number;
                /**
                 * How many have approved.
                 */
                approved: number;
                /**
                 * The caller asked for it.
                 */
                isOwn: boolean;
                /**
                 * ISO 8601 UTC.
                 */
                endedAt: string | null;
              }[];
              /**
               * Pass it as `cursor`; null: this is the last page.
               */
              next: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/requests/{request}': {
    get: {
      parameters: {
        path: {
          request: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
              /**
               * ISO 8601 UTC.
               */
              askedAt: string;
              /**
               * ISO 8601 UTC.
               */
              until: string;
              reason: string;
              /**
               * What would be done, in sentences.
               */
              plan: string[];
              approvals: number;
              /**
               * How many have approved.
               */
              approved: number;
              /**
               * The caller asked for it.
               */
              isOwn: boolean;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
  '/self/work/{work}': {
    get: {
      parameters: {
        path: {
          work: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              work: string;
              state: 'running' | 'done' | 'failed';
              /**
               * ISO 8601 UTC.
               */
              startedAt: string;
              /**
               * ISO 8601 UTC.
               */
              endedAt: string | null;
              progress: {
                step: string;
                message: string;
                done?: number;
                total?: number;
                unit?: string;
              }[];
              result:
                | {
                    kind: 'counts';
                    /**
                     * The exact moment.
                     */
                    target: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    time: string | null;
                    mode: 'exact' | 'missing-only';
                    totals: {
                      inserts: number;
                      updates: number;
                      deletes: number;
                      rows: number;
                    };
                    tables: {
                      table: string;
                      inserts: number;
                      updates: number;
                      deletes: number;
                    }[];
                    conflicts: {
                      table: string;
                      blocking: boolean;
                      explanation: string;
                    }[];
                    /**
                     * Id under which exactly this difference is kept; null: nothing differs.
                     */
                    preview: string | null;
                    /**
                     * Of exactly this difference: what is asked for, and approved.
                     */
                    hash: string;
                    predictedSeconds: number;
                  }
                | {
                    kind: 'request';
                    request: {
                      id: string;
                      action: 'restore' | 'export' | 'hold' | 'release' | 'destroy' | 'change-policy' | 'fail-over';
                      state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
                      /**
                       * ISO 8601 UTC.
                       */
                      askedAt: string;
                      /**
                       * ISO 8601 UTC.
                       */
                      until: string;
                      reason: string;
                      /**
                       * What would be done, in sentences.
                       */
                      plan: string[];
                      approvals: number;
                      /**
                       * How many have approved.
                       */
                      approved: number;
                      /**
                       * The caller asked for it.
                       */
                      isOwn: boolean;
                      /**
                       * ISO 8601 UTC.
                       */
                      endedAt: string | null;
                    };
                    /**
                     * No approval was needed: it is done.
                     */
                    applied: boolean;
                  }
                | {
                    kind: 'backup';
                    id: string;
                    /**
                     * ISO 8601 UTC.
                     */
                    at: string;
                    rows: number;
                  }
                | null;
              problem: {
                /**
                 * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
                 */
                type: string;
                title: string;
                status: number;
                detail: string;
                code: string;
                hint: string;
                retry: 'auto' | 'operator' | 'never';
                details: {
                  [k: string]: unknown;
                };
              } | null;
            };
          };
        };
        400: {
          content: {
            'application/problem+json': Problem;
          };
        };
        401: {
          content: {
            'application/problem+json': Problem;
          };
        };
        403: {
          content: {
            'application/problem+json': Problem;
          };
        };
        404: {
          content: {
            'application/problem+json': Problem;
          };
        };
        409: {
          content: {
            'application/problem+json': Problem;
          };
        };
        413: {
          content: {
            'application/problem+json': Problem;
          };
        };
        429: {
          content: {
            'application/problem+json': Problem;
          };
        };
        500: {
          content: {
            'application/problem+json': Problem;
          };
        };
        503: {
          content: {
            'application/problem+json': Problem;
          };
        };
      };
    };
  };
}
export interface Problem {
  /**
   * `urn:holdfast:error:CODE`; docs/errors.md lists the codes.
   */
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  hint: string;
  retry: 'auto' | 'operator' | 'never';
  details: {
    [k: string]: unknown;
  };
}
