/**
 * Which requests of the API on AWS go to the functions that open one tenant, as API Gateway writes paths; all others go to the
 * one without a tenant's key. An entry is a path, or a method and a path. A test compares them with the routes: lib/infra sees no route. Whatever arrives at the wrong
 * function is refused there, so that a mistake here closes a route and opens none.
 */

export const TENANT_FUNCTION_PATHS = [
  '/api/tenants/{tenant}/moment',
  '/api/tenants/{tenant}/activity',
  '/api/tenants/{tenant}/transactions',
  // API Gateway decodes `%2F` of a position before it looks for the route.
  '/api/tenants/{tenant}/transactions/{transaction+}',
] as const;

/** To the function that asks for restores and decides on them. */
export const REQUESTS_FUNCTION_PATHS = [
  '/api/requests',
  '/api/tenants/{tenant}/requests/{request+}',
  '/api/tenants/{tenant}/tables',
  'POST /api/tenants/{tenant}/previews',
  '/api/tenants/{tenant}/restores',
  '/api/tenants/{tenant}/restores/{restore}',
  '/api/tenants/{tenant}/executions/{execution}',
  '/api/self/previews',
  '/api/self/restores',
  '/api/self/requests',
  '/api/self/requests/{request+}',
  '/api/self/work/{work}',
] as const;

/** To the function that shows previews with their rows, of which the database knows whether they are still there. */
export const ROWS_FUNCTION_PATHS = [
  'GET /api/tenants/{tenant}/previews',
  '/api/tenants/{tenant}/previews/{preview}',
  '/api/tenants/{tenant}/previews/{preview}/rows',
  '/api/tenants/{tenant}/previews/{preview}/samples',
] as const;

/** An entry of these tables. */
export function gatewayRoute(entry: string): { readonly methods: readonly ('GET' | 'POST')[]; readonly path: string } {
  const [first, second] = entry.split(' ') as [string, string?];
  if (second === undefined) return { methods: ['GET', 'POST'], path: first };
  return { methods: [first as 'GET' | 'POST'], path: second };
}
