/**
 * What people post on the status page: an incident is its posts, each signed and written once. Invariants: a post does not
 * say who wrote it (the audit trail does), and names no tenant but in the words of that person.
 */
import * as z from 'zod';

export const STATUS_COMPONENTS = ['log-shipping', 'snapshots', 'verification', 'restores'] as const;
export const StatusComponent = z.enum(STATUS_COMPONENTS);
export type StatusComponent = z.infer<typeof StatusComponent>;

/** As people read them. */
export const COMPONENT_NAMES: Readonly<Record<StatusComponent, string>> = {
  'log-shipping': 'Log shipping',
  snapshots: 'Snapshots',
  verification: 'Verification',
  restores: 'Restores',
};

export const INCIDENT_STATES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

const MOST_CHARACTERS = 2000;

/** Lines of text: no other control characters, and none that change the direction of what follows. */
export const PostText = z
  .string()
  .trim()
  .min(1)
  .max(MOST_CHARACTERS)
  .regex(/^(?:[^\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]|\n)*$/u);

export const PostId = z.string().regex(/^[0-9a-z]{9}-[0-9a-z]{8}$/);

export const StatusPost = z.strictObject({
  format: z.literal('holdfast.status-post/1'),
  /** Sorts by time. */
  id: PostId,
  /** Id of the first post. */
  incident: PostId,
  component: StatusComponent,
  state: z.enum(INCIDENT_STATES),
  text: PostText,
  /** ISO 8601 UTC. */
  at: z.iso.datetime(),
});
export type StatusPost = z.infer<typeof StatusPost>;

/** What a person asks to post. */
export const PostAsked = z.strictObject({
  /** Needed for a new incident; of one that there is, it is known. */
  component: StatusComponent.exactOptional(),
  state: z.enum(INCIDENT_STATES),
  text: z.string(),
  /** Id of an incident, or its beginning. Absent: a new one. */
  incident: z.string().max(40).exactOptional(),
});
export type PostAsked = z.infer<typeof PostAsked>;

export const StatusIncident = z.object({
  id: PostId,
  component: StatusComponent,
  /** Of the newest update. */
  state: z.enum(INCIDENT_STATES),
  startedAt: z.string(),
  /** Null while it is open. */
  resolvedAt: z.string().nullable(),
  /** The newest first. */
  updates: z.array(z.object({ at: z.string(), state: z.enum(INCIDENT_STATES), text: z.string() })),
});
export type StatusIncident = z.infer<typeof StatusIncident>;

/** The newest first. An incident whose first post is missing is made of the others. */
export function incidentsOf(posts: readonly StatusPost[]): StatusIncident[] {
  const byIncident = Map.groupBy(
    [...posts].sort((a, b) => (a.id < b.id ? 1 : -1)),
    ({ incident }) => incident,
  );
  return [...byIncident]
    .map(([id, updates]) => {
      const [newest, first] = [updates[0]!, updates.at(-1)!];
      return {
        ...{ id, component: first.component, state: newest.state, startedAt: first.at },
        resolvedAt: newest.state === 'resolved' ? newest.at : null,
        updates: updates.map(({ at, state, text }) => ({ at, state, text })),
      };
    })
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}
