/**
 * Which requests of the API on AWS go to the function that opens one tenant, as API Gateway writes paths; all others go to the
 * one without a tenant's key. A test compares them with the routes: lib/infra sees no route. Whatever arrives at the wrong
 * function is refused there, so that a mistake here closes a route and opens none.
 */

export const TENANT_FUNCTION_PATHS = [
  '/api/tenants/{tenant}/moment',
  '/api/tenants/{tenant}/activity',
  '/api/tenants/{tenant}/transactions',
  // API Gateway decodes `%2F` of a position before it looks for the route.
  '/api/tenants/{tenant}/transactions/{transaction+}',
] as const;
