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
      };
    };
  };
  '/tenants/{tenant}/previews': {
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
               * Null until it is done.
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
      };
    };
  };
  '/tenants/{tenant}/restores': {
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
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
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
      };
    };
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
          state?: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
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
                state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
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
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
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
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
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
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
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
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
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
               * Null until it is done.
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
               * Null until it is done.
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
              state: 'waiting' | 'approved' | 'executing' | 'done' | 'refused' | 'expired' | 'cancelled';
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
               * Null until it is done.
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
