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
      };
    };
  };
  '/executions/{execution}': {
    get: {
      parameters: {
        path: {
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
