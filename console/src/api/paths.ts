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
              work: string;
              startedBy: string;
              startedAt: string;
              state: 'running' | 'done' | 'failed';
              endedAt: string | null;
              /**
               * The newest first.
               */
              progress: {
                step: string;
                message: string;
                [k: string]: unknown;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result?: {
                [k: string]: unknown;
              };
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
              work: string;
              startedBy: string;
              startedAt: string;
              state: 'running' | 'done' | 'failed';
              endedAt: string | null;
              /**
               * The newest first.
               */
              progress: {
                step: string;
                message: string;
                [k: string]: unknown;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result?: {
                [k: string]: unknown;
              };
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
              work: string;
              startedBy: string;
              startedAt: string;
              state: 'running' | 'done' | 'failed';
              endedAt: string | null;
              /**
               * The newest first.
               */
              progress: {
                step: string;
                message: string;
                [k: string]: unknown;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result?: {
                [k: string]: unknown;
              };
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
              work: string;
              startedBy: string;
              startedAt: string;
              state: 'running' | 'done' | 'failed';
              endedAt: string | null;
              /**
               * The newest first.
               */
              progress: {
                step: string;
                message: string;
                [k: string]: unknown;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result?: {
                [k: string]: unknown;
              };
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
      };
    };
  };
  '/tenants/{tenant}/executions/{id}': {
    get: {
      parameters: {
        path: {
          tenant: string;
          id: string;
        };
      };
      responses: {
        200: {
          content: {
            'application/json': {
              id: string;
              tenant: string;
              work: string;
              startedBy: string;
              startedAt: string;
              state: 'running' | 'done' | 'failed';
              endedAt: string | null;
              /**
               * The newest first.
               */
              progress: {
                step: string;
                message: string;
                [k: string]: unknown;
              }[];
              /**
               * By the route that began it; null until it is done.
               */
              result?: {
                [k: string]: unknown;
              };
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
