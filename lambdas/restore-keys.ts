/** Rebuilds a lost table of keys from the newest copy in the vault. Called by a person: docs/runbook/key-in-danger.md. */
import * as z from 'zod';
import { restoreKeys } from '../lib/operations/rebuild/restore-keys.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.looseObject({}), (_, { ctx, aws }) => restoreKeys(ctx, aws.keyRows));
