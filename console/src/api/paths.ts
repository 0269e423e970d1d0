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
  '/self/restores': {
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
