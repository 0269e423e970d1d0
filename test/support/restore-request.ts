/** A restore request as a person writes it, without defaults. */
import type * as z from 'zod';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';

export type RestoreRequestInput = z.input<typeof RestoreRequest>;
